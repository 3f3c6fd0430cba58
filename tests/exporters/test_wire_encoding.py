"""Our bytes and the official encoder's: the same message, field by field, for any span."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    Link,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
)

from otelhook.exporters.encoding import encode, encode_span, pack

TEXT = st.text(st.characters(codec="utf-8"), max_size=30) | st.just("ü" * 150)
INT64 = st.integers(-(2**63), 2**63 - 1)
SCALAR = st.one_of(TEXT, st.booleans(), INT64, st.floats(allow_nan=False), st.binary(max_size=300))
VALUE = st.recursive(
    SCALAR | st.lists(TEXT, max_size=3).map(tuple),
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
ATTRIBUTES = st.dictionaries(TEXT, VALUE, max_size=6)
FLAT = st.dictionaries(TEXT.filter(bool), TEXT | INT64 | st.booleans(), max_size=3)
TIME = st.none() | st.integers(0, 2**64 - 1)
STATE = st.sampled_from([{}, {"a": "1"}, {"vendor": "x", "other": "y"}]).map(
    lambda entries: TraceState(list(entries.items()))
)
CONTEXT = st.builds(
    SpanContext,
    trace_id=st.integers(1, 2**128 - 1),
    span_id=st.integers(1, 2**64 - 1),
    is_remote=st.booleans(),
    trace_flags=st.sampled_from([TraceFlags(0), TraceFlags(1)]),
    trace_state=STATE,
)
EVENT = st.builds(Event, TEXT, attributes=ATTRIBUTES, timestamp=st.integers(0, 2**63))
RESOURCE = st.builds(Resource, FLAT, st.sampled_from(["", "https://opentelemetry.io/schemas/1"]))
SCOPE = st.none() | st.builds(InstrumentationScope, TEXT, st.none() | TEXT, st.none() | TEXT, FLAT)
SPAN = st.builds(
    ReadableSpan,
    name=TEXT,
    context=CONTEXT,
    parent=st.none() | CONTEXT,
    resource=RESOURCE,
    attributes=ATTRIBUTES,
    events=st.lists(EVENT, max_size=2),
    links=st.lists(st.builds(Link, CONTEXT, FLAT), max_size=2),
    kind=st.sampled_from(SpanKind),
    status=st.just(Status(StatusCode.UNSET))
    | st.just(Status(StatusCode.OK))
    | st.builds(Status, st.just(StatusCode.ERROR), st.none() | TEXT),
    start_time=TIME,
    end_time=TIME,
    instrumentation_scope=SCOPE,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(SPAN, max_size=4))
def test_any_spans_are_the_message_that_the_official_encoder_makes(
    spans: list[ReadableSpan],
) -> None:
    official, ours = encode_spans(spans), pack(encode(spans))
    assert ExportTraceServiceRequest.FromString(ours) == official
    # They are even the same bytes: what protobuf leaves open, both do alike.
    assert ours == official.SerializeToString()


@pytest.mark.long
@settings(max_examples=20_000, deadline=None)
@given(st.lists(SPAN, max_size=4))
def test_any_spans_are_the_official_bytes_many_times(spans: list[ReadableSpan]) -> None:
    assert pack(encode(spans)) == encode_spans(spans).SerializeToString()


@pytest.mark.parametrize("size", [0, 1, 119, 121, 122, 125, 126, 127, 128, 16_383, 16_384, 70_000])
@pytest.mark.parametrize("key", ["k", "k" * 127, "k" * 200])
def test_lengths_at_every_boundary_of_a_varint(size: int, key: str) -> None:
    value = "x" * size
    attributes = {key: value, "list": (value,), "two": (value, value), "bytes": value.encode()}
    span = _span(attributes=attributes)
    assert pack(encode([span])) == encode_spans([span]).SerializeToString()


def test_what_the_sdk_dropped_is_said_for_spans_events_and_links() -> None:
    memory = InMemorySpanExporter()
    limits = SpanLimits(
        max_span_attributes=2,
        max_events=1,
        max_links=1,
        max_event_attributes=1,
        max_link_attributes=1,
    )
    provider = TracerProvider(span_limits=limits, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    tracer = provider.get_tracer("t", "1", "https://schema", {"scope": "attribute"})
    with tracer.start_as_current_span("outer") as outer:
        many = {"a": 1, "b": 2, "c": 3}
        link = Link(outer.get_span_context(), many)
        with tracer.start_as_current_span("inner", links=[link, link]) as inner:
            for number in range(9):
                inner.set_attribute(f"{number}", number)
                inner.add_event(f"{number}", many)
    provider.shutdown()
    spans = memory.get_finished_spans()
    data = pack(encode(spans))
    assert data == encode_spans(spans).SerializeToString()
    (group,) = ExportTraceServiceRequest.FromString(data).resource_spans[0].scope_spans
    span = group.spans[0]
    assert (span.dropped_attributes_count, span.dropped_events_count) == (7, 8)
    assert (span.dropped_links_count, span.events[0].dropped_attributes_count) == (1, 2)
    assert group.schema_url == "https://schema"


def _span(**changes: object) -> ReadableSpan:
    context = SpanContext(1, 2, is_remote=False, trace_flags=TraceFlags(1))
    values: dict[str, object] = {"name": "GET", "context": context, "resource": Resource({})}
    return ReadableSpan(**(values | changes))  # type: ignore[arg-type]


def _decoded(span: ReadableSpan) -> trace_pb2.Span:
    message = ExportTraceServiceRequest.FromString(pack(encode([span])))
    return message.resource_spans[0].scope_spans[0].spans[0]


def test_what_the_official_encoder_refuses_goes_out_as_far_as_otlp_can_hold_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    odd = _span(
        name="a\ud800b",
        attributes={
            "text": "\udfff",
            "huge": 2**70,
            "low": -(2**63) - 1,
            "none": None,
            "list": (None, "\ud800", 2**64),
            "map": {"inner": (1, {"deep": b"\x00"})},
            "other": SpanKind.SERVER,
        },
        events=[Event("\ud800", {"\ud801": "x"}, 5)],
        status=Status(StatusCode.ERROR, "\udc00"),
    )
    with caplog.at_level(logging.WARNING):
        span = _decoded(odd)
    assert (span.name, span.status.message, span.events[0].name) == ("a?b", "?", "?")
    values = {pair.key: pair.value for pair in span.attributes}
    assert (values["text"].string_value, values["huge"].string_value) == ("?", str(2**70))
    assert values["low"].string_value == str(-(2**63) - 1)
    assert values["none"].WhichOneof("value") is None
    first, second, third = values["list"].array_value.values
    assert first.WhichOneof("value") is None
    assert (second.string_value, third.string_value) == ("?", str(2**64))
    (inner,) = values["map"].kvlist_value.values
    deep = inner.value.array_value.values[1].kvlist_value.values[0]
    assert (inner.key, deep.key, deep.value.bytes_value) == ("inner", "deep", b"\x00")
    assert values["other"].string_value == str(SpanKind.SERVER)
    assert caplog.records == []


def test_times_beyond_64_bits_are_brought_into_bounds() -> None:
    span = _decoded(_span(start_time=-5, end_time=2**70))
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (0, 2**64 - 1)


def test_a_span_without_a_context_has_no_encoding() -> None:
    with pytest.raises(ValueError, match="has no ids"):
        encode_span(ReadableSpan("x"))


def test_names_from_outside_do_not_fill_the_memory() -> None:
    from otelhook.otlp import wire  # noqa: PLC0415 - its inside

    for number in range(wire._KEYS_KEPT + 100):
        encode_span(_span(attributes={f"http.request.header.{number}": "x"}))
    assert len(wire._keys) <= wire._KEYS_KEPT
    assert 0 < len(wire._kept) <= wire._PAIRS_KEPT


def test_values_that_are_equal_but_of_another_kind_are_encoded_by_their_own() -> None:
    values = [1, True, 1.0, "1", ("1",), ("1", "1"), ["1"], 0, False, 0.0, -0.0, b"1"]
    for _ in range(2):
        for value in values:
            span = _span(attributes={"key": value})
            assert pack(encode([span])) == encode_spans([span]).SerializeToString()


def test_the_sdks_own_attribute_mapping_is_read_as_well() -> None:
    span = _span(attributes=BoundedAttributes(5, {"a": (1, 2), "b": "x"}))
    assert pack(encode([span])) == encode_spans([span]).SerializeToString()
