"""Nothing vanishes silently: what is no step stands beside the step that it belongs to."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.model import Event, Resource, Span, SpanId, SpanKind, TraceId
from otelhook.sequence import compose

HTTP = {"http.request.method": "GET", "url.full": "http://b/x", "http.response.status_code": 200}
KINDS: list[Any] = [
    {},
    HTTP,
    {"db.system": "redis"},
    {"rpc.system": "grpc", "rpc.method": "A"},
    {"messaging.system": "kafka", "messaging.operation": "receive"},
    {"messaging.system": "kafka", "messaging.operation": "process"},
    {"messaging.system": "kafka", "messaging.operation": "settle"},
    {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"},
]


def span(number: int, kind: SpanKind, attributes: Any, parent: int = 0, **fields: Any) -> Span:
    return Span(
        TraceId("1" * 32),
        SpanId(f"{number:016x}"),
        SpanId(f"{parent:016x}") if parent else None,
        fields.pop("name", "work"),
        kind,
        number * 10,
        number * 10 + 500,
        attributes,
        Resource({"service.name": fields.pop("service", "a"), "host.name": "h"}),
        **fields,
    )


@st.composite
def forests(draw: Any) -> list[Span]:
    """Draw spans of any protocols under any parents, cycles and gaps included."""
    count = draw(st.integers(0, 14))
    return [
        span(
            number,
            draw(st.sampled_from(SpanKind)),
            draw(st.sampled_from(KINDS)),
            draw(st.integers(0, count + 1)),
            name=draw(st.sampled_from(["work", "dns.lookup", "connect", "receive", "a.B/C"])),
            service=draw(st.sampled_from("abc")),
            events=(Event(number, "log"),) * draw(st.integers(0, 2)),
        )
        for number in range(1, count + 1)
    ]


@settings(max_examples=150, deadline=None)
@given(spans=forests())
def test_every_span_is_drawn_internal_or_a_detail_and_every_event_is_told(
    spans: list[Span],
) -> None:
    document = compose(spans)
    counts = document.counts
    assert counts.drawn + counts.internal + counts.details == document.span_count == len(spans)
    assert counts.events == sum(len(span.events) for span in spans)
    drawn = {span_id for step in document.steps for span_id in step.span_ids}
    told = {inner.span_id for inner in document.inner_spans}
    assert drawn | told == {span.span_id for span in spans}
    assert sum(len(inner.events) for inner in document.inner_spans) == counts.events
    assert len(document.inner_spans) == len(told)
    requests = {step.number for step in document.steps if step.kind.value == "request"}
    assert {inner.step for inner in document.inner_spans} <= requests | {0}
    assert sum(not inner.drawn for inner in document.inner_spans) == len(spans) - counts.drawn


def test_internal_work_belongs_to_the_request_that_it_was_done_for() -> None:
    spans = [span(1, SpanKind.SERVER, HTTP), span(2, SpanKind.INTERNAL, {}, 1)]
    spans += [span(3, SpanKind.INTERNAL, {"a": 1}, 2), span(9, SpanKind.INTERNAL, {})]
    document = compose(spans)
    assert [(inner.span_id[-1], inner.step) for inner in document.inner_spans] == [
        ("9", 0),
        ("2", 1),
        ("3", 1),
    ]
    assert document.inner_spans[2].attributes == (("a", "1"),)


def test_a_drawn_span_tells_its_events_only() -> None:
    events = (Event(15, "exception", {"exception.type": "E"}), Event(16, "log"))
    (inner,) = compose([span(1, SpanKind.SERVER, HTTP, events=events)]).inner_spans
    assert inner.drawn
    assert inner.attributes == ()
    assert [event.name for event in inner.events] == ["exception", "log"]


def test_attributes_are_spelled_as_text_whatever_they_are() -> None:
    told = {"a": True, "b": 1.5, "c": ("x", 2), "d": {"e": b"f"}, "g": None, "h": b"\xff"}
    document = compose([span(1, SpanKind.SERVER, HTTP), span(2, SpanKind.INTERNAL, told, 1)])
    assert dict(document.inner_spans[0].attributes) == {
        "a": "true",
        "b": "1.5",
        "c": '["x",2]',
        "d": '{"e":"b\'f\'"}',
        "g": "",
        "h": "\ufffd",
    }


def test_a_delivery_names_the_span_that_received_and_the_one_that_processed_it() -> None:
    kafka = {"messaging.system": "kafka", "messaging.destination.name": "orders"}
    sent = span(1, SpanKind.PRODUCER, {**kafka, "messaging.operation": "publish"}, service="a")
    received = span(
        2,
        SpanKind.CONSUMER,
        {**kafka, "messaging.operation": "receive"},
        1,
        service="b",
        events=(Event(3, "taken"),),
    )
    processed = span(
        3, SpanKind.CONSUMER, {**kafka, "messaging.operation": "process"}, 1, service="b"
    )
    document = compose([sent, received, processed])
    (delivery,) = (step for step in document.steps if step.target == "b")
    assert set(delivery.span_ids) == {received.span_id, processed.span_id}
    (told,) = document.inner_spans
    assert (told.span_id, told.step) == (received.span_id, delivery.number)
