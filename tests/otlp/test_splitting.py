"""A message in pieces says what it says as one; its objects are weighed before they are made."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, TracesData

from otelhook.otlp import pieces, weigh
from otelhook.otlp.splitting import PIECE


def pair(key: str, text: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=text))


def a_message(resources: int, scopes: int, spans: int, size: int = 100) -> TracesData:
    """Make a message of distinct spans."""
    return TracesData(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=[pair("service.name", f"service {resource}")]),
                schema_url=f"https://example.org/{resource}",
                scope_spans=[
                    ScopeSpans(
                        scope=InstrumentationScope(name=f"scope {scope}"),
                        schema_url=f"https://example.org/{resource}/{scope}",
                        spans=[
                            Span(
                                name=f"{resource} {scope} {span}",
                                attributes=[pair("k", "v" * size)],
                            )
                            for span in range(spans)
                        ],
                    )
                    for scope in range(scopes)
                ],
            )
            for resource in range(resources)
        ]
    )


def said(*messages: TracesData) -> list[tuple[str, ...]]:
    """Return what is said of each span, in order."""
    return [
        (
            span.name,
            span.attributes[0].value.string_value,
            resource.resource.attributes[0].value.string_value,
            resource.schema_url,
            scope.scope.name,
            scope.schema_url,
        )
        for message in messages
        for resource in message.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def nothing(_: int) -> None:
    """Reserve as much as is wanted."""


@pytest.mark.parametrize(
    ("resources", "scopes", "spans", "size"),
    [
        (1, 1, 3, 10),
        (1, 1, 2_000, 100),
        (3, 2, 700, 100),
        (2_000, 1, 1, 10),
        (1, 3_000, 1, 10),
        (2, 2, 3, PIECE),
        (1, 1, 1, 3 * PIECE),
    ],
)
def test_pieces_say_together_what_one_says(
    resources: int, scopes: int, spans: int, size: int
) -> None:
    message = a_message(resources, scopes, spans, size)
    data = message.SerializeToString()
    found = list(pieces(data, nothing))
    assert said(*map(TracesData.FromString, found)) == said(message)
    if len(data) > PIECE:
        assert len(found) > 1 or spans == 1
        assert all(len(piece) < PIECE + size + 1_000 for piece in found)


def test_a_small_message_is_as_it_came() -> None:
    data = a_message(1, 1, 3).SerializeToString()
    (found,) = pieces(data, nothing)
    assert found is data


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b"\x7a\x01x",
        lambda data: b"\x12\x00" + data,
        lambda data: data[:-1],
        lambda data: data + b"\x0a",
        lambda data: data + b"\x0a\xff",
    ],
)
def test_what_is_not_plain_is_weighed_and_left_whole(change: Callable[[bytes], bytes]) -> None:
    data = change(a_message(1, 1, 2_000).SerializeToString())
    owed: list[int] = []
    (found,) = pieces(data, owed.append)
    assert found == data
    assert sum(owed) > len(data)


def test_a_head_that_would_come_with_every_piece_is_not_repeated() -> None:
    message = a_message(1, 1, 2_000)
    message.resource_spans[0].resource.attributes.append(pair("long", "x" * 3 * PIECE))
    data = message.SerializeToString()
    assert sum(map(len, pieces(data, nothing))) < 1.1 * len(data)


def test_weighing_ends_where_there_is_no_more_to_have() -> None:
    class NoMoreError(Exception):
        pass

    owed: list[int] = []

    def reserve(size: int) -> None:
        owed.append(size)
        if sum(owed) > 10**7:
            raise NoMoreError

    span = b"\x4a\x00" * 10**6
    with pytest.raises(NoMoreError):
        weigh(TracesData().SerializeToString() + _within(span), reserve)
    assert len(owed) < 12


def test_what_is_weighed_is_no_less_than_what_it_takes() -> None:
    owed: list[int] = []
    weigh(_within(b"\x4a\x02\x12\x00" * 1_000), owed.append)
    # Two objects for each four bytes; upb takes 91 bytes for them, some 40 of them after growing.
    assert sum(owed) > 1_000 * 2 * 91


def _within(span: bytes) -> bytes:
    scope = ScopeSpans(spans=[Span.FromString(span)])
    return TracesData(resource_spans=[ResourceSpans(scope_spans=[scope])]).SerializeToString()
