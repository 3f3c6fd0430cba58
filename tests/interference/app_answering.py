"""Applications that answer, each in a way of its own; none of them fails."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.interference.calls import Call, SizedBody

__all__ = ["ANSWERING"]

TEXT = [("Content-Type", "text/plain")]
CHUNKS = [b"one ", b"two ", b"three"]
LENGTH = ("Content-Length", "13")

Application = Callable[[Call], Any]


def _returning(
    make: Callable[[Call], Any], *more: tuple[Any, Any], status: Any = "200 OK"
) -> Application:
    """Make an application that starts a response and returns what is made."""

    def application(call: Call) -> Any:
        call.start(status, [*TEXT, *more])
        return make(call)

    return application


def _generator(call: Call, chunks: Iterable[bytes] = tuple(CHUNKS)) -> Iterator[bytes]:
    with call.opened():
        yield from chunks


def starts_late(call: Call) -> Iterator[bytes]:
    """Starts the response at the first chunk: a generator is the application."""
    with call.opened():
        call.start("200 OK", TEXT)
        yield from CHUNKS


def _writes(*written: bytes, returned: Any = (), length: bool = False) -> Application:
    def application(call: Call) -> Any:
        write = call.start("200 OK", [*TEXT, LENGTH] if length else TEXT)
        for chunk in written:
            call.note("write", write, chunk)
        return list(returned)

    return application


def _file(*, offset: int = 0, length: bool = True, block: int | None = None) -> Application:
    """Sends a real file by the server's wrapper, from an offset on."""

    def application(call: Call) -> Any:
        file = Path(os.environ["INTERFERENCE_FILE"]).open("rb")  # noqa: SIM115 - the server closes it
        size = os.fstat(file.fileno()).st_size - offset
        file.seek(offset)
        call.start("200 OK", [*TEXT, ("Content-Length", str(size))] if length else TEXT)
        wrapper = call.environ.get("wsgi.file_wrapper")
        if wrapper is None:
            return iter(lambda: file.read(block or 8192), b"")
        return wrapper(file) if block is None else wrapper(file, block)

    return application


def _memory_file(call: Call) -> Any:
    """A file that has no descriptor, so that no sendfile is possible."""
    call.start("200 OK", [*TEXT, LENGTH])
    wrapper = call.environ.get("wsgi.file_wrapper")
    file = io.BytesIO(b"".join(CHUNKS))
    return wrapper(file) if wrapper else [file.read()]


class Slow:
    """A class iterator that hands out a chunk once the client has the one before."""

    def __init__(self, call: Call, count: int = 3) -> None:
        self._call, self._number, self._count = call, 0, count
        call.say("opened")

    def __iter__(self) -> Slow:
        return self

    def __next__(self) -> bytes:
        if self._number:
            self._call.say("seen", seen=self._call.was_told(f"seen-{self._number}"))
        if self._number == self._count:
            raise StopIteration
        self._number += 1
        return b"<chunk %d>" % self._number

    def close(self) -> None:
        self._call.say("closed")


def mutates_headers(call: Call) -> list[bytes]:
    """Changes its list of headers after it gave it to the server."""
    headers = [*TEXT, ("X-Before", "1"), LENGTH]
    call.start("200 OK", headers)
    headers.append(("X-After", "1"))
    return list(CHUNKS)


def mutates_environ(call: Call) -> list[bytes]:
    """Shifts path segments and removes headers, as routers do."""
    environ = call.environ
    environ["SCRIPT_NAME"] = "/shifted"
    environ["PATH_INFO"] = "/"
    environ.pop("HTTP_X_CASE", None)
    environ["REQUEST_METHOD"] = "PATCH"
    return call.plain(b"shifted")


def replaced_start(call: Call) -> list[bytes]:
    """Starts twice: the second, with exc_info, replaces the first before anything was sent."""
    call.start("200 OK", [*TEXT, ("X-First", "1")])
    try:
        raise LookupError("replaced")
    except LookupError as error:
        call.start("503 Sorry", [*TEXT, LENGTH], (type(error), error, error.__traceback__))
    return list(CHUNKS)


def keyword_start(call: Call) -> list[bytes]:
    """Names the third argument, as some frameworks do."""
    write = call.start_response("200 OK", [*TEXT, LENGTH], exc_info=None)
    call.say("start_response", callable=callable(write))
    return list(CHUNKS)


def deep(call: Call) -> list[bytes]:
    """JSON that is nested 10,000 deep."""
    body = b"[" * 10_000 + b"]" * 10_000
    call.start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def gzipped(call: Call) -> list[bytes]:
    """A response that is what it says: gzip."""
    body = gzip.compress(b"".join(CHUNKS), mtime=0)
    call.start("200 OK", [*TEXT, ("Content-Encoding", "gzip"), ("Content-Length", str(len(body)))])
    return [body]


def bomb(call: Call) -> list[bytes]:
    """10 MiB of zeros in 10 KiB."""
    body = gzip.compress(bytes(10 * 1024 * 1024), mtime=0)
    call.start("200 OK", [*TEXT, ("Content-Encoding", "gzip"), ("Content-Length", str(len(body)))])
    return [body]


