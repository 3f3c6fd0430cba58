"""Where a rule begins and ends, written out."""

from __future__ import annotations

from typing import Any

import pytest

from otelhook.model import SpanKind
from otelhook.sequence import assemble
from otelhook.sequence.causality.entries import _leading
from otelhook.sequence.protocols.http import PHRASES
from otelhook.sequence.spans.coercion import integer
from otelhook.sequence.values import address_book, identifiers, step_values
from otelhook.sequence.values.step_values import Value

MS = 1_000_000


def http(path: str) -> dict[str, object]:
    return {"http.request.method": "GET", "url.path": path, "http.response.status_code": 200}


@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        (200, "OK"),
        (412, "Precondition Failed"),
        (413, "Content Too Large"),
        (414, "URI Too Long"),
        (415, "Unsupported Media Type"),
        (416, "Range Not Satisfiable"),
        (417, "Expectation Failed"),
        (418, "I'm a Teapot"),
        (421, "Misdirected Request"),
        (422, "Unprocessable Content"),
        (423, "Locked"),
    ],
)
def test_a_status_has_the_phrase_of_rfc_9110(status: int, phrase: str) -> None:
    assert PHRASES[status] == phrase


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        (" 7 ", 7),
        ("\u0667", None),
        ("", None),
        ("-1", None),
        (True, None),
        (False, None),
        (1.0, 1),
        (1.5, None),
        (0, 0),
    ],
)
def test_a_whole_number_is_a_number_or_its_digits(written: Any, number: int | None) -> None:
    assert integer(written) == number


@pytest.mark.parametrize(
    ("start", "end", "titles"),
    [
        (10, 49, ["GET /", "GET /log", "200 OK /log", "200 OK /"]),
        (10, 50, ["GET /", "GET /log", "200 OK /log", "200 OK /"]),
        (10, 51, ["GET /", "GET /log", "200 OK /", "200 OK /log"]),
        (50, 60, ["GET /", "GET /log", "200 OK /", "200 OK /log"]),
        (51, 60, ["GET /", "200 OK /", "GET /log", "200 OK /log"]),
    ],
)
def test_a_call_is_within_its_server_up_to_the_same_instant(
    recorder: Any, start: int, end: int, titles: list[str]
) -> None:
    server = recorder.span(SpanKind.SERVER, "a", 0, 50 * MS, http("/"))
    recorder.span(SpanKind.CLIENT, "a", start * MS, end * MS, http("/log"), parent=server.span_id)
    assert [step.title for step in assemble(recorder.spans).steps] == titles


def test_a_first_call_that_another_service_answers_is_of_who_made_it(recorder: Any) -> None:
    call = recorder.span(SpanKind.CLIENT, "shop", 0, 50 * MS, http("/"))
    recorder.span(SpanKind.SERVER, "stock", 10 * MS, 40 * MS, http("/"), parent=call.span_id)
    steps = assemble(recorder.spans).steps
    assert [(step.source, step.target) for step in steps] == [("shop", "stock"), ("stock", "shop")]


@pytest.mark.parametrize(
    ("received", "sent", "differs"),
    [
        ({"http.response.body.content": "abc"}, {"http.response.body.content": "abc"}, False),
        ({"http.response.body.content": "abc"}, {"http.response.body.content": "abd"}, True),
        ({"http.response.body.content": "abc"}, {"http.response.body.size": 3}, False),
        ({"http.response.body.size": 3}, {"http.response.body.content": "abc"}, False),
    ],
)
def test_two_records_of_a_body_contradict_each_other_only_where_both_have_it(
    recorder: Any, received: dict[str, object], sent: dict[str, object], differs: object
) -> None:
    call = recorder.span(SpanKind.CLIENT, "a", 0, 50 * MS, http("/") | received)
    recorder.span(SpanKind.SERVER, "b", 10 * MS, 40 * MS, http("/") | sent, parent=call.span_id)
    response = assemble(recorder.spans).steps[-1]
    assert response.body is not None
    assert response.body.content == "abc"
    assert (response.other_body is not None) is differs


@pytest.mark.parametrize(
    ("text", "is_endpoint", "read"),
    [
        ("/v2", False, None),
        ("/v2/", False, None),
        ("/v2/images", False, ("", "/v2/images", "")),
        ("http://api/v2", False, ("api", "/v2", "")),
        ("http://api", False, None),
        ("http://api", True, ("api", "", "")),
        ("http://mira@API:80/v2/?a=b#c", False, ("api", "/v2", "a=b")),
        ("https://api:443/v2", False, ("api", "/v2", "")),
        ("api/v2/images", False, None),
        ("/" * 4095 + "x", False, ("", "/" * 4095 + "x", "")),
        ("/" * 4096 + "x", False, None),
    ],
)
def test_an_address_has_a_host_and_a_path_or_two_segments(
    text: str, read: tuple[str, str, str] | None, *, is_endpoint: bool
) -> None:
    found = address_book._address_of(text, "body.endpoints.0.url" if is_endpoint else "body.url")
    assert (found and (found.authority, found.path, found.query)) == read


UUID = "a42bfade-78ec-4c95-b7b4-272ba265072c"


@pytest.mark.parametrize(
    ("value", "is_named"),
    [
        (("body.image", UUID, False), True),
        (("header.x-image", UUID, False), True),
        (("query", UUID, False), False),
        (("body.image", UUID, True), False),
        (("body.order_id", "482913", False), True),
        (("body.size", "482913", False), False),
        (("body.order_id", "some words", False), False),
    ],
)
def test_a_number_is_an_id_where_its_name_says_so_and_a_uuid_is_one_anywhere(
    value: Value, *, is_named: bool
) -> None:
    assert identifiers._Names({}).is_candidate(value) is is_named


@pytest.mark.parametrize(
    ("path", "key"),
    [("id", "id"), ("image.id", "id"), ("ids.0", "ids"), ("image.ids.12", "ids"), ("0", "")],
)
def test_the_key_of_a_lists_item_is_the_lists(path: str, key: str) -> None:
    assert step_values._key_of(path) == key


def test_a_span_leads_to_the_services_of_its_own_children_the_first_span_too() -> None:
    assert _leading([-1, 0, 1], ["a", "b", "b"]) == [True, False, False]
    assert _leading([-1, -1], ["a", "b"]) == [False, False]
