"""Applications that read a request's body, each in a way of its own."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from tests.interference.calls import Call

__all__ = ["READING"]

Read = Callable[[Any], Any]


def _in_pieces(stream: Any) -> list[bytes]:
    return list(iter(lambda: stream.read(7), b""))


def _twice(stream: Any) -> list[bytes]:
    return [stream.read(100), stream.read(100), stream.read()]


def _buffered(stream: Any) -> bytes:
    class Raw(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            chunk = stream.read(len(buffer))
            buffer[: len(chunk)] = chunk
            return len(chunk)

    return io.BufferedReader(Raw(), 16).read()


def _read1(stream: Any) -> Any:
    if not hasattr(stream, "read1"):
        return "has none"
    return b"".join(iter(lambda: stream.read1(100), b""))


def _readinto(stream: Any) -> Any:
    if not hasattr(stream, "readinto"):
        return "has none"
    buffer, parts = bytearray(9), []
    while count := stream.readinto(buffer):
        parts.append(bytes(buffer[:count]))
    return b"".join(parts)


READERS: dict[str, Read] = {
    "read": lambda stream: stream.read(),
    "read-minus-one": lambda stream: stream.read(-1),
    "read-n": lambda stream: stream.read(38),
    "read-more": lambda stream: stream.read(1000),
    "read-pieces": _in_pieces,
    "read-zero": lambda stream: [stream.read(0), stream.read(5), stream.read(0)],
    "read-half": lambda stream: stream.read(19),
    "read-past-end": _twice,
    "readline": lambda stream: [stream.readline() for _ in range(4)],
    "readline-n": lambda stream: [stream.readline(5) for _ in range(9)],
    "readlines": lambda stream: stream.readlines(),
    "readlines-hint": lambda stream: stream.readlines(15),
    "iterate": list,
    "iterate-two": lambda stream: list(islice(iter(stream), 2)),
    "line-then-rest": lambda stream: [stream.readline(), stream.read()],
    "buffered": _buffered,
    "read1": _read1,
    "readinto": _readinto,
    "nothing": lambda _: None,
}


def _reading(read: Read) -> Callable[[Call], Iterable[bytes]]:
    def application(call: Call) -> Iterable[bytes]:
        call.note("read", read, call.environ["wsgi.input"])
        return call.plain(b"read")

    return application


def lazily(call: Call) -> Iterable[bytes]:
    """Reads while the response is being sent."""
    call.start("200 OK", [("Content-Type", "text/plain")])

    def body() -> Iterable[bytes]:
        with call.opened():
            yield b"first "
            call.note("read", _in_pieces, call.environ["wsgi.input"])
            yield b"last"

    return body()


def as_it_comes(call: Call) -> Iterable[bytes]:
    """Reads each piece before the client sends the next."""
    stream, parts = call.environ["wsgi.input"], []
    for number in range(3):
        parts.append(call.note("piece", stream.read, 6))
        call.say("got", number=number)
    return call.plain(b"".join(parts))


def echo(call: Call) -> Iterable[bytes]:
    """Answers with what it read, of the type that it had."""
    data = call.note("read", call.body)
    kind = call.environ.get("CONTENT_TYPE") or "application/octet-stream"
    headers = [("Content-Type", kind), ("Content-Length", str(len(data)))]
    coding = call.environ.get("HTTP_CONTENT_ENCODING")
    call.start("200 OK", headers + ([("Content-Encoding", coding)] if coding else []))
    return [data]


def echo_stream(call: Call) -> Iterable[bytes]:
    """Answers while it reads, in pieces of 64 KiB."""
    kind = call.environ.get("CONTENT_TYPE") or "application/octet-stream"
    call.start("200 OK", [("Content-Type", kind)])
    left = int(call.environ.get("CONTENT_LENGTH") or 1 << 40)
    stream = call.environ["wsgi.input"]
    while chunk := stream.read(min(left, 65536)):
        left -= len(chunk)
        yield chunk


def replaced_input(call: Call) -> Iterable[bytes]:
    """Puts a stream of its own in the place of the server's, as frameworks do."""
    data = call.body()
    call.environ["wsgi.input"] = io.BytesIO(data.upper())
    return call.plain(call.note("read", call.environ["wsgi.input"].read))


def kept_input(call: Call) -> Iterable[bytes]:
    """Reads through a bound method that it took before."""
    read = call.environ["wsgi.input"].read
    return call.plain(call.note("read", read, 38))


READING: dict[str, Callable[[Call], Iterable[bytes]]] = {
    **{name: _reading(read) for name, read in READERS.items()},
    "lazily": lazily,
    "as-it-comes": as_it_comes,
    "echo": echo,
    "echo-stream": echo_stream,
    "replaced-input": replaced_input,
    "kept-input": kept_input,
}
