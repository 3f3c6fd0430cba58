"""Lines of headers, taken from what the libraries keep them in, are what the libraries show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from requests.structures import CaseInsensitiveDict
from urllib3._collections import HTTPHeaderDict

from otelhook.capture.clients.urllib3_responses import about_body, lines_of
from otelhook.capture.header_values import lower_items, lower_names


class Louder(HTTPHeaderDict):
    """Shows its names in capitals."""

    def iteritems(self) -> Iterator[tuple[str, str]]:
        return ((name.upper(), value) for name, value in super().iteritems())


def _repeated() -> HTTPHeaderDict:
    headers = HTTPHeaderDict({"Server": "x", "Set-Cookie": "a=1"})
    headers.add("set-cookie", "b=2")
    headers.add("Empty", "")
    return headers


@pytest.mark.parametrize(
    "headers",
    [
        _repeated(),
        HTTPHeaderDict(),
        Louder(_repeated()),
        {"Server": "x"},
        CaseInsensitiveDict(a="1"),
    ],
    ids=["repeated", "none", "of a program", "dict", "of requests"],
)
def test_lines_of_an_answer_are_those_that_its_mapping_shows(headers) -> None:
    assert list(lines_of(headers)) == list(headers.items())


@pytest.mark.parametrize("kind", [HTTPHeaderDict, Louder, CaseInsensitiveDict])
def test_what_headers_say_of_a_body_is_what_their_mapping_answers(kind) -> None:
    headers = kind({"content-type": "text/plain", "Content-length": "3", "Date": "x"})
    said = about_body(headers)
    for name in ("Content-Type", "Content-Length", "Content-Encoding"):
        assert said.get(name) == headers.get(name)


def test_a_type_that_is_said_twice_is_joined_as_its_mapping_joins_it() -> None:
    headers = HTTPHeaderDict({"Content-Type": "text/plain"})
    headers.add("content-type", "text/html")
    assert about_body(headers).get("Content-Type") == headers["Content-Type"]


class Marked(CaseInsensitiveDict[str]):
    """Holds more than its lines."""

    def __init__(self) -> None:
        super().__init__({"Accept": "*/*", "X-One": "1"})
        self.mark = "x"


@pytest.mark.parametrize(
    "headers",
    [
        CaseInsensitiveDict({"Accept": "*/*", "X-One": "1"}),
        Marked(),
        {"Accept": "*/*", "X-One": "1"},
        HTTPHeaderDict({"Accept": "*/*", "X-One": "1"}),
    ],
    ids=["of requests", "of a program", "dict", "of urllib3"],
)
def test_names_of_what_is_sent_are_in_small_letters(headers) -> None:
    assert list(lower_items(headers)) == [("accept", "*/*"), ("x-one", "1")]
    assert lower_names(headers) == {"accept", "x-one"}
