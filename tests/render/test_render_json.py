from __future__ import annotations

import dataclasses
import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from otelhook.errors import DamagedDataError
from otelhook.render.json import from_json, render_json, to_plain
from otelhook.sequence import document as contract
from otelhook.sequence.document import SCHEMA_VERSION, Document


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    text = files("otelhook.render").joinpath("document.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def test_the_seed_as_json(seed: Document, as_json: SnapshotAssertion) -> None:
    assert render_json(seed) == as_json


def test_what_went_wrong_as_json(troubled: Document, as_json: SnapshotAssertion) -> None:
    assert render_json(troubled) == as_json


@given(data=st.data())
def test_any_document_comes_back_as_it_was_and_is_valid_by_the_schema(
    documents: st.SearchStrategy[Document], data: st.DataObject, schema: dict[str, Any]
) -> None:
    document = data.draw(documents)
    text = render_json(document)
    text.encode()
    assert from_json(text) == from_json(text.encode()) == document
    jsonschema.validate(json.loads(text), schema)


def test_the_schema_is_a_schema_of_this_version(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["version"] == {"const": SCHEMA_VERSION}


@pytest.mark.parametrize(
    "name", [name for name in contract.__all__ if dataclasses.is_dataclass(getattr(contract, name))]
)
def test_the_schema_has_every_field_and_asks_for_those_without_a_default(
    schema: dict[str, Any], name: str
) -> None:
    fields = dataclasses.fields(getattr(contract, name))
    described = schema if name == "Document" else schema["$defs"][name]
    own = set(described["properties"]) - {"schema", "version"}
    assert own == {field.name for field in fields}
    assert set(described["required"]) - {"schema", "version"} == {
        field.name for field in fields if field.default is dataclasses.MISSING
    }


def test_unknown_fields_are_ignored_and_missing_ones_take_their_default(seed: Document) -> None:
    plain = to_plain(seed)
    plain["new_in_a_later_release"] = 1
    plain["steps"][0]["new_too"] = 1
    del plain["warnings"]
    del plain["steps"][0]["marks"]
    assert from_json(json.dumps(plain)) == seed


def _without(plain: dict[str, Any], *path: str | int) -> None:
    inner: Any = plain
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]


def _with(plain: dict[str, Any], value: object, *path: str | int) -> None:
    inner: Any = plain
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value


@pytest.mark.parametrize(
    ("value", "path", "said"),
    [
        ("x", ("steps", 0, "kind"), r"document\.steps\[0\]\.kind should be one of request, resp"),
        (True, ("steps", 3, "number"), r"document\.steps\[3\]\.number should be a whole number"),
        (1, ("title",), r"document\.title should be text"),
        ({}, ("steps",), r"document\.steps should be a list"),
        ([], ("steps", 1, "body"), r"document\.steps\[1\]\.body should be an object"),
        ({"base64": "!"}, ("steps", 1, "body", "content"), r"content should be valid base64"),
        ({"hex": "00"}, ("steps", 1, "body", "content"), r'should be text or {"base64"'),
        (1, ("steps", 1, "body", "truncated"), r"truncated should be true or false"),
        (3, ("version",), r"version 3 and otelhook here reads 1 to 2: update otelhook"),
        ([["a"]], ("steps", 0, "span_ids"), r"span_ids\[0\] should be text"),
        ("gopher", ("steps", 0, "protocol"), r"protocol should be one of http, rpc, database"),
        ("x", ("schema",), r'expected "schema": "otelhook/document"'),
    ],
)
def test_a_damaged_document_is_refused_with_the_place(
    seed: Document, value: object, path: tuple[str | int, ...], said: str
) -> None:
    plain = json.loads(render_json(seed))
    _with(plain, value, *path)
    with pytest.raises(DamagedDataError, match=said):
        from_json(json.dumps(plain))


def test_a_missing_field_without_a_default_is_named(seed: Document) -> None:
    plain = to_plain(seed)
    _without(plain, "steps", 2, "method")
    with pytest.raises(DamagedDataError, match=r"document\.steps\[2\]\.method should be there"):
        from_json(json.dumps(plain))


@pytest.mark.parametrize("text", ["", "{", "[]", "1", "\ufeff{}", b"\xff\xfe", "[" * 200_000])
def test_what_is_no_document_is_refused_in_one_line(text: str | bytes) -> None:
    with pytest.raises(DamagedDataError, match=r"^this is not [^\n]*$"):
        from_json(text)
