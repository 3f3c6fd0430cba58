from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from otelhook.render import FORMATS, render
from otelhook.render.har import render_har, to_har
from otelhook.sequence.document import Address, Body, Document, Header, Mark, SeenBy, StepKind

Make = Callable[..., Document]

NAMED = {
    "type": "object",
    "required": ["name", "value"],
    "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
}
MESSAGE = {
    "httpVersion": {"type": "string"},
    "cookies": {"type": "array", "items": NAMED},
    "headers": {"type": "array", "items": NAMED},
    "headersSize": {"type": "integer", "minimum": -1},
    "bodySize": {"type": "integer", "minimum": -1},
    "comment": {"type": "string"},
}
REQUEST = {
    **MESSAGE,
    "method": {"type": "string", "minLength": 1},
    "url": {"type": "string", "format": "uri", "pattern": "^http(s|\\+unix)?://[^/]+/"},
    "queryString": {"type": "array", "items": NAMED},
}
RESPONSE = {
    **MESSAGE,
    "status": {"type": "integer", "minimum": 0},
    "statusText": {"type": "string"},
    "redirectURL": {"type": "string"},
    "content": {
        "type": "object",
        "required": ["size", "mimeType"],
        "properties": {
            "size": {"type": "integer", "minimum": 0},
            "mimeType": {"type": "string"},
            "text": {"type": "string"},
            "encoding": {"const": "base64"},
            "comment": {"type": "string"},
        },
        "additionalProperties": False,
    },
}
POST_DATA = {
    "type": "object",
    "required": ["mimeType", "text"],
    "properties": {
        "mimeType": {"type": "string", "minLength": 1},
        "text": {"type": "string"},
        "comment": {"type": "string"},
    },
    "patternProperties": {"^_": {}},
    "additionalProperties": False,
}
MILLISECONDS = {"type": "number", "minimum": 0}
DATE_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"}
ENTRY = {
    "type": "object",
    "required": ["startedDateTime", "time", "request", "response", "cache", "timings"],
    "properties": {
        "pageref": {"type": "string"},
        "startedDateTime": DATE_TIME,
        "time": MILLISECONDS,
        "request": {
            "type": "object",
            "required": [name for name in REQUEST if name != "comment"],
            "properties": {**REQUEST, "postData": POST_DATA},
            "additionalProperties": False,
        },
        "response": {
            "type": "object",
            "required": [name for name in RESPONSE if name != "comment"],
            "properties": RESPONSE,
            "patternProperties": {"^_": {}},
            "additionalProperties": False,
        },
        "cache": {"const": {}},
        "timings": {
            "type": "object",
            "required": ["send", "wait", "receive"],
            "properties": dict.fromkeys(("send", "wait", "receive"), MILLISECONDS),
            "additionalProperties": False,
        },
        "comment": {"type": "string"},
    },
    "patternProperties": {"^_": {}},
    "additionalProperties": False,
}
NAMED_THING = {
    "type": "object",
    "required": ["name", "version"],
    "additionalProperties": {"type": "string"},
}
HAR = {
    "type": "object",
    "required": ["log"],
    "properties": {
        "log": {
            "type": "object",
            "required": ["version", "creator", "entries"],
            "properties": {
                "version": {"const": "1.2"},
                "creator": NAMED_THING,
                "pages": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["startedDateTime", "id", "title", "pageTimings"],
                        "properties": {"startedDateTime": DATE_TIME},
                    },
                },
                "entries": {"type": "array", "items": ENTRY},
                "comment": {"type": "string"},
            },
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
}
"""HAR 1.2 as its specification has it, fields of ours only where they begin with ``_``."""


def checked(document: Document) -> list[dict[str, Any]]:
    har = json.loads(render_har(document).encode("utf-8"))
    jsonschema.validate(har, HAR)
    entries: list[dict[str, Any]] = har["log"]["entries"]
    return entries


def test_the_schema_of_this_test_refuses_what_is_no_har() -> None:
    wrongs: list[Any] = [{}, {"log": {}}, {"log": {"version": "1", "creator": {}, "entries": []}}]
    for wrong in wrongs:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, HAR)


def test_each_exchange_is_an_entry_in_the_order_of_its_request(upload: Document) -> None:
    entries = checked(upload)
    assert [entry["_steps"] for entry in entries] == [[1, 2], [3, 6], [4, 5]]
    assert [entry["request"]["method"] for entry in entries] == ["POST", "PUT", "HEAD"]
    assert [entry["response"]["status"] for entry in entries] == [201, 502, 0]
    assert [entry["comment"] for entry in entries] == [
        "(1-2) client --> identity",
        "(3-6) client --> image-api; body cut",
        "(4-5) image-api --> store; server span missing, no answer",
    ]


def test_times_are_utc_and_milliseconds(upload: Document) -> None:
    entry = checked(upload)[0]
    assert entry["startedDateTime"] == "2022-12-30T01:38:05.124956Z"
    assert entry["time"] == 3.0
    assert entry["timings"] == {"send": 0, "wait": 3.0, "receive": 0}


def test_headers_addresses_queries_and_cookies_are_told(upload: Document) -> None:
    first, second, _ = checked(upload)
    assert first["request"]["url"] == "http://10.0.0.1:5000/tokens"
    assert first["request"]["headers"][1] == {"name": "Content-Type", "value": "application/json"}
    assert second["request"]["url"] == "http://image-api/images/1?a=1&b=&c=x%20y"
    assert second["request"]["queryString"] == [
        {"name": "a", "value": "1"},
        {"name": "b", "value": ""},
        {"name": "c", "value": "x y"},
    ]
    cookie = {"name": "sid", "value": "‹redacted›", "path": "/", "httpOnly": True, "secure": False}
    assert second["response"]["cookies"] == [cookie]
    assert second["response"]["redirectURL"] == "/x"


