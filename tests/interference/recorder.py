"""A raw server: it keeps every byte that comes, and answers with bytes that a path names.

The path of a request is ``/CASE/ANSWER/...``. Nothing of HTTP is done here but to find where a
request ends.
"""

from __future__ import annotations

import gzip
import re
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.interference.wire import chunked, chunks_end

__all__ = ["ANSWERS", "Received", "Recorder"]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect: *100-continue", re.IGNORECASE)
_PATIENCE = 5.0

LINES = b"first line\nsecond line\nthe last"
PACKED = gzip.compress(LINES, mtime=0)


def _answer(
    body: bytes = LINES, *headers: bytes, status: bytes = b"200 OK", length: bool = True
) -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Type: text/plain", *headers]
    if length:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body])


_PARTS = [LINES[:7], LINES[7:20], LINES[20:]]
_CHUNKED_HEAD = _answer(b"", b"Transfer-Encoding: chunked", length=False)

ANSWERS: dict[str, bytes | list[bytes | str]] = {
    "plain": _answer(),
    "empty": _answer(b""),
    "no-content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "not-modified": b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n',
    "missing": _answer(b"not here", status=b"404 Not Found"),
    "failed": _answer(b"sorry", status=b"500 Internal Server Error"),
    "no-reason": _answer(status=b"200"),
    "odd-reason": _answer(status=b"299 D\xe9j\xe0 vu"),
    "chunked": _CHUNKED_HEAD + chunked(_PARTS),
    "chunked-trailer": _CHUNKED_HEAD + chunked(_PARTS)[:-2] + b"X-Trailer: 1\r\n\r\n",
    "until-closed": [_answer(LINES, b"Connection: close", length=False), "close"],
    "gzip": _answer(PACKED, b"Content-Encoding: gzip"),
    "gzip-chunked": _answer(
        b"", b"Transfer-Encoding: chunked", b"Content-Encoding: gzip", length=False
    )
    + chunked([PACKED[:9], PACKED[9:]]),
    "gzip-lies": _answer(LINES, b"Content-Encoding: gzip"),
    "deflate-lies": _answer(LINES, b"Content-Encoding: deflate"),
    "deep": _answer(b"[" * 10_000 + b"]" * 10_000),
    "large": _answer(bytes(range(256)) * 4096),
    "large-chunked": _CHUNKED_HEAD + chunked([bytes(range(256)) * 256] * 16),
    "cookies": _answer(LINES, b"Set-Cookie: a=1; Path=/", b"Set-Cookie: b=2; Path=/"),
    "latin": _answer(b"Zo\xeb", b"X-Name: Zo\xeb \xff"),
    "many-headers": _answer(LINES, *(b"X-%d: %d" % (n, n) for n in range(90))),
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n" + _answer(),
    "early-hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + _answer(),
    "http-1.0": [b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + LINES, "close"],
    "says-close": [_answer(LINES, b"Connection: close"), "close"],
    "slow": [_CHUNKED_HEAD, b"5\r\nfirst\r\n", "wait", b"6\r\nsecond\r\n", "wait", b"0\r\n\r\n"],
    "short": [_answer(LINES)[:-10], "close"],
    "short-chunked": [_CHUNKED_HEAD + b"20\r\ncut", "close"],
    "bad-chunk": [_CHUNKED_HEAD + b"zz\r\ncut", "close"],
    "hangs-up": ["close"],
    "resets": ["reset"],
    "silent": ["stall"],
    "stalls": [_answer(LINES)[:-10], "stall"],
    "garbage": [b"this is not HTTP\r\n\r\n", "close"],
    "early": _answer(b"no need", status=b"413 Content Too Large"),
    "unavailable": _answer(b"later", b"Retry-After: 0", status=b"503 Service Unavailable"),
    "digest": _answer(
        b"who?",
        b'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"',
        status=b"401 Unauthorized",
    ),
}
"""By name: bytes, or a list of bytes and of what happens between them."""


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    connection: int
    """Of this case, counted from 0."""
    data: bytes