def logs(call: Call) -> list[bytes]:
    """Writes to the server's log."""
    call.environ["wsgi.errors"].write("application's log\n")
    call.environ["wsgi.errors"].flush()
    return call.plain(b"logged")


def _headers(*more: tuple[Any, Any], status: Any = "200 OK") -> Application:
    return _returning(lambda _: [b"".join(CHUNKS)], *more, status=status)


def _status(status: Any, *, body: Any = (), headers: Any = ()) -> Application:
    def application(call: Call) -> Any:
        call.start(status, list(headers))
        return list(body)

    return application


ANSWERING: dict[str, Application] = {
    "list": _returning(lambda _: list(CHUNKS)),
    "list-one": _returning(lambda _: [b"".join(CHUNKS)]),
    "list-length": _returning(lambda _: list(CHUNKS), LENGTH),
    "list-empty": _returning(lambda _: []),
    "list-empty-chunk": _returning(lambda _: [b""]),
    "list-empty-among": _returning(lambda _: [b"", b"one", b"", b"two", b""]),
    "tuple": _returning(lambda _: tuple(CHUNKS)),
    "generator": _returning(_generator),
    "generator-length": _returning(_generator, LENGTH),
    "generator-empty": _returning(lambda call: _generator(call, [])),
    "generator-empty-first": _returning(lambda call: _generator(call, [b"", b"late"])),
    "starts-late": starts_late,
    "iterator": _returning(lambda call: call.closing(CHUNKS)),
    "iterator-length": _returning(lambda call: call.closing(CHUNKS), LENGTH),
    "sized": _returning(lambda call: SizedBody(call, [b"".join(CHUNKS)])),
    "sized-many": _returning(lambda call: SizedBody(call, CHUNKS)),
    "map": _returning(lambda _: map(bytes, CHUNKS)),
    "plain-iterator": _returning(lambda _: iter(CHUNKS)),
    "bytearray-chunks": _returning(lambda _: [bytearray(b"not bytes")]),
    "write": _writes(*CHUNKS),
    "write-length": _writes(*CHUNKS, length=True),
    "write-and-return": _writes(b"one ", b"two ", returned=[b"three"], length=True),
    "write-nothing": _writes(b"", returned=[b"one"]),
    "file": _file(),
    "file-no-length": _file(length=False),
    "file-offset": _file(offset=70_000),
    "file-block": _file(block=1000),
    "file-memory": _memory_file,
    "large": _returning(lambda call: _generator(call, [b"x" * 65536] * 16)),
    "large-list": _returning(lambda _: [b"y" * (1 << 20)], ("Content-Length", str(1 << 20))),
    "slow": _returning(Slow),
    "slow-length": _returning(Slow, ("Content-Length", "27")),
    "status-201": _status("201 Created", headers=[("Location", "/new"), ("Content-Length", "0")]),
    "status-204": _status("204 No Content"),
    "status-204-chunk": _status("204 No Content", body=[b""]),
    "status-304": _status("304 Not Modified", headers=[("ETag", '"1"')]),
    "status-404": _headers(status="404 Not Found"),
    "status-500": _headers(status="500 Internal Server Error"),
    "status-bare": _headers(status="200"),
    "status-space": _headers(status="200 "),
    "status-odd": _headers(status="299 Odd but allowed"),
    "status-latin": _headers(status="200 D\u00e9j\u00e0 vu"),
    "status-words": _headers(status="fine"),
    "status-int": _headers(status=200),
    "headers-latin": _headers(("X-Name", "Zo\u00eb \u00ff")),
    "headers-wide": _headers(("X-Name", "\u2603")),
    "headers-cookies": _headers(("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")),
    "headers-newline": _headers(("X-Split", "a\r\nX-Injected: 1")),
    "headers-bytes": _headers((b"X-Bytes", b"1")),
    "headers-number": _headers(("X-Number", 5)),
    "headers-large": _headers(("X-Large", "v" * 8000)),
    "headers-many": _headers(*((f"X-Number-{number}", str(number)) for number in range(90))),
    "headers-hop": _headers(("Connection", "close")),
    "headers-chunked": _headers(("Transfer-Encoding", "chunked")),
    "headers-own": _headers(("Server", "application"), ("Date", "Thu, 01 Jan 1970 00:00:00 GMT")),
    "headers-trace": _headers(("traceparent", "00-x"), ("tracestate", "mine=1")),
    "length-short": _headers(("Content-Length", "5")),
    "length-long": _headers(("Content-Length", "20")),
    "length-words": _headers(("Content-Length", "many")),
    "length-twice": _headers(("Content-Length", "13"), ("Content-Length", "13")),
    "mutates-headers": mutates_headers,
    "mutates-environ": mutates_environ,
    "replaced-start": replaced_start,
    "keyword-start": keyword_start,
    "deep": deep,
    "gzip": gzipped,
    "gzip-lies": _headers(("Content-Encoding", "gzip")),
    "gzip-bomb": bomb,
    "logs": logs,
}
