"""Runs the calling programs in the four ways, and says where they differ."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.interference.calling import PROGRAMS_OWN
from tests.interference.recorder import Received, Recorder
from tests.interference.servers import ROOT, WAYS, environment, failure_of_ours

__all__ = ["CLIENT_ASPECTS", "HeldCall", "call_differences", "hold_calls"]

CLIENT_ASPECTS = ("wire", "program", "spans")
"""What is compared: the bytes that the server received, on which connections; what the program was
returned and raised; the spans, one for each request on the wire.
"""
_TRACE = re.compile(rb"\r\n(?:traceparent|tracestate):[^\r\n]*", re.IGNORECASE)
_PARENT = re.compile(rb"\r\ntraceparent: *00-([0-9a-f]{32})-([0-9a-f]{16})-", re.IGNORECASE)
_BOUNDARY = re.compile(rb"boundary=([0-9a-f]{32})")
_BOUNDARY_TOLD = re.compile(r"(?<=boundary=)[0-9a-f]{32}")
_NONCE = re.compile(rb'(?<=[ ,])(cnonce|response)="[0-9a-f]+"')
_NONCE_TOLD = re.compile(r'(?<=[ ,])(cnonce|response)=\\"[0-9a-f]+')
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
_URLS = ("url.full", "http.url")
PATIENCE = 120

UNSEEN = {
    "get-refused": 1,
    "http-refused": 1,
    "retry-refused": 3,
    "httpx-refused": 1,
    "aiohttp-refused": 1,
}
"""Attempts that no recorder can see: connections that were refused."""


@dataclass
class HeldCall:
    """What one program did."""

    wire: list[Any] = field(default_factory=list)
    """Of each request its connection and its bytes, but for what differs by chance."""
    program: list[Any] = field(default_factory=list)
    spans: list[str] = field(default_factory=list)
    """What is wrong with the spans."""


def hold_calls(folder: Path) -> dict[str, dict[str, HeldCall]]:
    """Run all programs in all ways.

    Returns:
        By way and case, what was done.
    """
    return {way: _hold_way(way, folder / way) for way in WAYS}


def _hold_way(way: str, folder: Path) -> dict[str, HeldCall]:
    folder.mkdir(parents=True)
    recorder = Recorder()
    with socket.socket() as nobody:
        # Bound, but not listening: the port refuses, and nobody else gets it.
        nobody.bind(("127.0.0.1", 0))
        refusing = nobody.getsockname()[1]
        command = [sys.executable, "-m", "tests.interference.call"]
        try:
            done = subprocess.run(
                [*command, str(recorder.port), str(refusing)],
                cwd=ROOT,
                env=environment(folder, way),
                timeout=PATIENCE,
                check=False,
                capture_output=True,
                text=True,
            )
        finally:
            recorder.close()
    assert done.returncode == 0, done.stderr[-3000:]
    assert failure_of_ours(done.stderr) is None, failure_of_ours(done.stderr)
    ports = {str(recorder.port): "PORT", str(refusing): "REFUSING"}
    return _gather(folder, recorder, ports, way)


def _gather(
    folder: Path, recorder: Recorder, ports: Mapping[str, str], way: str
) -> dict[str, HeldCall]:
    held: dict[str, HeldCall] = defaultdict(HeldCall)
    for line in _lines(folder / "events"):
        text = _BOUNDARY_TOLD.sub("BOUNDARY", _ADDRESS.sub("0x", json.dumps(line)))
        text = _NONCE_TOLD.sub(r"\1=\"by chance", text)
        for port, name in ports.items():
            text = text.replace(port, name)
        event = json.loads(text)
        held[event.pop("case")].program.append(event)
    spans = defaultdict(list)
    for span in _lines(folder / "spans"):
        spans[_case_of(span)].append(span)
    for case, one in held.items():
        received = recorder.received(case)
        one.wire = [_normal(request, ports) for request in received]
        if way != "bare":
            one.spans = _wrong(spans[case], received, UNSEEN.get(case, 0))
    return dict(held)


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def _case_of(span: Mapping[str, Any]) -> str:
    for key in _URLS:
        url = str(span["attributes"].get(key, ""))
        if url:
            return url.partition("://")[2].split("/")[1]
    return ""


def _normal(received: Received, ports: Mapping[str, str]) -> list[Any]:
    data = _NONCE.sub(rb'\1="by chance"', _TRACE.sub(b"", received.data))
    for port, name in ports.items():
        data = data.replace(b"127.0.0.1:" + port.encode(), b"127.0.0.1:" + name.encode())
    boundary = _BOUNDARY.search(data)
    if boundary is not None:
        data = data.replace(boundary[1], b"b" * 32)
    return [received.connection, data]


def _wrong(
    spans: Sequence[Mapping[str, Any]], received: Sequence[Received], unseen: int
) -> list[str]:
    """Say what is wrong with the spans: one for each request, and each request under its own."""
    calls = {span["id"]: span for span in spans if span["kind"] == "CLIENT"}
    wrong = []
    parents = [_PARENT.search(one.data) for one in received]
    named = [(one[1].decode(), one[2].decode()) for one in parents if one is not None]
    if len(calls) != len(received) + unseen:
        wrong.append(f"{len(calls)} CLIENT spans of {len(received) + unseen} requests")
    if len(named) != len(received):
        wrong.append(f"{len(received) - len(named)} requests without traceparent")
    if len(set(named)) != len(named):
        wrong.append("several requests under one span")
    for trace, span in named:
        if (trace, span) == PROGRAMS_OWN:
            below = [(one["trace"], one["parent"]) for one in calls.values()]
            if PROGRAMS_OWN not in below:
                wrong.append("no span below the parent that the program named itself")
        elif span not in calls or calls[span]["trace"] != trace:
            wrong.append("a request under a span that is not its own")
    return wrong


def call_differences(one: HeldCall, bare: HeldCall) -> list[str]:
    """Return the aspects in which a program's calls went otherwise than bare."""
    return [aspect for aspect in CLIENT_ASPECTS if getattr(one, aspect) != getattr(bare, aspect)]