class Recorder:
    """Listens on loopback, a thread for each connection, until it is closed."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._socket.getsockname()[1]
        self._received: dict[str, list[Received]] = defaultdict(list)
        self._connections: dict[str, list[int]] = defaultdict(list)
        self._seen: dict[str, int] = defaultdict(int)
        self._go = threading.Condition()
        self._gone: dict[str, int] = defaultdict(int)
        self._count = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()

    def received(self, case: str) -> list[Received]:
        """Return what came for a case, in order."""
        return self._received[case]

    def _go_on(self, case: str) -> None:
        """Let an answer that waits for its client go on."""
        with self._go:
            self._gone[case] += 1
            self._go.notify_all()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._count += 1
            threading.Thread(
                target=self._serve, args=(connection, self._count), daemon=True
            ).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            data = b""
            while True:
                try:
                    request, data = self._next(connection, data)
                except OSError:
                    return
                if request.startswith(b"GO "):
                    self._go_on(request.split(b" ")[1].decode())
                elif not request or not self._reply(connection, number, request):
                    return

    def _next(self, connection: socket.socket, data: bytes) -> tuple[bytes, bytes]:
        """Return the next request, whole, and what follows it; what there is at the end."""
        told = False
        while (end := _request_ends(data)) is None:
            head = data.partition(b"\r\n\r\n")
            if head[1] and not told and _EXPECT.search(head[0]):
                told = True
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            chunk = connection.recv(1 << 16)
            if not chunk:
                return data, b""
            data += chunk
        return data[:end], data[end:]

    def _reply(self, connection: socket.socket, number: int, request: bytes) -> bool:
        """Record a request and answer it. False if the connection is over."""
        target = request.split(b" ", 2)[1].decode("latin-1") if b" " in request else ""
        path = target.partition("://")[2].partition("/")[2] if "://" in target else target[1:]
        case, _, answer = path.partition("?")[0].partition("/")
        known = self._connections[case]
        if number not in known:
            known.append(number)
        self._received[case].append(Received(known.index(number), request))
        for part in self._parts(case, answer, request):
            if not self._send(connection, case, part):
                return False
        return True

    def _parts(self, case: str, answer: str, request: bytes) -> Iterator[bytes | str]:
        """Yield what is sent. ``redirect-307/plain`` leads to ``plain``; ``twice-failed/plain`` is
        ``failed`` twice, then ``plain``.
        """
        first, _, rest = answer.partition("/")
        kind, _, how = first.partition("-")
        if kind == "redirect":
            yield _answer(
                b"elsewhere", f"Location: /{case}/{rest}".encode(), status=how.encode() + b" Moved"
            )
            return
        if kind == "twice":
            self._seen[case] += 1
            first = how if self._seen[case] <= 2 else rest
        found = ANSWERS[first]
        body = not request.startswith(b"HEAD ")
        for part in [found] if isinstance(found, bytes) else found:
            if isinstance(part, bytes) and not body:
                yield part.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            else:
                yield part

    def _send(self, connection: socket.socket, case: str, part: bytes | str) -> bool:
        if isinstance(part, bytes):
            try:
                connection.sendall(part)
            except OSError:
                return False
            return True
        return _BETWEEN[part](self, connection, case)

    def _wait(self, _connection: socket.socket, case: str) -> bool:
        with self._go:
            self._go.wait_for(lambda: self._gone[case] > 0, _PATIENCE)
            self._gone[case] -= 1
        return True

    def _stall(self, connection: socket.socket, _case: str) -> bool:
        """Say nothing until the client has gone."""
        connection.settimeout(_PATIENCE)
        end = time.monotonic() + _PATIENCE
        try:
            while connection.recv(1 << 16) and time.monotonic() < end:
                pass
        except OSError:
            pass
        return False

    def _reset(self, connection: socket.socket, _case: str) -> bool:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        return False

    def _close(self, _connection: socket.socket, _case: str) -> bool:
        return False


_BETWEEN: dict[str, Callable[[Recorder, socket.socket, str], bool]] = {
    "wait": Recorder._wait,
    "stall": Recorder._stall,
    "reset": Recorder._reset,
    "close": Recorder._close,
}


def _request_ends(data: bytes) -> int | None:
    """Return where the first request ends; None if its end is not there."""
    head_end = data.find(b"\r\n\r\n")
    if head_end < 0:
        return None
    head, start = data[: head_end + 2], head_end + 4
    length = _LENGTH.search(head)
    if _CHUNKED.search(head):
        return chunks_end(data, start)
    if length is None:
        return start
    end = start + int(length[1])
    return end if len(data) >= end else None
