"""One statement that a library and the driver below it recorded beside each other.

SQLAlchemy's instrumentation listens to the engine's events and does not make its span the current
one, so the driver's (psycopg2, PyMySQL, sqlite3) has the same parent in place of that span. Here it
is put where it belongs, and what is one call is then found as always.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from otelhook.attributes import SERVICE_NAME
from otelhook.model import Span, SpanKind
from otelhook.sequence.protocols.facts import Facts
from otelhook.sequence.vocabulary import Protocol

__all__ = ["put_inside"]


def put_inside(spans: Sequence[Span], parents: Sequence[int], facts: Sequence[Facts]) -> list[int]:
    """Return the parents, with a driver's span below the library's that stands beside it.

    Taken for one are two of a service's spans below the same one, by two instrumentations, of which
    one began and ended within the other and which record the same statement. Of one
    instrumentation's spans each is a statement by itself.
    """
    made = list(parents)
    for beside in _statements(spans, parents, facts):
        for inner, outer in _within(spans, beside):
            made[inner] = outer
    return made


_LOOKED_AT: Final = 8
"""Spans that began before and may hold a span: no more, so that many at once cost no more each."""


def _within(spans: Sequence[Span], beside: list[int]) -> Iterator[tuple[int, int]]:
    """Yield spans, each with the one that holds it: the last begun, if that holds none so far."""
    taken: set[int] = set()
    layers: dict[int, frozenset[str]] = {}
    open_: list[int] = []
    for inner in sorted(
        beside, key=lambda index: (spans[index].start_time, -spans[index].end_time)
    ):
        span = spans[inner]
        while open_ and spans[open_[-1]].end_time < span.start_time:
            open_.pop()
        holding = [
            outer
            for outer in open_[: -_LOOKED_AT - 1 : -1]
            if spans[outer].end_time >= span.end_time and span.scope.name not in layers[outer]
        ]
        layers[inner] = frozenset({span.scope.name})
        if holding:
            outer = next((one for one in holding if one not in taken), holding[0])
            taken.add(outer)
            layers[inner] |= layers[outer]
            yield inner, outer
        open_.append(inner)


def _statements(
    spans: Sequence[Span], parents: Sequence[int], facts: Sequence[Facts]
) -> Iterator[list[int]]:
    """Yield the spans of a service below one other that record the same statement, if several."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, fact in enumerate(facts):
        body = fact.request.body
        is_statement = fact.protocol is Protocol.DATABASE and fact.kind is SpanKind.CLIENT
        if is_statement and body is not None and body.content and parents[index] >= 0:
            service = spans[index].resource.attributes.get(SERVICE_NAME)
            groups.setdefault((parents[index], service, body.content), []).append(index)
    return (group for group in groups.values() if len(group) > 1)
