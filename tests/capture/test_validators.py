"""wsgiref.validate and werkzeug's LintMiddleware find nothing, outside of ours and inside."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

import pytest
from opentelemetry.trace import SpanKind
from werkzeug.middleware.lint import LintMiddleware
from werkzeug.serving import WSGIRequestHandler as WerkzeugHandler
from werkzeug.serving import make_server as make_werkzeug_server

import otelhook

TEXT = [("Content-Type", "text/plain")]
SENT = b"first line\nsecond line\nthe last"


def answering(make: Callable[..., Any], *headers: tuple[str, str], status: str = "200 OK") -> Any:
    def app(environ: Any, start_response: Any) -> Any:
        write = start_response(status, [*headers])
        return make(environ, write)

    return app


class Body:
    """An iterable with a close, as frameworks have it."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.chunks)

    def close(self) -> None:
        """As required."""


class Sized(Body):
    def __len__(self) -> int:
        return len(self.chunks)


def written(_: Any, write: Callable[[bytes], object]) -> list[bytes]:
    write(b"one ")
    write(b"two")
    return []


def served(environ: Any, _: object) -> Any:
    file = Path(__file__).open("rb")  # noqa: SIM115 - the server closes it
    wrapper = environ.get("wsgi.file_wrapper")
    return Body(file.read()) if wrapper is None else wrapper(file)


def lazily(_: Any, __: object) -> Iterator[bytes]:
    yield b"one "
    yield b"two"


BODIES = {
    "list": answering(lambda *_: [b"one ", b"two"], *TEXT),
    "list with a length": answering(lambda *_: [b"one"], *TEXT, ("Content-Length", "3")),
    "empty list": answering(lambda *_: [], *TEXT, ("Content-Length", "0")),
    "empty chunk": answering(lambda *_: [b""], *TEXT, ("Content-Length", "0")),
    "tuple": answering(lambda *_: (b"one ", b"two"), *TEXT),
    "generator": answering(lazily, *TEXT),
    "iterator": answering(lambda *_: Body(b"one"), *TEXT),
    "sized": answering(lambda *_: Sized(b"one"), *TEXT),
    "written": answering(written, *TEXT),
    "file": answering(served, *TEXT),
    "204": answering(lambda *_: [], ("Content-Length", "0"), status="204 No Content"),
    "304": answering(lambda *_: [], ("ETag", '"1"'), status="304 Not Modified"),
}


def reading(read: Callable[[Any, int], Any]) -> Any:
    def app(environ: Any, start_response: Any) -> Any:
        got = read(environ["wsgi.input"], int(environ["CONTENT_LENGTH"]))
        assert b"".join(got) == SENT
        start_response("200 OK", [*TEXT, ("Content-Length", "4")])
        return [b"read"]

    return app


def by_line(stream: Any, length: int) -> Iterator[bytes]:
    while length:
        line = stream.readline(length)
        length -= len(line)
        yield line


def in_pieces(stream: Any, length: int) -> Iterator[bytes]:
    while length:
        piece = stream.read(min(length, 7))
        length -= len(piece)
        yield piece


READERS = {
    "read": lambda stream, length: [stream.read(length)],
    "in pieces": in_pieces,
    "by line": by_line,
    "readlines": lambda stream, length: stream.readlines(length),
    "iteration": lambda stream, _: stream,
}


VALIDATORS = [(validator, "wsgiref"), (LintMiddleware, "wsgiref"), (LintMiddleware, "werkzeug")]
"""With the servers that they have nothing to say of: wsgiref's finds a port of werkzeug's."""
NAMES = [f"{validate.__name__}-{server}" for validate, server in VALIDATORS]
REFUSED = {"by line", "readlines"}
"""Ways to read that werkzeug's finds wrong in whoever uses them."""


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


class QuietWerkzeug(WerkzeugHandler):
    def log(self, *args: object) -> None:
        pass


def finding(app: Any, found: list[str]) -> Any:
    """Note what is raised; warnings are errors here, so a validator raises what it says."""

    def outermost(environ: Any, start_response: Any) -> Iterator[bytes]:
        try:
            result = app(environ, start_response)
            try:
                yield from result
            finally:
                if hasattr(result, "close"):
                    result.close()
        except Exception as error:
            found.append(repr(error))
            raise

    return outermost


def served_by(name: str, app: Any) -> Any:
    if name == "wsgiref":
        return make_server("127.0.0.1", 0, app, handler_class=Quiet)
    return make_werkzeug_server("127.0.0.1", 0, app, request_handler=QuietWerkzeug)


@pytest.fixture
def validated(instrument, recorded) -> Iterator[Callable[..., list[str]]]:
    """Answer a request behind a validator, ours and the validator again; returns the findings."""
    instrument("app")
    servers: list[Any] = []

    def ask(app: Any, by: Any, method: str, body: bytes = b"") -> list[str]:
        validate, name = by
        found: list[str] = []
        ours = otelhook.Middleware(validate(app), service="app")
        server = served_by(name, finding(validate(ours), found))
        servers.append(server)
        thread = threading.Thread(target=server.handle_request, daemon=True)
        thread.start()
        head = f"{method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        with socket.create_connection(("127.0.0.1", server.server_port), 10) as connection:
            connection.sendall(f"{head}{length}\r\n".encode() + body)
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        thread.join(10)
        assert not thread.is_alive()
        assert answer.split()[1] in (b"200", b"204", b"304") or found
        recorded.wait(1, SpanKind.SERVER)
        return found

    yield ask
    for server in servers:
        server.server_close()


@pytest.mark.parametrize("by", VALIDATORS, ids=NAMES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("body", BODIES)
def test_a_validator_on_either_side_finds_nothing_in_any_kind_of_body(validated, by, method, body):
    assert validated(BODIES[body], by, method) == []


@pytest.mark.parametrize(
    ("by", "reader"),
    [
        (by, name)
        for by in VALIDATORS
        for name in READERS
        if by[0] is validator or name not in REFUSED
    ],
)
def test_a_validator_on_either_side_finds_nothing_however_a_body_is_read(validated, by, reader):
    assert validated(reading(READERS[reader]), by, "POST", SENT) == []


@pytest.mark.parametrize("by", VALIDATORS, ids=NAMES)
def test_the_validators_do_find_what_is_wrong(validated, by):
    assert validated(answering(lambda *_: ["text"], *TEXT), by, "GET") != []
