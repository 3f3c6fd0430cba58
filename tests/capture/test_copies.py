"""What a program copies or pickles of what it was given, it has as without us."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
import urllib3

import otelhook
from otelhook.capture.guard import Guard
from otelhook.capture.record.body_capture import tee_response, tee_sent
from otelhook.capture.record.body_reader import BodyReader

Copy = Callable[[Any], Any]
COPIES: list[Any] = [
    pytest.param(copy.copy, id="copy"),
    pytest.param(copy.deepcopy, id="deepcopy"),
    pytest.param(lambda one: pickle.loads(pickle.dumps(one)), id="pickle"),
]


@contextmanager
def answered(app: Any) -> Iterator[Any]:
    """Answer a request, and close the answer as a server does."""
    environ: dict[str, Any] = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "7"}
    setup_testing_defaults(environ)
    environ |= {"wsgi.input": io.BytesIO(b"one two"), "wsgi.errors": io.StringIO()}
    body = app(environ, lambda *_: lambda _chunk: None)
    yield body
    body.close()


@pytest.mark.parametrize("copied", COPIES)
def test_an_environ_is_copied_with_what_is_left_of_its_body(
    instrument: Any, recorded: Any, copied: Copy
) -> None:
    read: list[bytes] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["wsgi.input"].read(4)
        body = copied(environ["wsgi.input"])
        read.extend((body.read(), environ["wsgi.input"].read()))
        if copied is not copy.copy:  # which has the very input
            read.append(copied({**environ, "wsgi.input": io.BytesIO(b"")})["wsgi.input"].read())
            assert copied(environ).keys() == environ.keys()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"said"]

    instrument("shop")
    with answered(otelhook.Middleware(app)) as body:
        assert list(body) == [b"said"]

    assert read[:2] == [b"two", b"two"]
    assert recorded.server()["http.request.body.content"] == "one two"
    assert recorded.server()["http.response.body.content"] == "said"


class Words:
    """A body that a program can copy."""

    def __init__(self) -> None:
        self.words = [b"one", b"two"]

    def __iter__(self) -> Any:
        return iter(self.words)


@pytest.mark.parametrize("copied", COPIES)
@pytest.mark.parametrize("make", [Words, lambda: [b"one", b"two"], lambda: (b"one", b"two")])
def test_an_answer_is_copied_as_the_application_made_it(
    instrument: Any, recorded: Any, copied: Copy, make: Any
) -> None:
    def app(_environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return make()

    instrument("shop")
    with answered(otelhook.Middleware(app)) as body:
        another = copied(body)
        assert not recorded.all()
        assert list(another) == [b"one", b"two"]
        del another
        assert not recorded.all()
        assert list(body) == [b"one", b"two"]

    assert recorded.server()["http.response.body.content"] == "onetwo"


def test_a_copied_environ_is_of_the_same_request(instrument: Any, recorded: Any) -> None:
    def inner(_environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [])
        return [b"inner"]

    def outer(environ: dict[str, Any], start_response: Any) -> Any:
        return mounted(copy.deepcopy(environ), start_response)

    instrument("shop")
    mounted = otelhook.Middleware(inner)
    with answered(otelhook.Middleware(outer)) as body:
        assert list(body) == [b"inner"]

    assert recorded.server()["http.response.body.content"] == "inner"


def test_of_a_copied_response_nothing_is_noted() -> None:
    noted: list[bytes] = []
    response = urllib3.HTTPResponse(io.BytesIO(b"one two"), preload_content=False)
    reader = BodyReader(100, Guard(), lambda reader, _error: noted.append(reader.tee.kept))
    assert tee_response(response, reader)

    another = copy.deepcopy(response)

    assert another.read() == b"one two"
    assert noted == []
    assert response.read() == b"one two"
    response.close()
    assert noted == [b"one two"]


@pytest.mark.parametrize("copied", COPIES[:2])
def test_a_body_that_is_sent_is_copied_as_the_program_made_it(copied: Copy) -> None:
    sent = tee_sent(io.BytesIO(b"one two"), 100, Guard()).replacement

    assert copied(sent).read() == b"one two"
    assert type(copied(sent)) is io.BytesIO
    assert sent.read() == b"one two"
