"""The codec between OTLP protobuf and the model."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1 import trace_pb2

from otelhook.errors import DamagedDataError
from otelhook.model import (
    Event,
    Link,
    Resource,
    Scope,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)
from otelhook.otlp import (
    decode_resource,
    decode_traces,
    encode_resource,
    encode_traces,
    read_traces,
    read_traces_json,
    traces_object,
)

INT64 = st.integers(-(2**63), 2**63 - 1)
TIME = st.integers(0, 2**64 - 1)
TEXT = st.text(max_size=12)
SCALAR = st.one_of(
    st.none(), TEXT, st.booleans(), INT64, st.floats(allow_nan=False), st.binary(max_size=8)
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
ATTRIBUTES = st.dictionaries(TEXT, VALUE, max_size=4)


def _ids(digits: int) -> st.SearchStrategy[str]:
    return st.integers(1, 16**digits - 1).map(lambda number: f"{number:0{digits}x}")


TRACE_ID = _ids(32).map(TraceId)
SPAN_ID = _ids(16).map(SpanId)
SPANS = st.builds(
    Span,
    trace_id=TRACE_ID,
    span_id=SPAN_ID,
    parent_span_id=st.none() | SPAN_ID,
    name=TEXT,
    kind=st.sampled_from(SpanKind),
    start_time=TIME,
    end_time=TIME,
    attributes=ATTRIBUTES,
    resource=st.builds(Resource, ATTRIBUTES),
    scope=st.builds(Scope, TEXT, TEXT),
    status=st.builds(Status, st.sampled_from(StatusCode), TEXT),
    events=st.lists(st.builds(Event, TIME, TEXT, ATTRIBUTES), max_size=2).map(tuple),
    links=st.lists(st.builds(Link, TRACE_ID, SPAN_ID, ATTRIBUTES), max_size=2).map(tuple),
    flags=st.integers(0, 2**32 - 1),
    trace_state=TEXT,
    dropped_attributes_count=st.integers(0, 2**32 - 1),
)


def _span(**changes: object) -> Span:
    values: dict[str, object] = {
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "span_id": "b7ad6b7169203331",
        "parent_span_id": None,
        "name": "GET",
        "kind": SpanKind.SERVER,
        "start_time": 1,
        "end_time": 2,
    }
    return Span(**(values | changes))  # type: ignore[arg-type]


def _resources_may_be_reordered(spans: list[Span]) -> list[tuple[str, ...]]:
    return sorted((span.trace_id, span.span_id, repr(_plain(span))) for span in spans)


def _plain(span: Span) -> Span:
    """Sort a resource's keys: its encoding does."""
    resource = Resource(dict(sorted(span.resource.attributes.items())))
    return Span(**{name: getattr(span, name) for name in span.__slots__} | {"resource": resource})


@settings(max_examples=150, deadline=None)
@given(st.lists(SPANS, max_size=4))
def test_spans_come_back_as_they_went(spans: list[Span]) -> None:
    again = decode_traces(encode_traces(spans))
    assert _resources_may_be_reordered(list(again)) == _resources_may_be_reordered(spans)


@settings(max_examples=150, deadline=None)
@given(st.lists(SPANS, max_size=4))
def test_spans_come_back_from_json_as_they_went(spans: list[Span]) -> None:
    # The JSON of query APIs: what is written is valid JSON, also for numbers that JSON has not.
    text = json.dumps(traces_object(spans), allow_nan=False)
    assert sorted(map(repr, read_traces_json(text).spans)) == sorted(map(repr, spans))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_as_damaged(data: bytes) -> None:
    with suppress(DamagedDataError):
        read_traces(data)


