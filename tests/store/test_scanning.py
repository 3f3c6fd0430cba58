"""Messages into lists of spans: both readers give the same, and nothing is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    ArrayValue,
    InstrumentationScope,
    KeyValue,
    KeyValueList,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Status, TracesData
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message

from otelhook.errors import DamagedDataError
from otelhook.store import Block, block_of
from otelhook.store.blocks.compression import inflated
from otelhook.store.blocks.messages import add_message, walk
from otelhook.store.blocks.postings import Terms
from otelhook.store.blocks.scanning import UnusualError, scan
from otelhook.store.blocks.span_lists import SpanLists
from otelhook.store.blocks.terms import has_text, pair_facts, plain_term, text_term

TEXT = st.sampled_from(["", "x", "ü", "GET", "a" * 127, "b" * 300, "ü" * 256, "c" * 3000])
KEY = st.sampled_from(
    ["k", "", "http.response.status_code", "http.request.body.content", "l" * 140]
)
TIME = st.integers(0, 2**64 - 1)
SCALAR = st.one_of(
    TEXT.map(lambda text: AnyValue(string_value=text)),
    st.integers(-(2**63), 2**63 - 1).map(lambda number: AnyValue(int_value=number)),
    st.booleans().map(lambda flag: AnyValue(bool_value=flag)),
    st.floats(allow_nan=False).map(lambda number: AnyValue(double_value=number)),
    st.just(AnyValue(bytes_value=b"\0\xff")),
    st.just(AnyValue()),
)
VALUE = SCALAR | st.lists(SCALAR, max_size=3).map(
    lambda items: AnyValue(array_value=ArrayValue(values=items))
)
PAIRS = st.lists(st.builds(KeyValue, key=KEY, value=VALUE), max_size=4)
ID = st.binary(min_size=8, max_size=8).filter(any)
SPAN = st.builds(
    Message,
    trace_id=st.binary(min_size=16, max_size=16).filter(any),
    span_id=ID,
    parent_span_id=st.one_of(ID, st.just(b""), st.just(b"123")),
    trace_state=TEXT,
    name=TEXT,
    kind=st.integers(0, 9),
    start_time_unix_nano=TIME,
    end_time_unix_nano=TIME,
    attributes=PAIRS,
    dropped_attributes_count=st.integers(0, 300),
    events=st.lists(st.builds(Message.Event, name=TEXT, attributes=PAIRS), max_size=2),
    links=st.lists(st.builds(Message.Link, span_id=ID), max_size=2),
    status=st.builds(Status, code=st.integers(0, 4), message=TEXT),
    flags=st.integers(0, 2**32 - 1),
)
MESSAGE = st.builds(
    TracesData,
    resource_spans=st.lists(
        st.builds(
            ResourceSpans,
            resource=st.none() | st.builds(Resource, attributes=PAIRS),
            scope_spans=st.lists(
                st.builds(
                    ScopeSpans,
                    scope=st.none() | st.builds(InstrumentationScope, name=TEXT),
                    spans=st.lists(SPAN, max_size=4),
                    schema_url=TEXT,
                ),
                max_size=2,
            ),
            schema_url=TEXT,
        ),
        max_size=2,
    ),
)


@settings(max_examples=300, deadline=None)
@given(MESSAGE)
def test_both_readers_give_the_same(message: TracesData) -> None:
    scanned, walked = SpanLists(), SpanLists()
    scan(message.SerializeToString(), scanned)
    assert walk(message, walked) == ()
    assert scanned == walked


@settings(max_examples=150, deadline=None)
@given(MESSAGE)
def test_an_attribute_that_is_plain_has_the_term_of_its_text(message: TracesData) -> None:
    for resource_spans in message.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                for pair in span.attributes:
                    terms = pair_facts(pair.SerializeToString()).terms
                    assert plain_term(pair.SerializeToString()) in (None, *terms[:1])
                    for text in _texts(pair.value):
                        wanted = has_text(pair.key, text, [pair], ())
                        assert (text_term(pair.key, text) in terms) == wanted


def _texts(value: AnyValue) -> list[str]:
    items = value.array_value.values if value.HasField("array_value") else [value]
    return [item.string_value for item in items if item.HasField("string_value")]


def _span(**changes: Any) -> Message:
    values: dict[str, Any] = {
        "trace_id": b"t" * 16,
        "span_id": b"s" * 8,
        "name": "GET",
        "attributes": [KeyValue(key="k", value=AnyValue(string_value="v"))],
    }
    return Message(**(values | changes))


def _message(*spans: Message) -> TracesData:
    return TracesData(resource_spans=[ResourceSpans(scope_spans=[ScopeSpans(spans=spans)])])


def _within(tag: int, content: bytes) -> bytes:
    """Return a field of fewer than 128 bytes."""
    return bytes((tag, len(content))) + content


RESOURCE = Resource(attributes=[KeyValue(key="r", value=AnyValue(string_value="v"))])
SPANS = _message(_span()).resource_spans[0].SerializeToString()
UNUSUAL = {
    "a resource in two pieces": _within(
        0x0A, _within(0x0A, RESOURCE.SerializeToString()) * 2 + SPANS
    ),
    "a field of a later OTLP in the message": _message(_span()).SerializeToString() + b"\x7a\x01x",
    "one in a span": _within(
        0x0A, _within(0x12, _within(0x12, _span().SerializeToString() + b"\x9a\x06\x01x"))
    ),
    "one in a group": _message(_span()).SerializeToString() + b"\x7b\x08\x01\x7c",
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_is_unusual_is_left_to_protobuf_and_kept_as_it_came(name: str) -> None:
    data = UNUSUAL[name]
    with pytest.raises(UnusualError):
        scan(data, SpanLists())
    into = SpanLists()
    add_message(_message(_span(name="before")).SerializeToString(), into)
    assert add_message(data, into) == (data, ())
    assert into.names == [b"before", b"GET"]
    (places,) = (places for pair, places in into.pairs.items() if pair.endswith(b"v"))
    assert places == [0, 1]


def test_a_key_after_its_value_is_found_all_the_same() -> None:
    pair = KeyValue(value=AnyValue(string_value="v")).SerializeToString() + b"\x0a\x01k"
    span = _span(attributes=[]).SerializeToString() + _within(0x4A, pair)
    block, _ = block_of([_within(0x0A, _within(0x12, _within(0x12, span)))])
    assert block is not None
    assert _has_term(block, text_term("k", "v"))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"trace_id": bytes(16)}, "its trace id is zero"),
        ({"trace_id": b"short"}, "its trace id has 5 bytes, expected 16"),
        ({"span_id": bytes(8)}, "its span id is zero"),
        ({"span_id": b""}, "its span id has 0 bytes, expected 8"),
    ],
)
def test_a_span_that_cannot_be_kept_is_taken_out_and_said(
    changes: dict[str, bytes], fault: str
) -> None:
    secret = KeyValue(key="k", value=AnyValue(string_value="only here"))
    bad = _span(name="bad", attributes=[secret], **changes)
    block, skipped = block_of([_message(_span(), bad, _span(span_id=b"z" * 8)).SerializeToString()])
    assert skipped == (f"span 'bad' left out: {fault}",)
    assert block is not None
    assert block.spans == 2
    ((_, content),) = block.segments
    assert b"only here" not in inflated(content)
    assert not _has_term(block, text_term("k", "only here"))


def _has_term(block: Block, term: int) -> bool:
    return Terms(block.spans, block.index.terms).place(term) is not None


def test_a_message_without_spans_makes_no_block() -> None:
    assert block_of([b""]) == (None, ())
    assert block_of([_message().SerializeToString()]) == (None, ())
    assert block_of([_message(_span(trace_id=b"")).SerializeToString()])[0] is None


def test_what_is_no_protobuf_is_refused() -> None:
    with pytest.raises(DamagedDataError, match="not OTLP protobuf"):
        block_of([b"no protobuf"])


def test_nested_values_are_no_text() -> None:
    value = AnyValue(
        kvlist_value=KeyValueList(
            values=[KeyValue(key="k", value=AnyValue(string_value="v"))],
        )
    )
    assert pair_facts(KeyValue(key="k", value=value).SerializeToString()).terms == ()
