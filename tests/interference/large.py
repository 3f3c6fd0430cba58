"""A program that sends and receives 100 MiB, and prints what that added to its peak of memory.

``python -m tests.interference.large URL SIZE``, in one of the ways of ``tests.interference.call``.
"""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from tests.interference.app_large import PIECE
from tests.interference.call import set_up
from tests.interference.memory import forget_peak, peak

__all__ = ["main"]


def _pieces(size: int) -> Iterator[bytes]:
    block = b"y" * PIECE
    return (block[: min(PIECE, size - start)] for start in range(0, size, PIECE))


class _File:
    """A file of any size that is nowhere."""

    def __init__(self, size: int) -> None:
        self._left = self._size = size

    def __len__(self) -> int:
        return self._size

    def read(self, amount: int = -1) -> bytes:
        piece = b"z" * min(PIECE if amount < 0 else amount, self._left)
        self._left -= len(piece)
        return piece


def _asks(does: str, size: int) -> dict[str, str]:
    return {"X-Case": "large", "X-Does": does, "X-Size": str(size)}


def upload_generator(url: str, size: int) -> None:
    """By `requests`, in chunks."""
    answer = requests.post(url, data=_pieces(size), headers=_asks("take-chunked", size), timeout=60)
    assert answer.text == f"{size} taken", answer.text


def upload_file(url: str, size: int) -> None:
    """By `requests`, with a length."""
    answer = requests.post(url, data=_File(size), headers=_asks("take", size), timeout=60)
    assert answer.text == "0 left", answer.text


def download(url: str, size: int) -> None:
    """By `requests`, as a stream."""
    with requests.get(url, stream=True, headers=_asks("give", size), timeout=60) as answer:
        assert sum(map(len, answer.iter_content(PIECE))) == size


def download_raw(url: str, size: int) -> None:
    """By `requests`, beneath it."""
    with requests.get(url, stream=True, headers=_asks("give", size), timeout=60) as answer:
        assert sum(map(len, iter(lambda: answer.raw.read(PIECE), b""))) == size


def download_urllib3(url: str, size: int) -> None:
    """By urllib3, as a stream."""
    with urllib3.PoolManager() as pool:
        answer: Any = pool.request("GET", url, preload_content=False, headers=_asks("give", size))
        assert sum(map(len, answer.stream(PIECE))) == size


def download_http(url: str, size: int) -> None:
    """By http.client, piece by piece."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("GET", "/", headers=_asks("give", size))
    answer = connection.getresponse()
    assert sum(map(len, iter(lambda: answer.read(PIECE), b""))) == size
    connection.close()


TRANSFERS: dict[str, Callable[[str, int], None]] = {
    "requests, upload of a generator": upload_generator,
    "requests, upload of a file": upload_file,
    "requests, streamed download": download,
    "requests, raw download": download_raw,
    "urllib3, streamed download": download_urllib3,
    "http.client, download": download_http,
}


def main(arguments: Sequence[str]) -> None:
    """Do each transfer small, so that all code is there, then large; print bytes added by each."""
    url, size = arguments[0], int(arguments[1])
    set_up()
    added = {}
    for name, transfer in TRANSFERS.items():
        transfer(url, 4 * 1024 * 1024)
        forget_peak()
        before = peak()
        transfer(url, size)
        added[name] = peak() - before
    print(json.dumps(added))


if __name__ == "__main__":
    main(sys.argv[1:])
