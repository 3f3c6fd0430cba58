"""Each format's own parser takes 300 generated documents, in one batch a parser."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from otelhook.render import render
from otelhook.render.mermaid.diagram import mermaid_parts
from otelhook.render.mermaid.pagination import TARGETS
from otelhook.render.shared.folding import folded
from otelhook.sequence import Document

pytestmark = pytest.mark.timeout(900)

Parser = Callable[[str], Path]
Program = Callable[[str], str]
Draw = Callable[[Iterable[tuple[str, str]]], dict[str, dict[str, Any]]]
InChromium = Callable[[str, Any], Any]


def _text(document: Document, form: str) -> str:
    return str(render(document, form)).encode("utf-8", "backslashreplace").decode()


def _files(folder: Path, documents: Sequence[Document], form: str, suffix: str) -> list[Path]:
    files = [folder / f"d{number:03d}.{suffix}" for number in range(len(documents))]
    for file, document in zip(files, documents, strict=True):
        file.write_text(_text(document, form), encoding="utf-8")
    return files


def test_official_mermaid_draws_every_diagram(draw: Draw, generated: Sequence[Document]) -> None:
    texts = {
        f"{number}/{part}": text
        for number, document in enumerate(generated)
        for part, text in enumerate(mermaid_parts(document, room=TARGETS["mkdocs"]))
    }
    found = draw(texts.items())
    assert set(found) == set(texts)
    failed = {name: read for name, read in found.items() if "error" in read or read["tooLarge"]}
    assert failed == {}
    assert {read["active"] for read in found.values()} == {0}
    numbers: dict[int, list[str]] = {number: [] for number in range(len(generated))}
    for name, read in found.items():
        numbers[int(name.partition("/")[0])] += read["numbers"]
    for number, document in enumerate(generated):
        assert numbers[number] == [str(step.number) for step in folded(document).steps]


def test_plantuml_finds_no_mistake(
    program: Program, generated: Sequence[Document], tmp_path: Path
) -> None:
    files = _files(tmp_path, generated, "plantuml", "puml")
    done = subprocess.run(
        [program("plantuml"), "-checkonly", "-failfast", "-charset", "UTF-8", *map(str, files)],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")


def test_plantuml_would_find_a_mistake(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "wrong.puml"
    file.write_text("@startuml\na -> b : fine\nthis is none\n@enduml\n")
    done = subprocess.run(
        [program("plantuml"), "-checkonly", "-failfast", str(file)],
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0


def _checked(java: str, jar: Path, files: Sequence[Path]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [java, "-Xss8m", "-jar", str(jar), "--errors-only", "--format", "json", *map(str, files)],
        capture_output=True,
        check=False,
    )
    messages: list[dict[str, Any]] = json.loads(done.stderr)["messages"]
    # The checker does not know the CSS Custom Highlight API, which every browser has.
    return [each for each in messages if "highlight(found)" not in each.get("extract", "")]


def test_the_nu_html_checker_finds_nothing(
    program: Program, parser: Parser, generated: Sequence[Document], tmp_path: Path
) -> None:
    files = _files(tmp_path, generated, "html", "html")
    assert _checked(program("java"), parser("vnu-jar") / "vnu.jar", files) == []


def test_the_nu_html_checker_would_find_a_mistake(
    program: Program, parser: Parser, tmp_path: Path
) -> None:
    file = tmp_path / "wrong.html"
    file.write_text('<!doctype html><html lang="en"><title>x</title><p id="a"><b id="a"></p>')
    assert _checked(program("java"), parser("vnu-jar") / "vnu.jar", [file])


SVG = """
async function answer(pictures) {
  const found = [];
  for (const text of pictures) {
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
    const active = parsed.querySelectorAll("script, foreignObject, a, image, use, [onload]").length;
    const error = parsed.querySelector("parsererror")?.textContent ?? "";
    const picture = new Image();
    picture.src = URL.createObjectURL(new Blob([text], {type: "image/svg+xml"}));
    const drawn = await picture.decode().then(() => picture.naturalWidth > 0, () => false);
    found.push({error, active, drawn});
  }
  return found;
}
"""


def test_chromium_draws_every_svg(in_chromium: InChromium, generated: Sequence[Document]) -> None:
    pictures = [_text(document, "svg") for document in generated]
    found = in_chromium(SVG, pictures)
    assert len(found) == len(pictures)
    good = {"error": "", "active": 0, "drawn": True}
    assert [each for each in found if each != good] == []


def test_chromium_would_refuse_a_broken_svg(in_chromium: InChromium) -> None:
    (found,) = in_chromium(SVG, ['<svg xmlns="http://www.w3.org/2000/svg"><text>&</text></svg>'])
    assert found["error"]
    assert not found["drawn"]


def _har_validator(folder: Path) -> jsonschema.Draft6Validator:
    schemas = [json.loads(file.read_text("utf-8")) for file in folder.glob("*.json")]
    registry = Registry().with_resources(
        (name, Resource.from_contents(schema))
        for schema in schemas
        for name in (schema["$id"], f"https://otelhook.invalid/{schema['$id']}")
    )
    whole = next(schema for schema in schemas if schema["$id"] == "har.json#")
    checker = jsonschema.FormatChecker()
    return jsonschema.Draft6Validator(whole, registry=registry, format_checker=checker)


def test_every_har_is_valid_by_the_schema(parser: Parser, generated: Sequence[Document]) -> None:
    validator = _har_validator(parser("har-schema"))
    assert not validator.is_valid({"log": {"version": "1.2"}})
    wrong = [
        (number, error.json_path, error.message)
        for number, document in enumerate(generated)
        for error in validator.iter_errors(json.loads(_text(document, "har")))
    ]
    assert wrong == []


COMMONMARK = """
const {Parser} = require(process.argv[2]);
const parser = new Parser();
const out = [];
for (const text of JSON.parse(require("fs").readFileSync(0, "utf-8"))) {
  const found = {html: [], headings: [], links: [], blocks: []};
  const walker = parser.parse(text).walker();
  for (let event = walker.next(); event; event = walker.next()) {
    const {node, entering} = event;
    if (!entering) continue;
    if (node.type === "html_block" || node.type === "html_inline") found.html.push(node.literal);
    if (node.type === "image") found.html.push("image");
    if (node.type === "link") found.links.push(node.destination);
    if (node.type === "code_block") found.blocks.push(node.info);
    if (node.type === "heading" && node.level === 3) {
      let heading = "";
      const inner = node.walker();
      for (let part = inner.next(); part; part = inner.next())
        if (part.entering && /^(text|code)$/.test(part.node.type)) heading += part.node.literal;
      found.headings.push(heading);
    }
  }
  out.push(found);
}
process.stdout.write(JSON.stringify(out));
"""
OURS = re.compile(
    r'<span id="step-\d+">|</span>|</?(?:small|code|details)>'
    r"|<details>\n<summary>[^<>]*</summary>"
)


def test_commonmark_reads_githubs_pages_as_they_were_meant(
    program: Program, parser: Parser, generated: Sequence[Document], tmp_path: Path
) -> None:
    from otelhook.render.markdown.page import render_markdown  # noqa: PLC0415 - the dialect is its own

    script = tmp_path / "read.js"
    script.write_text(COMMONMARK, encoding="utf-8")
    pages = [render_markdown(d, "github").encode("utf-8", "replace").decode() for d in generated]
    done = subprocess.run(
        [program("node"), str(script), str(parser("commonmark") / "commonmark.js")],
        input=json.dumps(pages),
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    read: list[dict[str, Any]] = json.loads(done.stdout)
    for document, page in zip(generated, read, strict=True):
        assert [t for t in page["html"] if not OURS.fullmatch(t.strip())] == []
        assert {link for link in page["links"] if not re.fullmatch(r"#step-\d+", link)} <= {
            "https://x.example/a?b=c&d"
        }
        steps = [heading for heading in page["headings"] if heading.startswith("(")]
        assert len(steps) == len(folded(document).steps)
        assert all(re.fullmatch(r"\w*", info) for info in page["blocks"])