def test_spans_of_one_resource_and_scope_share_one_group() -> None:
    def resource() -> Resource:
        return Resource({"service.name": "image", "host.name": "a"})

    spans = [_span(span_id=f"{n:016x}", resource=resource(), scope=Scope("s", "1")) for n in (1, 2)]
    spans.append(_span(span_id=f"{3:016x}", resource=Resource({"service.name": "other"})))
    message = trace_pb2.TracesData.FromString(encode_traces(spans))
    assert [len(r.scope_spans) for r in message.resource_spans] == [1, 1]
    assert [len(r.scope_spans[0].spans) for r in message.resource_spans] == [2, 1]


@pytest.mark.parametrize(
    ("trace_id", "span_id", "said"),
    [
        (b"", b"\x01" * 8, "trace id has 0 bytes"),
        (b"\x01" * 8, b"\x01" * 8, "trace id has 8 bytes"),
        (bytes(16), b"\x01" * 8, "trace id is zero"),
        (b"\x01" * 16, bytes(8), "span id is zero"),
        (b"\x01" * 16, b"\x01" * 9, "span id has 9 bytes"),
    ],
)
def test_a_span_with_an_invalid_id_is_left_out_and_the_others_are_kept(
    trace_id: bytes, span_id: bytes, said: str
) -> None:
    message = trace_pb2.TracesData.FromString(encode_traces([_span()]))
    spans = message.resource_spans[0].scope_spans[0].spans
    spans.add(trace_id=trace_id, span_id=span_id, name="odd")
    decoded = read_traces(message.SerializeToString())
    assert [span.name for span in decoded.spans] == ["GET"]
    (skipped,) = decoded.skipped
    assert said in skipped
    assert "'odd'" in skipped


def test_a_parent_id_that_cannot_be_one_is_no_parent() -> None:
    message = trace_pb2.TracesData.FromString(encode_traces([_span()]))
    message.resource_spans[0].scope_spans[0].spans[0].parent_span_id = bytes(8)
    (span,) = decode_traces(message.SerializeToString())
    assert span.parent_span_id is None


def test_numbers_that_enums_do_not_know_become_the_unspecified_ones() -> None:
    message = trace_pb2.TracesData.FromString(encode_traces([_span()]))
    span = message.resource_spans[0].scope_spans[0].spans[0]
    span.kind = 77  # type: ignore[assignment]
    span.status.code = 9  # type: ignore[assignment]
    (read,) = decode_traces(message.SerializeToString())
    assert (read.kind, read.status.code) == (SpanKind.UNSPECIFIED, StatusCode.UNSET)


def test_what_otlp_cannot_hold_is_brought_into_its_bounds() -> None:
    odd = _span(
        name="a\ud800b",
        start_time=-5,
        end_time=2**70,
        attributes={"big": 2**64, "text": "\udfff", "nan": math.nan, "list": [1, "\ud800"]},
        flags=2**40 + 1,
        dropped_attributes_count=-1,
    )
    (span,) = decode_traces(encode_traces([odd]))
    assert (span.name, span.start_time, span.end_time) == ("a?b", 0, 2**64 - 1)
    assert span.attributes["big"] == str(2**64)
    assert span.attributes["text"] == "?"
    assert span.attributes["list"] == (1, "?")
    assert (span.flags, span.dropped_attributes_count) == (1, 0)


def test_a_resource_encodes_alike_in_whatever_order_it_was_gathered() -> None:
    one, other = Resource({"a": 1, "b": ("x",)}), Resource({"b": ("x",), "a": 1})
    assert encode_resource(one) == encode_resource(other)
    assert decode_resource(encode_resource(one)) == one
    with pytest.raises(DamagedDataError, match="not an OTLP resource"):
        decode_resource(b"\xff\xff\xff")


def test_reading_otlp_loads_neither_the_sdk_nor_the_api() -> None:
    code = (
        "import sys, otelhook.otlp, otelhook.store\n"
        "assert all(hasattr(p, n) for p in (otelhook.otlp, otelhook.store) for n in p.__all__)\n"
        "loaded = [m for m in sys.modules if m.startswith('opentelemetry.')];"
        "print([m for m in loaded if not m.startswith('opentelemetry.proto')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
