"""A span that was reported in pieces is one span, however the pieces arrived."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from otelhook.model import (
    Event,
    Link,
    Resource,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)
from otelhook.sequence.spans.fragments import joined

TRACE = TraceId("a" * 32)
ID = SpanId("1" * 16)
MADE_UP = "otel.zipkin.absentField.startTime"


def record(service: str, kind: str = "INTERNAL", start: int = 0, **more: Any) -> Span:
    named = {"service.name": service} if service else {}
    span = Span(TRACE, ID, None, "", SpanKind[kind], start, start + 5, resource=Resource(named))
    return replace(span, **more)


WHOLE = record("stock", "SERVER", 10, name="get /", attributes={"http.method": "GET"})
"""What the server knew when it had answered."""


@pytest.mark.parametrize(
    "piece",
    [
        record("stock", attributes={"tag": "1"}),
        record("STOCK", attributes={"tag": "1"}),
        record("", attributes={"tag": "1"}),
        record("stock", "SERVER", attributes={"tag": "1"}),
        record("stock", "UNSPECIFIED", attributes={"tag": "1"}),
        record("stock", start=99, attributes={"tag": "1", MADE_UP: True}),
    ],
)
def test_a_piece_without_a_start_is_put_to_the_span_of_its_service(piece: Span) -> None:
    for spans in permutations((WHOLE, piece)):
        (found,) = joined(spans)
        assert dict(found.attributes) == {"tag": "1", "http.method": "GET"}
        assert (found.start_time, found.kind, found.name) == (10, SpanKind.SERVER, "get /")


@pytest.mark.parametrize(
    "piece",
    [
        record("till", attributes={"tag": "1"}),
        record("stock", "CLIENT", attributes={"tag": "1"}),
        record("stock", span_id=SpanId("2" * 16)),
        record("stock", trace_id=TraceId("b" * 32)),
    ],
)
def test_a_record_of_another_side_stays_a_span(piece: Span) -> None:
    assert list(joined([WHOLE, piece])) == [WHOLE, piece]


def test_of_two_sides_the_one_of_the_piece_s_service_takes_it() -> None:
    caller = record("till", "CLIENT", 9)
    spans = [caller, WHOLE, record("till", attributes={"tag": "1"})]
    for order in permutations(spans):
        found = {span.kind: dict(span.attributes) for span in joined(order)}
        assert found == {SpanKind.CLIENT: {"tag": "1"}, SpanKind.SERVER: {"http.method": "GET"}}


def test_what_both_say_is_the_span_s_and_the_rest_is_kept() -> None:
    failed = Status(StatusCode.ERROR, "gone")
    event, link = Event(3, "flush"), Link(TRACE, SpanId("9" * 16))
    piece = record(
        "stock",
        name="other",
        parent_span_id=SpanId("7" * 16),
        attributes={"http.method": "PUT"},
        status=failed,
        events=(event,),
        links=(link,),
    )
    (found,) = joined([piece, piece, WHOLE])
    assert (found.name, found.parent_span_id) == ("get /", "7" * 16)
    assert dict(found.attributes) == {"http.method": "GET"}
    assert (found.status, found.events, found.links) == (failed, (event,), (link,))


def test_pieces_whose_span_is_not_there_are_what_is_known_of_it() -> None:
    pieces = [record("stock", attributes={"tag": "1"}), record("till")]
    assert list(joined(pieces)) == pieces


def test_pieces_that_disagree_are_joined_alike_whatever_came_first() -> None:
    pieces = [WHOLE, *(record("stock", attributes={"tag": tag}) for tag in "abc")]
    assert len({repr(list(joined(order))) for order in permutations(pieces)}) == 1
