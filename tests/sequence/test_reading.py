from __future__ import annotations

from typing import Any

import pytest

from otelhook.model import Resource, Span, SpanId, SpanKind, TraceId
from otelhook.sequence.protocols.http import verb_of
from otelhook.sequence.protocols.reading import read


def read_one(attributes: dict[str, Any], name: str = "GET", late: Any = None) -> Any:
    return read(span_of(attributes, name), late and span_of(late))


def span_of(attributes: dict[str, Any], name: str = "GET") -> Any:
    return Span(
        TraceId("1" * 32),
        SpanId("2" * 16),
        None,
        name,
        SpanKind.CLIENT,
        0,
        1,
        attributes,
        Resource(),
    )


@pytest.mark.parametrize(
    "attributes",
    [
        {
            "http.request.method": "PUT",
            "http.response.status_code": 201,
            "url.full": "https://me:secret@api.test/v1/x?a=b",
        },
        {
            "http.request.method": "PUT",
            "http.response.status_code": "201",
            "url.path": "/v1/x",
            "url.query": "a=b",
            "server.address": "API.test:443",
        },
        {
            "http.method": "PUT",
            "http.status_code": 201,
            "http.url": "https://api.test/v1/x?a=b",
            "net.peer.name": "api.test",
            "net.peer.port": "443",
        },
        {
            "http.method": b"PUT",
            "http.status_code": 201.0,
            "http.target": "/v1/x?a=b",
            "http.host": "api.test",
            "http.scheme": "https",
        },
        {
            "http.request.method": "PUT",
            "http.status_code": 201,
            "http.target": "https://api.test/v1/x?a=b",
            "server.address": ("api.test",),
            "server.port": 443,
        },
    ],
)
def test_old_and_new_conventions_and_mixtures_say_the_same(attributes: dict[str, Any]) -> None:
    facts = read_one(attributes)
    assert (facts.http, facts.method, facts.path, facts.query) == (True, "PUT", "/v1/x", "a=b")
    assert (facts.status, facts.reason) == (201, "Created")
    assert (facts.host, facts.port) == ("api.test", 443)


def test_the_recorded_reason_wins_over_the_standard_phrase() -> None:
    facts = read_one({"http.response.status_code": 300, "otelhook.response.reason": "MULTIPLE"})
    assert facts.reason == "MULTIPLE"


@pytest.mark.parametrize(
    ("status", "phrase"),
    [(413, "Content Too Large"), (422, "Unprocessable Content"), (418, "I'm a Teapot"), (599, "")],
)
def test_standard_phrases_are_those_of_rfc_9110_on_every_python(status: Any, phrase: str) -> None:
    assert read_one({"http.response.status_code": status}).reason == phrase


@pytest.mark.parametrize(
    "status", [0, -1, 99, 1000, True, "two hundred", None, (), 1e300, {"a": 1}]
)
def test_what_is_no_status_code_is_none(status: Any) -> None:
    facts = read_one({"http.request.method": "GET", "http.response.status_code": status})
    assert facts.status is None


@pytest.mark.parametrize(
    "junk", ["http://[::1", "http://a:port/", "?", "#", "::", "/" * 3, "\x00", 7, (), {}, b"\xff"]
)
def test_a_broken_url_raises_nothing_and_no_path_is_invented(junk: Any) -> None:
    facts = read_one({"http.request.method": "GET", "url.full": junk, "http.target": junk})
    assert facts.path in ("", "/", "///")
    assert facts.method == "GET"


@pytest.mark.parametrize(
    ("recorded", "path"),
    [
        ("orders", "/orders"),
        ("orders/7/lines", "/orders/7/lines"),
        ("{id}/lines", "/{id}/lines"),
        ("~me/files?q=1", "/~me/files"),
        ("http://shop/orders", "/orders"),
        ("/orders", "/orders"),
        ("*", "*"),
    ],
)
def test_a_path_that_was_recorded_without_its_root_gets_it(recorded: str, path: str) -> None:
    assert read_one({"http.request.method": "GET", "http.path": recorded}).path == path


@pytest.mark.parametrize(
    ("attributes", "path", "query"),
    [
        ({"url.full": "https://shop"}, "/", ""),
        ({"url.full": "https://shop?page=2"}, "/", "page=2"),
        ({"url.full": "//shop"}, "", ""),
        ({"url.full": "mailto:me"}, "", ""),
        ({"url.query": "page=2"}, "/", "page=2"),
        ({"url.query": "?page=2", "url.path": "/a"}, "/a", "page=2"),
        ({"url.full": "https://shop/a", "http.target": "/b"}, "/a", ""),
        ({"url.template": "/a/{id}"}, "/a/{id}", ""),
        ({"url.template": "a/{id}"}, "", ""),
        ({}, "", ""),
    ],
)
def test_a_path_is_only_what_was_said(attributes: Any, path: str, query: str) -> None:
    facts = read_one({"http.request.method": "GET"} | attributes)
    assert (facts.path, facts.query) == (path, query)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("get", "GET"),
        ("HTTP GET", "GET"),
        ("HTTP: delete", "DELETE"),
        ("POST /orders and more", "POST"),
        ("PATCH:/orders", "PATCH"),
        ("HTTP request", ""),
        ("HTTP", ""),
        ("target", ""),
        ("", ""),
    ],
)
def test_a_method_is_the_first_word_of_a_name(name: str, method: str) -> None:
    assert verb_of(name) == method


def test_an_unknown_method_is_read_from_where_it_was_put() -> None:
    attributes = {"http.request.method": "_OTHER", "http.request.method_original": "BREW"}
    assert read_one(attributes).method == "BREW"


def test_a_method_that_is_only_in_the_spans_name_is_found_there() -> None:
    assert read_one({"http.url": "http://a/b"}, "DELETE /b").method == "DELETE"
    assert read_one({"http.url": "http://a/b"}, "something").method == "HTTP"


def test_a_span_that_is_not_http_goes_by_its_name() -> None:
    facts = read_one(
        {"db.system": "mysql", "server.address": "db", "server.port": 3306}, "SELECT x"
    )
    assert (facts.http, facts.method, facts.label) == (False, "", "SELECT x")
    assert (facts.host, facts.port, facts.callee) == ("db", 3306, "mysql db:3306")


@pytest.mark.parametrize(
    ("address", "port", "expected"),
    [
        ("::1", 80, ("::1", 80)),
        ("[::1]:8080", None, ("::1", 8080)),
        ("h:99999", None, ("h", None)),
        ("h", -1, ("h", None)),
        ("h", "http", ("h", None)),
    ],
)
def test_addresses_are_taken_apart(
    address: str, port: Any, expected: tuple[str, int | None]
) -> None:
    facts = read_one({"server.address": address, "server.port": port})
    assert (facts.host, facts.port) == expected


def test_a_body_that_was_read_late_joins_the_response() -> None:
    facts = read_one(
        {
            "http.request.method": "GET",
            "http.response.header.content-type": ("application/json",),
            "otelhook.redacted": ("request.header.authorization",),
        },
        late={
            "http.response.body.content": "{}",
            "http.response.body.size": 2,
            "otelhook.redacted": ("response.body.token",),
        },
    )
    assert facts.response.body is not None
    assert facts.response.body.content == "{}"
    assert facts.response.body.content_type == "application/json"
    assert facts.redacted == ("request.header.authorization", "response.body.token")


def test_the_user_agent_is_found_among_the_headers_too() -> None:
    assert read_one({"http.request.header.user_agent": "curl/8"}).agent == "curl/8"
