"""Holds websockets with ASGI servers and frameworks in the four ways."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.interference.asgi_held import HeldSite, serving
from tests.interference.servers import PATIENCE, WAYS
from tests.interference.websocket_sites import WEBSOCKET_SITES
from tests.interference.wire import trace_of

__all__ = ["SOCKET_PAIRS", "WEBSOCKETS", "hold_sockets"]

SOCKET_PAIRS = tuple(
    f"{server}+{framework}" for server in ("uvicorn", "hypercorn") for framework in WEBSOCKET_SITES
)
_VOLATILE = re.compile(rb"(?im)^(date|server): [^\r\n]+")
_LONG = b"0123456789abcdef" * 5_000
_TEXT, _BINARY, _CLOSE, _PING = 1, 2, 8, 9
_SHORT, _TWO, _EIGHT = 126, 65_536, 127
_MASKED = 0x80


def frame(data: bytes, kind: int = _TEXT, *, last: bool = True, masked: bool = True) -> bytes:
    """Return a frame of RFC 6455 (5.2), masked with zeros as a client's."""
    size = len(data)
    mask = _MASKED if masked else 0
    head = bytes([(_MASKED if last else 0) | kind])
    if size < _SHORT:
        head += bytes([mask | size])
    elif size < _TWO:
        head += bytes([mask | _SHORT]) + size.to_bytes(2, "big")
    else:
        head += bytes([mask | _EIGHT]) + size.to_bytes(8, "big")
    return head + (bytes(4) if masked else b"") + data


def _close(code: int = 1000, reason: bytes = b"") -> bytes:
    return frame(code.to_bytes(2, "big") + reason, _CLOSE)


@dataclass(frozen=True)
class Websocket:
    """A conversation: where to, what is sent, and after how many frames that came."""

    path: str
    sent: tuple[tuple[bytes, int], ...] = ()
    """Frames, and how many frames are waited for after each."""
    vanishes: bool = False
    """Whether the client closes its connection without a word."""
    upgrades: bool = True
    status: int | None = 101
    """What its span has; None where servers differ."""
    received: int | None = None
    """Messages that the application is given, where that is sure."""


def _websockets() -> Iterator[tuple[str, Websocket]]:
    end = (_close(), 1)
    one = (frame(b"one"), 1)
    yield "text", Websocket("/echo", (one, (frame("zwei ä".encode()), 1), end), received=2)
    yield "binary", Websocket("/echo", ((frame(b"\x00\xff", _BINARY), 1), end), received=1)
    yield "empty", Websocket("/echo", ((frame(b""), 1), end), received=1)
    yield "long", Websocket("/echo", ((frame(_LONG), 1), end), received=1)
    parts = frame(b"one ", last=False) + frame(b"two", 0)
    yield "fragments", Websocket("/echo", ((parts, 1), end), received=1)
    many = b"".join(frame(b"%d" % number) for number in range(20))
    yield "many", Websocket("/echo", ((many, 20), end), received=20)
    yield "ping", Websocket("/echo", ((frame(b"p", _PING), 1), one, end), received=1)
    yield "client-closes", Websocket("/echo", (one, (_close(4001, b"enough"), 1)), received=1)
    yield "server-closes", Websocket("/bye", ((frame(b"one"), 2), (_close(4002), 0)), received=1)
    yield "refused", Websocket("/refuse", status=403)
    yield "missing", Websocket("/nowhere", status=None)
    yield "fails", Websocket("/fail", ((frame(b"one"), 1),), received=1)
    yield "vanishes", Websocket("/echo", (one,), vanishes=True, received=1)
    yield "unmasked", Websocket("/echo", (one, (frame(b"two", masked=False), 1)), received=1)
    yield "plain", Websocket("/echo", upgrades=False, status=None)


WEBSOCKETS: Mapping[str, Websocket] = dict(_websockets())


def hold_sockets(pair: str, folder: Path) -> dict[str, dict[str, HeldSite]]:
    """Hold all websockets with a server and a framework; by way and name, how they went."""
    return {way: _hold(pair, way, folder / way) for way in WAYS}


def _hold(pair: str, way: str, folder: Path) -> dict[str, HeldSite]:
    with serving(pair, way, folder) as port:
        held = {name: HeldSite(_talk(port, name, one)) for name, one in WEBSOCKETS.items()}
        if way != "bare":
            _judge(folder / "spans", held, counts=way == "ours")
    return held


def _handshake(name: str, one: Websocket) -> bytes:
    trace = trace_of(name)
    lines = [f"GET {one.path}?a=1 HTTP/1.1", "Host: interference.test"]
    lines.append(f"traceparent: 00-{trace}-{trace[:16]}-01")
    if one.upgrades:
        lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="]
    else:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode()


def _talk(port: int, name: str, one: Websocket) -> bytes:
    received = bytearray()
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(_handshake(name, one))
        with connection.makefile("rb") as file:
            _head(file, received)
            for sent, frames in one.sent if received.startswith(b"HTTP/1.1 101") else ():
                connection.sendall(sent)
                for _ in range(frames):
                    _frame(file, received)
            if not one.vanishes:
                _rest(file, received)
    return _VOLATILE.sub(rb"\1: ", bytes(received)).replace(b":%d" % port, b":PORT")


def _head(file: object, received: bytearray) -> None:
    while line := file.readline():  # type: ignore[attr-defined]
        received += line
        if line == b"\r\n":
            return


def _frame(file: object, received: bytearray) -> None:
    """Read a frame of the server's, which is not masked; what ends before is taken as it is."""
    head: bytes = file.read(2)  # type: ignore[attr-defined]
    received += head
    if len(head) < 2:
        return
    size = head[1] & 127
    if size >= _SHORT:
        more: bytes = file.read(2 if size == _SHORT else 8)  # type: ignore[attr-defined]
        received += more
        size = int.from_bytes(more, "big")
    received += file.read(size)  # type: ignore[attr-defined]


def _rest(file: object, received: bytearray) -> None:
    try:
        received += file.read()  # type: ignore[attr-defined]
    except (TimeoutError, ConnectionResetError):
        received += b"(not closed)"


def _judge(path: Path, held: Mapping[str, HeldSite], *, counts: bool) -> None:
    """Note where a websocket is not one SERVER span, or the span is not what it should be."""
    until = time.monotonic() + PATIENCE
    while len(found := _spans(path)) < len(held) and time.monotonic() < until:
        time.sleep(0.02)
    for name, one in held.items():
        wanted = WEBSOCKETS[name]
        spans = [span for span in found if span["trace"] == trace_of(name)]
        if len(spans) != 1:
            one.spans.append(f"{len(spans)} spans")
            continue
        attributes = spans[0]["attributes"]
        status = attributes.get("http.response.status_code")
        if counts and wanted.status is not None and status != wanted.status:
            one.spans.append(f"status {status}")
        messages = attributes.get("otelhook.websocket.received")
        if counts and wanted.received is not None and messages != wanted.received:
            one.spans.append(f"{messages} messages")


def _spans(path: Path) -> list[dict[str, Any]]:
    data = path.read_bytes() if path.exists() else b""
    spans = [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]
    return [span for span in spans if span["kind"] == "SERVER"]
