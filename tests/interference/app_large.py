"""Applications for bodies of many megabytes, which hold one piece at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.interference.calls import Call

__all__ = ["LARGE", "PIECE"]

PIECE = 65536
_TYPE = ("Content-Type", "text/plain")
_BLOCK = b"x" * PIECE


def take(call: Call) -> list[bytes]:
    """Reads all and keeps nothing."""
    stream = call.environ["wsgi.input"]
    left = int(call.environ["CONTENT_LENGTH"])
    while left and (piece := stream.read(min(left, PIECE))):
        left -= len(piece)
    return call.plain(b"%d left" % left)


def take_chunked(call: Call) -> list[bytes]:
    """Reads to the end, and keeps nothing."""
    stream, taken = call.environ["wsgi.input"], 0
    while piece := stream.read(PIECE):
        taken += len(piece)
    return call.plain(b"%d taken" % taken)


def give(call: Call) -> Iterator[bytes]:
    """Answers with as many bytes as X-Size says."""
    size = int(call.environ["HTTP_X_SIZE"])
    call.start("200 OK", [_TYPE, ("Content-Length", str(size))])
    return (_BLOCK[: min(PIECE, size - start)] for start in range(0, size, PIECE))


def give_file(call: Call) -> Any:
    """Answers with the first bytes of a file that is as large as X-Size says."""
    size = int(call.environ["HTTP_X_SIZE"])
    path = Path(os.environ["INTERFERENCE_FOLDER"]) / "large"
    if not path.exists():
        path.touch()
    os.truncate(path, size)
    file = path.open("rb")
    call.start("200 OK", [_TYPE, ("Content-Length", str(size))])
    wrapper = call.environ.get("wsgi.file_wrapper")
    return iter(lambda: file.read(PIECE), b"") if wrapper is None else wrapper(file, PIECE)


LARGE: dict[str, Callable[[Call], Any]] = {
    "take": take,
    "take-chunked": take_chunked,
    "give": give,
    "give-file": give_file,
}
