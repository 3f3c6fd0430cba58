"""Of a span that was delivered twice, the record with the later end: as the store keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from otelhook.model import Span

__all__ = ["ByIdentity", "keep_latest", "latest"]

ByIdentity: TypeAlias = dict[object, Span]
"""Spans by what tells each from all others (`Span.identity`)."""


def keep_latest(span: Span, spans: ByIdentity) -> None:
    """Keep a span among others, in the place of the one that it is."""
    identity = span.identity
    known = spans.setdefault(identity, span)
    if known.end_time < span.end_time:
        spans[identity] = span


def latest(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return each span once, in the order in which they first came."""
    held: ByIdentity = {}
    for span in spans:
        keep_latest(span, held)
    return tuple(held.values())
