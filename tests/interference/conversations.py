"""Holds the conversations of a server in the four ways, and says where they differ."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.interference.server_cases import CASES, Case
from tests.interference.servers import ALONE, ENDLESS_INPUT, WAYS, Server, failure_of_ours
from tests.interference.wire import LIMIT, Talk

__all__ = ["ASPECTS", "Held", "differences", "hold"]

ASPECTS = ("wire", "application", "server", "spans")
"""What is compared: the client's bytes; what the application read, was returned and raised; what
the server was handed, and whether it lived; the spans, one for each request.
"""
_SETTLES = 5.0
_ENDS = 3.0
"""Seconds in which a process ends that an application ended."""
_DATE = re.compile(rb"(?<=\r\nDate: )[^\r\n]+", re.IGNORECASE)
_PATHS = ("url.path", "http.target", "http.url", "url.full")


@dataclass
class Held:
    """One conversation as it went."""

    sent: bytes
    wire: tuple[bytes, str]
    """The bytes that came, the date left out, and how the connection ended."""
    application: list[dict[str, Any]] = field(default_factory=list)
    server: list[dict[str, Any]] = field(default_factory=list)
    spans: list[str] = field(default_factory=list)
    """What is wrong with the spans."""
    traces: Mapping[str, str | None] = field(default_factory=dict)
    sampled: bool = True
    took: float = 0.0
    """Seconds, the application's end included."""


def hold(name: str, folder: Path, cases: Sequence[Case] = CASES) -> dict[str, dict[str, Held]]:
    """Hold all conversations with a server.

    Returns:
        By way and case, how they went.
    """
    return {way: _hold_in_way(name, way, folder / way, cases) for way in WAYS}


def _hold_in_way(name: str, way: str, folder: Path, cases: Sequence[Case]) -> dict[str, Held]:
    server = Server(name, way, folder)
    held: dict[str, Held] = {}
    try:
        server.start()
        for case in cases:
            if name in case.not_on:
                continue
            held[case.name] = _hold_one(server, case)
        if way != "bare":
            calls = sum(_calls(server, one) for one in held.values())
            server.wait_for(lambda: len(server.spans()) >= calls, _SETTLES)
    finally:
        server.stop()
    failed = failure_of_ours(server.log.decode("utf-8", "replace"))
    assert failed is None, f"{name} ({way}): {failed}"
    if way != "bare":
        _judge_spans(server, held)
    return held


def _hold_one(server: Server, case: Case) -> Held:
    if server.ended() is not None:
        server.start()
    began = time.monotonic()
    talk = Talk(
        server.connect(),
        case.name,
        case.does,
        server.tell,
        server.reported,
        endless_input=server.name in ENDLESS_INPUT,
        limit=case.limits.get(server.name, LIMIT),
    )
    case.script(talk)
    server.wait_for(lambda: all(_settled(server.events(one)) for one in talk.traces), _SETTLES)
    wire = (_DATE.sub(b"(a date)", bytes(talk.received)), talk.ended)
    held = Held(b"".join(talk.sent), wire, traces=talk.traces, sampled=talk.sampled)
    for request in talk.traces:
        for event in server.events(request):
            about = held.server if event["event"].startswith("server: ") else held.application
            about.append({"request": request, **event})
    held.took = time.monotonic() - began
    if case.may_end:
        code = server.ended(_ENDS) if server.name in ALONE else None
        held.server.append({"event": "process", "ended": code})
    return held


def _settled(events: Iterable[Mapping[str, Any]]) -> bool:
    """Say whether the application is done: each call has returned, each body is closed."""
    count = Counter(event["event"] for event in events)
    handed = count["server: got"] + count["server: raised"]
    return count["called"] == handed and count["opened"] == count["closed"]


def _calls(server: Server, held: Held) -> int:
    if not held.sampled:
        return 0
    return sum(event["event"] == "called" for event in held.application)


def _judge_spans(server: Server, held: Mapping[str, Held]) -> None:
    """Say of each conversation what is wrong with its spans."""
    by_request: dict[str, list[dict[str, Any]]] = {}
    known = {request for one in held.values() for request in one.traces}
    for span in server.spans():
        by_request.setdefault(_request_of(span, known), []).append(span)
    for one in held.values():
        for request, trace in one.traces.items():
            called = [e for e in one.application if e["request"] == request]
            calls = sum(event["event"] == "called" for event in called)
            spans = by_request.get(request, [])
            one.spans += _wrong(spans, calls if one.sampled else 0, trace, request)


def _request_of(span: Mapping[str, Any], known: set[str]) -> str:
    attributes = span["attributes"]
    for key in ("http.request.header.x-case", "http.request.header.x_case"):
        for value in attributes.get(key, ()):
            return str(value)
    for key in _PATHS:
        name = str(attributes.get(key, "")).rpartition("/")[2]
        if name in known:
            return name
    return ""


def _wrong(
    spans: Sequence[Mapping[str, Any]], calls: int, trace: str | None, request: str
) -> list[str]:
    servers = [span for span in spans if span["kind"] == "SERVER"]
    wrong = []
    if len(servers) != calls:
        wrong.append(f"{request}: {len(servers)} SERVER spans of {calls} requests")
    if len(spans) != len(servers):
        wrong.append(f"{request}: {len(spans) - len(servers)} spans of other kinds")
    for span in servers:
        if trace is not None and span["trace"] != trace:
            wrong.append(f"{request}: in another trace")
        if trace is None and span["parent"] is not None:
            wrong.append(f"{request}: in a trace that it did not name")
    return wrong


def differences(one: Held, bare: Held) -> list[str]:
    """Return the aspects in which a conversation went otherwise than bare."""
    return [aspect for aspect in ASPECTS if getattr(one, aspect) != getattr(bare, aspect)]
