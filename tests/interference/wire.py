"""A client on a bare socket: it sends exactly what a case says and keeps exactly what comes."""

from __future__ import annotations

import hashlib
import re
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable

__all__ = ["LIMIT", "Talk", "chunked", "chunks_end", "message_ends", "trace_of"]

LIMIT = 10.0
"""Seconds that one case may take."""
_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)


def trace_of(request: str) -> str:
    """Return the trace id that the request of this name is sent with."""
    return hashlib.sha256(request.encode()).hexdigest()[:32]


class Talk:
    """One connection to a server, for one case.

    Args:
        connection: to the server.
        case: the case's name; its requests are numbered.
        does: what the application is asked to do.
        told: tells the application something.
        reported: waits until the application has reported an event.
        endless_input: whether the server's input ends only where the client's side does.
        limit: seconds that the case may take.
    """

    def __init__(  # noqa: PLR0913 - each is one thing
        self,
        connection: socket.socket,
        case: str,
        does: str,
        told: Callable[[str, str], None],
        reported: Callable[[str, str, float], bool],
        *,
        endless_input: bool = False,
        limit: float = LIMIT,
    ) -> None:
        self.sent: list[bytes] = []
        self.received = bytearray()
        self.ended = ""
        self.traces: dict[str, str | None] = {}
        """Of each request that was sent: the trace it is to belong to, None for one of its own."""
        self.endless_input = endless_input
        self.sampled = True
        """Whether the requests' trace is sampled, as far as they say so."""
        self._case = case
        self._does = does
        self._told = told
        self._reported = reported
        self._methods: list[str] = []
        self._answered = 0
        self.closing = False
        """Whether the server said with its last response that it will close."""
        self._read = self._awaited = 0
        self._end = time.monotonic() + limit
        self._socket = connection
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(0)

    @property
    def request(self) -> str:
        """The name of the request that was made last."""
        return next(reversed(self.traces))

    def head(
        self,
        method: str = "GET",
        *headers: tuple[str, str | bytes],
        target: str | bytes | None = None,
        version: str = "1.1",
        close: bool = True,
        parent: bool = True,
    ) -> bytes:
        """Make a request's head.

        Args:
            method: of the request.
            headers: further ones.
            target: what is asked for; a path that names the request if left out.
            version: of HTTP.
            close: whether the connection is to be closed after the response.
            parent: whether the request belongs to a trace.
        """
        name = f"{self._case}-{len(self.traces) + 1}"
        self._methods.append(method)
        self.traces[name] = trace_of(name) if parent else None
        lines: list[tuple[str, str | bytes]] = [
            ("Host", "interference.test"),
            ("X-Case", name),
            ("X-Does", self._does),
        ]
        if parent:
            lines.append(("traceparent", f"00-{trace_of(name)}-{trace_of(name)[:16]}-01"))
        if close:
            lines.append(("Connection", "close"))
        target = f"/{name}" if target is None else target
        start = b"%s %s HTTP/%s\r\n" % (method.encode(), _bytes(target), version.encode())
        rest = (b"%s: %s\r\n" % (key.encode(), _bytes(value)) for key, value in (*lines, *headers))
        return start + b"".join(rest) + b"\r\n"

    def send(self, data: bytes) -> None:
        """Send, and receive meanwhile; what a closed connection refuses is not sent again."""
        self.sent.append(data)
        view = memoryview(data)
        while view and not self.ended:
            readable, writable = self._wait(write=True)
            if writable:
                try:
                    view = view[self._socket.send(view) :]
                except OSError:
                    break
            if readable:
                self._receive()

    def until(self, there: bytes | Callable[[bytes], bool], patience: float = LIMIT) -> bool:
        """Receive until something is there. False if it does not come in time."""
        end = min(self._end, time.monotonic() + patience)
        while True:
            seen = bytes(self.received[self._read :])
            if there in seen if isinstance(there, bytes) else there(seen):
                if isinstance(there, bytes):
                    self._awaited = self._read + seen.index(there) + len(there)
                return True
            if self.ended or time.monotonic() > end:
                return False
            if self._wait(seconds=end - time.monotonic())[0]:
                self._receive()

    def response(self) -> bool:
        """Receive one whole response; what follows is the next one's. False if there is none."""
        method = self._methods[self._answered]
        if not self.until(lambda seen: message_ends(seen, method) is not None):
            return False
        end = message_ends(bytes(self.received[self._read :]), method) or 0
        head = bytes(self.received[self._read : self._read + end]).partition(_HEAD_END)[0]
        self.closing = head.startswith(b"HTTP/1.0") or _CLOSE.search(head) is not None
        self._read += end
        self._answered += 1
        return True

    def rest(self) -> None:
        """Receive until the server closes, or until the case's time is over."""
        while not self.ended:
            if self._wait()[0]:
                self._receive()
            if time.monotonic() > self._end:
                self.ended = "time limit"
        self._socket.close()

    def tell(self, what: str) -> None:
        """Tell the application of the last request something."""
        self._told(self.request, what)

    def reported(self, event: str, patience: float = 1.0) -> bool:
        """Wait until the application of the last request has reported an event."""
        return self._reported(self.request, event, patience)

    def finish_sending(self) -> None:
        """Close this side of the connection only."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.ended = self.ended or "closed"

    def go(self, *, abruptly: bool = False) -> None:
        """Close the connection; abruptly is by a reset. What nobody waited for does not count."""
        del self.received[self._awaited :]
        if abruptly:
            linger = struct.pack("ii", 1, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._socket.close()
        self.ended = "by the client"

    def _wait(self, *, write: bool = False, seconds: float | None = None) -> tuple[bool, bool]:
        left = max(0.0, self._end - time.monotonic() if seconds is None else seconds)
        writers = [self._socket] if write else []
        readable, writable, _ = select.select([self._socket], writers, [], left)
        if not readable and not writable and time.monotonic() > self._end:
            self.ended = "time limit"
        return bool(readable), bool(writable)

    def _receive(self) -> None:
        try:
            chunk = self._socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        self.received += chunk
        if not chunk:
            self.ended = "closed"


def message_ends(data: bytes, method: str) -> int | None:
    """Return where the first response in ``data`` ends; None if its end is not there.

    RFC 9112, 6.3. A body that only the connection's end delimits has none.
    """
    start = 0
    while True:
        head_end = data.find(_HEAD_END, start)
        if head_end < 0:
            return None
        head = data[start : head_end + 2]
        code = head.split(b" ", 2)[1][:3] if b" " in head else b""
        start = head_end + len(_HEAD_END)
        if not code.startswith(b"1"):
            break
    if method == "HEAD" or code in (b"204", b"304"):
        return start
    length = _LENGTH.search(head)
    if _CHUNKED.search(head):
        return chunks_end(data, start)
    if length is None:
        return None
    end = start + int(length[1])
    return end if len(data) >= end else None


def chunks_end(data: bytes, start: int) -> int | None:
    """Return where a body in chunks, without trailers, ends; None if its end is not there."""
    while True:
        line = data.find(b"\r\n", start)
        if line < 0:
            return None
        size = int(data[start:line].split(b";")[0], 16)
        start = line + 2 + size + 2
        if len(data) < start:
            return None
        if size == 0:
            return start


def chunked(parts: Iterable[bytes]) -> bytes:
    """Write a body in chunks."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")