def test_a_text_body_is_text_and_a_binary_one_base64(upload: Document, make: Make) -> None:
    first, second, _ = checked(upload)
    assert json.loads(first["request"]["postData"]["text"])["password"] == "‹redacted›"
    assert first["response"]["content"]["text"] == '{"ok": true}'
    data = second["request"]["postData"]
    assert base64.b64decode(data["text"]) == b"QFI\xfb\x00"
    assert data["_encoding"] == "base64"
    assert data["comment"] == "base64; cut, 21233664 bytes in all"
    assert second["request"]["bodySize"] == 21_233_664
    image = Body(b"\x89PNG", 4, content_type="image/png")
    (entry,) = checked(make(answer={"body": image}))
    content = {"size": 4, "mimeType": "image/png", "text": "iVBORw==", "encoding": "base64"}
    assert entry["response"]["content"] == content


def test_a_body_that_was_not_recorded_is_said_to_be_absent(make: Make) -> None:
    (entry,) = checked(make(body=Body(None, 10), answer={"body": None}))
    assert entry["request"]["postData"] == {
        "mimeType": "x-unknown",
        "text": "",
        "comment": "not recorded",
    }
    assert entry["response"]["bodySize"] == -1


def test_a_failure_is_status_0_with_what_went_wrong(upload: Document) -> None:
    response = checked(upload)[2]["response"]
    assert (response["status"], response["_error"]) == (0, "connection refused")


def test_an_answer_without_a_request_is_an_entry_too(make: Make) -> None:
    whole = make(answer={"status_code": 404})
    (entry,) = checked(replace(whole, steps=whole.steps[1:]))
    assert (entry["_steps"], entry["_from"], entry["response"]["status"]) == ([2], "client", 404)


def test_https_is_told_by_a_proxy_or_by_the_port(make: Make) -> None:
    forwarded = make(headers=(Header("host", "h"), Header("x-forwarded-proto", "https")))
    assert checked(forwarded)[0]["request"]["url"] == "https://h/"
    assert (
        checked(make(headers=(Header("host", "h:443"),)))[0]["request"]["url"] == "https://h:443/"
    )


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (Address("http", "b.example", None), "http://b.example/"),
        (Address("https", "b.example", 443), "https://b.example/"),
        (Address("http", "b.example", 443), "http://b.example:443/"),
        (Address("", "b.example", 443), "https://b.example/"),
        (Address("http", "::1", 8080), "http://[::1]:8080/"),
        (Address("http", "bücher.example", 80), "http://xn--bcher-kva.example/"),
        (Address("http", "", None, "/run/d.sock"), "http+unix://%2Frun%2Fd.sock/"),
        (Address("grpc", "b.example", 1), "http://b.example:1/"),
        (Address("", "not a host\n", None), "http://told/"),
    ],
)
def test_an_address_that_is_known_is_the_requests(make: Make, address: Address, url: str) -> None:
    asked = make(headers=(Header("host", "told"),), address=address)
    assert checked(asked)[0]["request"]["url"] == url


@pytest.mark.parametrize("name", ["unknown", "", "-.-"])
def test_a_host_that_nobody_knows_is_one_that_is_nowhere(make: Make, name: str) -> None:
    (entry,) = checked(make(target=name))
    assert entry["request"]["url"] == "http://unknown.invalid/"


def test_a_proxy_that_ends_tls_is_believed_by_its_server_only(make: Make) -> None:
    headers = (Header("x-forwarded-proto", "https"),)
    asked = {"headers": headers, "address": Address("http", "h", None)}
    seen = make(**asked, seen_by=SeenBy.SERVER)
    assert checked(seen)[0]["request"]["url"] == "https://h/"
    assert checked(make(**asked))[0]["request"]["url"] == "http://h/"


@pytest.mark.parametrize("nanoseconds", [0, -(10**30), 10**30])
def test_a_time_that_no_calendar_has_is_the_epoch(make: Make, nanoseconds: int) -> None:
    (entry,) = checked(make(time=nanoseconds))
    assert entry["startedDateTime"] == "1970-01-01T00:00:00.000000Z"


def test_hostile_text_makes_a_valid_har_that_has_it(hostile: Document, hostile_text: str) -> None:
    (entry,) = checked(hostile)
    shown = hostile_text.replace("\ud800", "\ufffd")
    assert entry["request"]["headers"][0] == {"name": "X-Thing", "value": shown}
    assert entry["response"]["statusText"] == shown
    assert all(mark.value in entry["comment"] for mark in Mark)


def test_an_empty_document_is_a_har_without_entries(upload: Document) -> None:
    assert checked(replace(upload, steps=(), participants=())) == []


def test_rendering_changes_nothing_from_one_time_to_the_next(upload: Document) -> None:
    assert render_har(upload) == render_har(upload) == render(upload, "har")
    assert FORMATS["har"].suffix == ".har"
    assert to_har(upload)["log"]["comment"] == "A span is missing."


def test_a_late_answer_counts_only_once(upload: Document) -> None:
    late = replace(upload.steps[5], number=7, kind=StepKind.RESPONSE, exchange=3, status_code=200)
    entries = checked(replace(upload, steps=(*upload.steps, late)))
    assert [entry["_steps"] for entry in entries] == [[1, 2], [3, 6], [4, 5]]
