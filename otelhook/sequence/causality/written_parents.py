"""Callers whose program wrote itself where its callee belongs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.model import SpanKind
from otelhook.sequence.causality.exchanges import Side

__all__ = ["add_beside"]

_TRACEPARENT: Final = lazy(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}.*")


def add_beside(sides: Mapping[int, Side], answers: dict[int, list[int]]) -> None:
    """Pair spans that stand beside each other under the parent that the caller's program wrote.

    Where a program writes ``traceparent`` itself, and perhaps signs it, it is sent as it is: the
    callee's span is then a child of what that names, and not of the caller's span, whose recorded
    header says so.
    """
    answered = {index for servers in answers.values() for index in servers}
    waiting: dict[tuple[str, ...], list[int]] = {}
    for index in sorted(sides, key=lambda i: (sides[i].start, i)):
        side = sides[index]
        if side.span.kind is not SpanKind.CLIENT or index in answers:
            continue
        for header in side.facts.request.headers:
            known = header.name == "traceparent"
            named = _TRACEPARENT.fullmatch(header.value) if known else None
            if named is not None and named[2] != side.span.span_id:
                facts = side.facts
                waiting.setdefault((named[1], named[2], facts.method, facts.path), []).append(index)
    if not waiting:
        return
    for index in sorted(sides, key=lambda i: (sides[i].start, i)):
        side = sides[index]
        if side.span.kind is not SpanKind.SERVER or index in answered:
            continue
        parent = side.span.parent_span_id or ""
        clients = waiting.get((side.span.trace_id, parent, side.facts.method, side.facts.path))
        if clients:
            answers[clients.pop(0)] = [index]
