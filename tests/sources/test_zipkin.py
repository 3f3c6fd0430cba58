"""Zipkin's JSON as spans, and what else may answer in Zipkin's place."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.errors import DamagedDataError, UnreachableError
from otelhook.model import (
    Event,
    Resource,
    Scope,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)
from otelhook.sequence import assemble
from otelhook.sources.backends.credentials import Credentials
from otelhook.sources.backends.http import Backend
from otelhook.sources.backends.whole_traces import BackendSource
from otelhook.sources.backends.zipkin import Zipkin
from otelhook.sources.formats.zipkin_json import read_zipkin

FIRST = TraceId(f"{0xABC:032x}")


def entry(**further: Any) -> dict[str, Any]:
    return {
        "traceId": "0000000000000abc",
        "id": "1",
        "name": "get",
        "kind": "SERVER",
        "timestamp": 1_700_000_000_000_001,
        "duration": 7,
        "localEndpoint": {"serviceName": "image", "ipv4": "10.0.0.1", "port": 80},
        **further,
    }


def read(**further: Any) -> Span:
    decoded = read_zipkin([entry(**further)])
    assert decoded.skipped == ()
    (span,) = decoded.spans
    return span


def test_a_span_is_read_with_its_service_and_in_nanoseconds() -> None:
    assert read(parentId="2", annotations=[{"timestamp": 3, "value": "retry"}]) == Span(
        FIRST,
        SpanId("0000000000000001"),
        SpanId("0000000000000002"),
        "get",
        SpanKind.SERVER,
        1_700_000_000_000_001_000,
        1_700_000_000_000_008_000,
        attributes={},
        resource=Resource({"service.name": "image"}),
        events=(Event(3_000, "retry"),),
    )


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ({"otel.status_code": "OK"}, Status(StatusCode.OK)),
        (
            {"otel.status_code": "ERROR", "error": "timed out"},
            Status(StatusCode.ERROR, "timed out"),
        ),
        ({"error": "true"}, Status(StatusCode.ERROR)),
        ({"error": ""}, Status(StatusCode.ERROR)),
        ({"error": "500"}, Status(StatusCode.ERROR, "500")),
        ({"otel.status_code": "odd"}, Status()),
    ],
)
def test_what_opentelemetry_says_in_tags_is_read_as_what_it_is(
    tags: dict[str, str], status: Status
) -> None:
    span = read(tags={**tags, "otel.library.name": "otelhook", "host.name": "a", "other": "x"})
    assert span.status == status
    assert span.scope == Scope("otelhook")
    assert span.resource.attributes == {"service.name": "image", "host.name": "a"}
    assert span.attributes == {"other": "x"}


def test_the_other_end_is_named_where_the_tags_do_not() -> None:
    remote = {"serviceName": "identity", "ipv4": "10.0.0.2", "port": 5000}
    assert read(kind="CLIENT", remoteEndpoint=remote).attributes == {
        "peer.service": "identity",
        "server.address": "10.0.0.2",
        "server.port": 5000,
    }
    assert read(remoteEndpoint=remote).attributes == {
        "peer.service": "identity",
        "client.address": "10.0.0.2",
    }
    named = read(kind="CLIENT", remoteEndpoint=remote, tags={"server.address": "identity.example"})
    assert named.attributes["server.address"] == "identity.example"


def test_a_client_and_a_server_that_share_a_span_id_are_one_exchange() -> None:
    tags = {"http.method": "GET", "http.path": "/v2/images", "http.status_code": "200"}
    url = {"http.url": "http://image/v2/images", **tags}
    decoded = read_zipkin(
        [
            entry(kind="CLIENT", localEndpoint={"serviceName": "shop"}, tags=url),
            entry(shared=True, tags=tags),
        ]
    )
    document = assemble(decoded.spans)
    assert [participant.name for participant in document.participants] == ["shop", "image"]
    assert [(step.source, step.target) for step in document.steps] == [
        ("shop", "image"),
        ("image", "shop"),
    ]


def test_a_span_without_an_id_is_left_out_and_said() -> None:
    decoded = read_zipkin([entry(id=""), entry(timestamp="soon"), entry()])
    assert len(decoded.spans) == 1
    assert [said.partition(":")[0] for said in decoded.skipped] == ["span 'get' left out"] * 2


@pytest.mark.parametrize("content", [{}, "x", [1], [{"tags": 3}], [{"localEndpoint": []}]])
def test_what_is_not_of_its_shape_is_one_clear_error(content: object) -> None:
    with pytest.raises(DamagedDataError, match="not the JSON of Zipkin"):
        read_zipkin(content)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from([*entry(), "tags", "parentId", "annotations"]), inner)
        ),
        max_leaves=30,
    )
)
def test_any_json_is_spans_or_one_clear_error(content: object) -> None:
    with suppress(DamagedDataError):
        assert all(len(span.trace_id) == 32 for span in read_zipkin(content).spans)


@pytest.mark.parametrize(
    "answer",
    [
        (200, "text/html", b"<html></html>"),
        (404, "text/plain", b"404 Not Found"),
        (405, "text/plain", b""),
    ],
)
def test_what_is_no_zipkin_is_one_line_that_says_where_to_look(tempo: Any, answer: Any) -> None:
    with tempo.serving(lambda _: answer) as address:
        source = BackendSource(Zipkin(Backend("Zipkin", address, Credentials(""))))
        for ask in (lambda: source.newest(1), lambda: source.trace(FIRST)):
            with pytest.raises(UnreachableError, match=r"Zipkin at .* has no query API there"):
                ask()
