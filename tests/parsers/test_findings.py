"""What continuous integration reads of a comparison and a check, by its schemas."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from otelhook.compare import compare
from otelhook.compare.flow.checking import check
from otelhook.compare.flow.common import NamedRun, common_flow
from otelhook.compare.flow.rules import parse_flow
from otelhook.compare.flow.writing import written
from otelhook.compare.forms.checked import CHECK_FORMS, CheckedRun
from otelhook.compare.forms.registry import FORMS
from otelhook.sequence import Document
from tests.compare.record import RECORDED
from tests.compare.runs import document_in

Parser = Callable[[str], Path]
Program = Callable[[str], str]

VALIDATE = """
const { validateXML } = require(process.argv[2]);
const { readFileSync } = require("fs");
const [, , , schema, ...files] = process.argv;
validateXML({
  xml: files.map((fileName) => ({ fileName, contents: readFileSync(fileName, "utf8") })),
  schema: [readFileSync(schema, "utf8")],
}).then((found) => console.log(JSON.stringify(found.errors.map((error) => error.rawMessage))));
"""


def results(form: str, generated: Sequence[Document]) -> Iterator[str]:
    """Of comparisons of what was recorded and of what is made up, and of checks."""
    recorded = {file.name: document_in(file) for file in sorted(RECORDED.glob("[a-rw]*-*.gz"))}
    documents = list(recorded.values())
    for before, after in pairwise(documents):
        yield FORMS[form](compare(before, after))
    for before, after in pairwise(generated):
        yield FORMS[form](compare(before, after))
    rules = parse_flow(written(common_flow([NamedRun("one", documents[0])])), "flow.toml")
    runs = [*recorded.items(), *((f"made up {n}", d) for n, d in enumerate(generated[:50]))]
    yield CHECK_FORMS[form]([CheckedRun(name, d, check(d, rules)) for name, d in runs])


def test_sarif_is_valid_by_its_schema(parser: Parser, generated: Sequence[Document]) -> None:
    (file,) = parser("@microsoft/jest-sarif").glob("sarif-2.1.0*.json")
    schema: Any = json.loads(file.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    made = [json.loads(text) for text in results("sarif", generated)]
    assert sum(len(log["runs"][0]["results"]) for log in made) > 100
    assert [error.message for log in made for error in validator.iter_errors(log)] == []
    del made[0]["runs"][0]["tool"]
    assert list(validator.iter_errors(made[0]))


def validated(node: str, parser: Parser, folder: Path, texts: Sequence[str]) -> list[str]:
    script = folder / "validate.cjs"
    script.write_text(VALIDATE, encoding="utf-8")
    files = [folder / f"{number}.xml" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
    library = parser("xmllint-wasm") / "index-node.js"
    command = [node, str(script), str(library), str(parser("pytest") / "junit-10.xsd")]
    done = subprocess.run([*command, *map(str, files)], capture_output=True, check=True, text=True)
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.timeout(600)
def test_junit_is_valid_by_its_schema(
    program: Program, parser: Parser, generated: Sequence[Document], tmp_path: Path
) -> None:
    texts = list(results("junit", generated))
    assert validated(program("node"), parser, tmp_path, texts) == []


def test_the_schema_would_find_a_mistake(
    program: Program, parser: Parser, generated: Sequence[Document], tmp_path: Path
) -> None:
    first = next(results("junit", generated)).replace("<testcase", "<testcast", 1)
    wrong = first.replace("</testcase>", "</testcast>", 1)
    assert validated(program("node"), parser, tmp_path, [wrong]) != []
