from __future__ import annotations

from typing import Any

import pytest

from otelhook.sequence import Body, Header
from otelhook.sequence.spans.messages import read_message


@pytest.mark.parametrize(
    "attributes",
    [
        {"http.request.header.x-a": ("1", "2")},
        {"http.request.header.X_A": ["1", "2"]},
        {"http.request.header.x-a": '["1", "2"]'},
        {"http.request.headers.x-a": ("1", "2")},
        {"http.request.headers": '{"X-A": ["1", "2"]}'},
        {"http.request.headers": {"X-A": ("1", "2")}},
        {"http.request.header.x-a": ("1", "2"), "http.request.header.x_a": "1, 2"},
    ],
)
def test_headers_are_read_in_every_form(attributes: dict[str, Any]) -> None:
    assert read_message(attributes, "request").headers == (Header("x-a", "1"), Header("x-a", "2"))
    assert read_message(attributes, "response").headers == ()


@pytest.mark.parametrize("junk", ["{", "[1]", 7, None, (), {"": "x"}, '{"a":' * 3000])
def test_a_map_of_headers_that_cannot_be_read_holds_none(junk: Any) -> None:
    assert read_message({"http.request.headers": junk}, "request").headers == ()


@pytest.mark.parametrize(
    "name", ["body.content", "body", "body.text", "body.form", "body.data", "body.payload"]
)
def test_bodies_are_read_under_every_tools_name(name: str) -> None:
    attributes: Any = {
        f"http.response.{name}": "hello",
        "http.response.header.content-type": "text/x",
    }
    assert read_message(attributes, "response").body == Body("hello", content_type="text/x")


def test_bytes_stay_bytes_and_a_parsed_form_becomes_json() -> None:
    assert read_message({"http.request.body": b"\xff"}, "request").body == Body(b"\xff")
    form = read_message({"http.request.body.form": {"a": (1, b"b", None)}}, "request").body
    assert form == Body('{"a": [1, "b", null]}')


def test_size_and_cut_are_kept_even_without_content() -> None:
    attributes: Any = {
        "http.request.body.size": 70000,
        "otelhook.request.body.truncated": True,
    }
    assert read_message(attributes, "request").body == Body(None, 70000, truncated=True)
    assert read_message({"http.request.body.size": -1}, "request").body is None


def test_an_empty_body_is_not_an_unknown_one() -> None:
    attributes: Any = {"http.request.body.content": "", "http.request.body.size": 0}
    assert read_message(attributes, "request").body == Body("", 0)
