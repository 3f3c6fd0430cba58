"""Holds the conversations of an ASGI server and a framework in the four ways."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.interference.servers import PATIENCE, ROOT, WAYS, environment, failure_of_ours
from tests.interference.wire import trace_of

__all__ = [
    "CONVERSATIONS",
    "PAIRS",
    "HeldSite",
    "hold_site",
    "serving",
    "site_differences",
    "ways_of",
]

_SERVERS = ("uvicorn", "hypercorn", "granian", "daphne")
_FRAMEWORKS = ("starlette", "fastapi", "quart", "litestar", "django")
_HANDLERS = ("aiohttp.web", "tornado", "http.server")
PAIRS = (*(f"{server}+{framework}" for server in _SERVERS for framework in _FRAMEWORKS), *_HANDLERS)
"""A server and the framework behind it; the last have handlers of their own."""
_VOLATILE = re.compile(rb"(?im)^(date): [^\r\n]+")
_PORT = re.compile(rb'"port": (\d+)')
_QUIET = 0.4
_CHUNKED = "Transfer-Encoding: chunked"


def _requests(case: str, *lines: str, body: bytes = b"", close: bool = True) -> bytes:
    """Return a request that belongs to the trace of its case."""
    trace = trace_of(case)
    head = [lines[0], "Host: interference.test", f"traceparent: 00-{trace}-{trace[:16]}-01"]
    head += lines[1:]
    if close:
        head.append("Connection: close")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def _chunks(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


_LONG = b"0123456789abcdef" * 20_000


def _conversations() -> Iterator[tuple[str, list[bytes]]]:
    """Yield a name and what is sent, piece by piece; after each piece the answer is waited for."""

    def one(name: str, *lines: str, body: bytes = b"") -> tuple[str, list[bytes]]:
        return name, [_requests(name, *lines, body=body)]

    yield one("get", "GET /look HTTP/1.1")
    yield one("query", "GET /look?a=1&a=%20x&token=hush HTTP/1.1", "X-Odd: \xe9", "Cookie: a=b")
    yield one("two-headers", "GET /look HTTP/1.1", "X-Two: 1", "X-Two: 2", "Accept: */*")
    yield one("old", "GET /look HTTP/1.0")
    yield one("post", "POST /look HTTP/1.1", "Content-Length: 7", body=b'{"a":1}')
    yield one("post-empty", "POST /look HTTP/1.1", "Content-Length: 0")
    yield one("post-long", "POST /look HTTP/1.1", f"Content-Length: {len(_LONG)}", body=_LONG)
    yield one("post-chunked", "POST /look HTTP/1.1", _CHUNKED, body=_chunks(b"ab", b"cd"))
    yield one("post-binary", "POST /look HTTP/1.1", "Content-Length: 4", body=b"\x00\xff\xfe\x01")
    yield one("stream", "GET /stream HTTP/1.1")
    yield one("redirect", "GET /away HTTP/1.1")
    yield one("cookies", "GET /cookies HTTP/1.1")
    yield one("missing", "GET /nowhere HTTP/1.1")
    yield one("method", "DELETE /look HTTP/1.1")
    yield one("encoded-path", "GET /look%2Fat/%E9 HTTP/1.1")
    yield one("fail", "GET /fail HTTP/1.1")
    yield (
        "kept",
        [
            _requests("kept-1", "GET /look HTTP/1.1", close=False),
            _requests("kept-2", "POST /look HTTP/1.1", "Content-Length: 2", body=b"ab"),
        ],
    )
    yield "half", [b"GET /look HTTP/1.1\r\nHost: interference.test\r\nX-Never"]
    yield "nonsense", [b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"]


CONVERSATIONS: Mapping[str, list[bytes]] = dict(_conversations())
_SILENT = frozenset({"half", "nonsense"})
"""No application is reached by these."""


@dataclass
class HeldSite:
    """One conversation as it went."""

    wire: bytes
    spans: list[str] = field(default_factory=list[str])
    """What is wrong with the spans."""


def site_differences(one: HeldSite, bare: HeldSite) -> list[str]:
    """Return in what a conversation differs from the bare one."""
    return ["wire"] * (one.wire != bare.wire) + ["spans"] * bool(one.spans)


def hold_site(pair: str, folder: Path) -> dict[str, dict[str, HeldSite]]:
    """Hold all conversations with a server and a framework; by way and name, how they went."""
    return {way: _hold(pair, way, folder / way) for way in ways_of(pair)}


def ways_of(pair: str) -> tuple[str, ...]:
    """Return the ways in which a server can be held: of handlers, stock knows none here."""
    return ("bare", "ours") if pair in _HANDLERS else WAYS


def _hold(pair: str, way: str, folder: Path) -> dict[str, HeldSite]:
    with serving(pair, way, folder) as port:
        held = {name: HeldSite(_talk(port, sent)) for name, sent in CONVERSATIONS.items()}
        if way != "bare":
            _judge(folder / "spans", held)
    return held


@contextmanager
def serving(pair: str, way: str, folder: Path) -> Iterator[int]:
    """Serve a site in a way, and give its port; nothing of ours may have failed by the end."""
    folder.mkdir(parents=True)
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.interference.sites", *pair.split("+")],
            cwd=ROOT,
            env={**environment(folder, way), "PYTHONWARNINGS": "ignore", "PYTHONHASHSEED": "0"},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield _port(process, log, pair)
    finally:
        _stop(process)
    failed = failure_of_ours(log.read_text("utf-8", "replace"))
    assert failed is None, f"{pair} ({way}): {failed}"


def _port(process: subprocess.Popen[bytes], log: Path, pair: str) -> int:
    until = time.monotonic() + 2 * PATIENCE
    while True:
        text = log.read_bytes()
        assert process.poll() is None, text.decode("utf-8", "replace")[-3000:]
        assert time.monotonic() < until, f"{pair} does not listen: {text[-2000:]!r}"
        found = _PORT.search(text)
        if found is not None:
            try:
                socket.create_connection(("127.0.0.1", int(found[1])), 1).close()
            except OSError:
                pass
            else:
                return int(found[1])
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _talk(port: int, sent: list[bytes]) -> bytes:
    """Send each piece and receive until the other side closes, or says no more for a moment."""
    received = bytearray()
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        for number, piece in enumerate(sent, 1):
            connection.sendall(piece)
            last = number == len(sent)
            waits = PATIENCE if b"\r\n\r\n" in piece and b"HTTP/1" in piece else _QUIET
            _receive(connection, received, waits if last else PATIENCE, to_end=last)
    return _VOLATILE.sub(rb"\1: ", bytes(received)).replace(b":%d" % port, b":PORT")


def _receive(
    connection: socket.socket, received: bytearray, patience: float, *, to_end: bool
) -> None:
    connection.settimeout(patience)
    before = len(received)
    while True:
        try:
            data = connection.recv(65536)
        except (TimeoutError, ConnectionResetError):
            return
        if not data:
            return
        received += data
        if not to_end and b"\r\n\r\n" in received[before:]:
            connection.settimeout(_QUIET)


def _judge(path: Path, held: Mapping[str, HeldSite]) -> None:
    """Note where not each request that reached the application is one SERVER span of its trace."""
    wanted = {name: [name] for name in held} | {"kept": ["kept-1", "kept-2"]}
    expected = sum(len(names) for name, names in wanted.items() if name not in _SILENT)
    until = time.monotonic() + 5
    while (found := _traces(path)) is not None and len(found) < expected:
        if time.monotonic() > until:
            break
        time.sleep(0.02)
    for name, one in held.items():
        if name in _SILENT:
            continue
        for request in wanted[name]:
            number = found.count(trace_of(request))
            if number != 1:
                one.spans.append(f"{request}: {number} spans")


def _traces(path: Path) -> list[str]:
    if not path.exists():
        return []
    data = path.read_bytes()
    spans = [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]
    return [span["trace"] for span in spans if span["kind"] == "SERVER"]
