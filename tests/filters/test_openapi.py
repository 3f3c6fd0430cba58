from __future__ import annotations

import importlib
import json
from dataclasses import replace
from typing import Any

import pytest

from otelhook.errors import ConfigError
from otelhook.sequence.annotations.openapi import operations, parse_openapi, refer
from otelhook.sequence.document import Document

IDENTITY: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/v3/auth/tokens": {
            "post": {
                "summary": "Password authentication\nwith scope",
                "externalDocs": {"url": "https://example.org/identity#tokens"},
                "operationId": "create token",
            },
            "get": {"description": "Validate a token.", "operationId": "get_token"},
        },
        "/v3/{kind}/model": {"get": {"summary": "Any model"}},
        "/v3/limits/model": {"get": {"summary": "The model of limits"}},
    },
}


def _noted(document: Document, data: dict[str, Any], **options: str) -> dict[int, str]:
    noted = refer(document, operations(data, **options))
    return {note.first: note.text for note in noted.notes}


def test_each_request_has_its_operations_summary_and_link(create: Document) -> None:
    notes = refer(create, operations(IDENTITY)).notes
    first = notes[0]
    assert (first.first, first.last) == (2, 2)
    assert first.title == "POST /v3/auth/tokens"
    assert first.text == "Password authentication"
    assert first.link == "https://example.org/identity#tokens"
    assert {note.first: note.text for note in notes} == {
        2: "Password authentication",
        4: "The model of limits",
        9: "Validate a token.",
    }


@pytest.mark.parametrize(
    ("servers", "path", "fitting"),
    [
        ([{"url": "https://h/identity"}], "/v3/limits/model", [4]),
        ([{"url": "/identity/v3/"}], "/limits/model", [4]),
        ([{"url": "/{tenant}/v3"}], "/limits/{what}", [4]),
        ([{"url": "/other"}], "/{what}", []),
        ([{"url": "http://[h"}, 3, {}], "/{a}/{b}", []),
        ([], "/model", []),
        ([], "/limits/model", [4]),
        ([], "/identity/{version}/{what}/model", [4]),
    ],
)
def test_a_path_fits_behind_its_servers_path_or_with_two_literal_segments(
    create: Document, servers: list[Any], path: str, fitting: list[int]
) -> None:
    data = {"servers": servers, "paths": {path: {"get": {"summary": "found"}}}}
    assert [number for number in _noted(create, data) if number == 4] == fitting


def test_version_2_documents_have_one_base_path(create: Document) -> None:
    data = {
        "swagger": "2.0",
        "basePath": "/identity/v3",
        "paths": {"/{a}/tokens": {"post": {"summary": "s"}}},
    }
    assert _noted(create, data) == {2: "s"}


def test_operations_without_docs_of_their_own_have_the_base_link() -> None:
    with_id = "https://docs.example/#{operation_id}"
    links = {o.path: o.link for o in operations(IDENTITY, link_base=with_id) if o.method == "GET"}
    assert links["/v3/auth/tokens"] == "https://docs.example/#get_token"
    assert links["/v3/limits/model"] == ""
    (plain, *_) = operations({"paths": {"/a": {"get": {}}}}, link_base="https://docs.example/")
    assert plain.link == "https://docs.example/"


def test_an_operation_that_says_nothing_is_not_noted(create: Document) -> None:
    assert _noted(create, {"paths": {"/identity/v3/auth/tokens": {"post": {}}}}) == {}


def test_what_is_said_of_a_path_holds_for_its_operations(create: Document) -> None:
    data = {"paths": {"/identity/v3/auth/tokens": {"summary": "Tokens", "post": {}, "get": 3}}}
    assert _noted(create, data) == {2: "Tokens"}


@pytest.mark.parametrize(
    "paths",
    [
        {"/x": None, "/y": [], "/z": {"get": {"summary": 3, "externalDocs": "x"}}},
        {"/(": {"get": {"summary": "s"}}, "": {"get": {"summary": "s"}}},
    ],
)
def test_a_strange_document_is_read_as_far_as_it_goes(
    create: Document, paths: dict[str, Any]
) -> None:
    assert _noted(create, {"paths": paths}) == {}


def test_json_and_yaml_are_read() -> None:
    pytest.importorskip("yaml")
    assert parse_openapi(json.dumps(IDENTITY), "json") == IDENTITY
    assert parse_openapi("paths:\n  /a:\n    get: {summary: s}\n", "yaml") == {
        "paths": {"/a": {"get": {"summary": "s"}}}
    }


@pytest.mark.parametrize(
    ("text", "form", "message"),
    [
        ("{", "json", "the OpenAPI document is not valid JSON: "),
        ("[]", "json", "it has no 'paths'"),
        ('{"paths": []}', "json", "it has no 'paths'"),
        ("a: [", "yaml", "the OpenAPI document is not valid YAML: "),
        ("!!python/object:os.system x", "yaml", "the OpenAPI document is not valid YAML: "),
    ],
)
def test_what_is_no_openapi_document_is_said_in_one_line(
    text: str, form: Any, message: str
) -> None:
    if form == "yaml":
        pytest.importorskip("yaml")
    with pytest.raises(ConfigError, match=message) as caught:
        parse_openapi(text, form)
    assert "\n" not in str(caught.value)


def test_yaml_without_pyyaml_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    # The one thing that cannot run here both ways: an environment with and without PyYAML.
    def absent(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(ConfigError, match=r"pip install pyyaml"):
        parse_openapi("a: b", "yaml")


@pytest.mark.parametrize(
    ("path", "template", "label"),
    [
        ("/users/alice", "/users/{name}", "/users/{name}"),
        ("/api/v1/users/alice", "/users/{name}", "/api/v1/users/{name}"),
        ("/users/alice/", "/users/{name}", "/users/{name}/"),
        ("/files/report.json", "/files/{id}.json", "/files/{id}.json"),
        ("/users", "/users", "/users"),
    ],
)
def test_a_path_that_has_no_names_yet_is_called_by_its_operations_template(
    create: Any, path: str, template: str, label: str
) -> None:
    steps = tuple(replace(step, path=path, label=path, method="GET") for step in create.steps[:1])
    document = replace(create, steps=steps, notes=())
    known = operations({"paths": {template: {"get": {"summary": "x"}}}, "basePath": "/api/v1"})
    bare = operations({"paths": {template: {"get": {"summary": "x"}}}})
    referred = refer(document, (*known, *bare))
    assert [step.label for step in referred.steps] == [label]
