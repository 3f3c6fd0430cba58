"""The bodies that programs send, and the ways in which they read a response."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import requests

__all__ = ["BODIES", "DATA", "READS"]

DATA = b"line one\nline two\nthe last"


def _generator() -> Iterator[bytes]:
    yield b"line one\n"
    yield b""
    yield b"line two\n"
    yield b"the last"


def _failing_generator() -> Iterator[bytes]:
    yield b"line one\n"
    raise LookupError("on purpose")


def _real_file() -> Any:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the program's own, closed with it
    file.write(DATA)
    file.seek(5)
    return file


class _Reader:
    """Something that can only be read."""

    def __init__(self) -> None:
        self._file = io.BytesIO(DATA)

    def read(self, amount: int = -1) -> bytes:
        return self._file.read(amount)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._file)


class _Sized:
    """An iterable with a length, as multipart encoders are."""

    def __len__(self) -> int:
        return len(DATA)

    def __iter__(self) -> Iterator[bytes]:
        yield DATA[:10]
        yield DATA[10:]


BODIES: dict[str, Callable[[], Any]] = {
    "bytes": lambda: DATA,
    "text": lambda: "Zo\u00eb",
    "empty": lambda: b"",
    "form": lambda: {"a": "1", "b": ["2", "3"]},
    "pairs": lambda: [("a", "1"), ("a", "2")],
    "bytearray": lambda: bytearray(DATA),
    "memory-file": lambda: io.BytesIO(DATA),
    "real-file": _real_file,
    "text-file": lambda: io.StringIO("text"),
    "generator": _generator,
    "generator-fails": _failing_generator,
    "list-iterator": lambda: iter([b"one", b"two"]),
    "reader": _Reader,
    "sized": _Sized,
    "large": lambda: b"x" * (1 << 20),
    "large-generator": lambda: (b"y" * 65536 for _ in range(16)),
}


def _readinto(response: requests.Response) -> list[bytes]:
    buffer, parts = bytearray(9), []
    while count := response.raw.readinto(buffer):
        parts.append(bytes(buffer[:count]))
    return parts


def _wrapped(response: requests.Response) -> list[str]:
    response.raw.auto_close = False
    raw: Any = response.raw
    return list(io.TextIOWrapper(raw, "latin-1"))


READS: dict[str, Callable[[requests.Response], Any]] = {
    "content": lambda response: response.content,
    "text": lambda response: response.text,
    "iter-content": lambda response: list(response.iter_content(7)),
    "iter-content-one": lambda response: list(response.iter_content(1)),
    "iter-content-none": lambda response: list(response.iter_content(None)),
    "iter-text": lambda response: list(response.iter_content(7, decode_unicode=True)),
    "iter-lines": lambda response: list(response.iter_lines()),
    "iter-lines-chunk": lambda response: list(response.iter_lines(chunk_size=3, delimiter=b" ")),
    "iterate": list,
    "raw-read": lambda response: response.raw.read(),
    "raw-read-n": lambda response: list(iter(lambda: response.raw.read(9), b"")),
    "raw-read-decoded": lambda response: response.raw.read(decode_content=True),
    "raw-read1": lambda response: list(iter(lambda: response.raw.read1(9), b"")),
    "raw-stream": lambda response: list(response.raw.stream(9)),
    "raw-stream-decoded": lambda response: list(response.raw.stream(9, decode_content=True)),
    "raw-readinto": _readinto,
    "raw-readline": lambda response: [response.raw.readline() for _ in range(4)],
    "raw-iterate": lambda response: list(response.raw),
    "raw-data": lambda response: response.raw.data,
    "raw-text": _wrapped,
    "raw-chunked": lambda response: list(response.raw.read_chunked(9)),
    "half": lambda response: next(response.iter_content(7)),
    "half-raw": lambda response: response.raw.read(7),
    "none": lambda response: None,
    "close": lambda response: response.close(),
    "drain": lambda response: response.raw.drain_conn(),
}
