"""SDK spans to OTLP bytes in messages of a bounded size."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import Link

from otelhook.exporters.encoding import encode, pack, runs, size_of
from otelhook.exporters.official import batches
from otelhook.otlp import decode_traces


def test_the_size_of_large_spans_is_estimated_within_two_percent() -> None:
    span = TracerProvider(shutdown_on_exit=False).get_tracer("t").start_span("PUT /v2/images")
    span.set_attribute("http.request.method", "PUT")
    span.set_attribute("http.request.header.accept", ("a/b", "c/d"))
    span.set_attribute("http.request.body.content", "ü" * 20_000)
    span.set_attribute("http.response.body.content", b"\0" * 50_000)
    span.set_attribute("http.response.status_code", 201)
    span.add_event("exception", {"exception.message": "x" * 1000})
    context = span.get_span_context()
    linked = (
        TracerProvider(shutdown_on_exit=False)
        .get_tracer("t")
        .start_span("n", links=[Link(context, {"a": "x" * 500})])
    )
    for made in (span, linked):
        made.end()
    assert isinstance(span, ReadableSpan)
    assert isinstance(linked, ReadableSpan)
    true = len(encode_spans([span]).SerializeToString())
    assert abs(size_of(span) / true - 1) < 0.02
    assert size_of(linked) > 500


@pytest.mark.parametrize(
    "part", ["name", "event", "event's attribute", "link", "list", "map", "one"]
)
def test_each_part_of_a_large_span_counts(part: str) -> None:
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("t")
    long = "x" * 20_000
    context = tracer.start_span("n").get_span_context()
    links = [Link(context, {"a": long})] if part == "link" else []
    span = tracer.start_span(long if part == "name" else "n", links=links)
    if part == "event":
        span.add_event(long)
    if part == "event's attribute":
        span.add_event("e", {"a": long})
    if part == "list":
        span.set_attribute("a", [long, "é" * 10_000])
    if part == "one":
        span.set_attribute("a", ("é" * 10_000,))
        span.set_attribute("b", (long,))
    if part == "map":
        span.set_attribute("a", {"b": long})  # pyright: ignore[reportArgumentType]
    span.end()
    assert isinstance(span, ReadableSpan)
    if part == "map" and not span.attributes:
        pytest.skip("needs an SDK that keeps mappings")
    true = len(encode_spans([span]).SerializeToString())
    assert abs(size_of(span) / true - 1) < 0.02


def test_runs_keep_order_and_stay_below_the_limit(
    make_spans: Callable[..., list[ReadableSpan]],
) -> None:
    spans = make_spans(20, body=1000)
    runs = list(batches(spans, 5000))
    assert [span for run in runs for span in run] == spans
    assert all(len(encode_spans(run).SerializeToString()) <= 5000 for run in runs)
    assert len(runs) < 10


def test_a_span_above_the_limit_is_a_run_on_its_own(
    make_spans: Callable[..., list[ReadableSpan]],
) -> None:
    spans = [*make_spans(2), *make_spans(body=9000), *make_spans(2)]
    assert [len(run) for run in batches(spans, 5000)] == [2, 1, 2]


def test_encoded_spans_are_packed_in_order_below_the_limit(
    make_spans: Callable[..., list[ReadableSpan]],
) -> None:
    spans = [*make_spans(20, body=1000), *make_spans(body=9000), *make_spans(2)]
    packed = [pack(run) for run in runs(encode(spans), 5000)]
    assert [len(data) for data in packed if len(data) > 5200] == [len(packed[-2])]
    decoded = [span for data in packed for span in decode_traces(data)]
    assert [span.span_id for span in decoded] == [f"{s.context.span_id:016x}" for s in spans]


def test_no_spans_are_no_run() -> None:
    assert list(runs(encode([]), 1000)) == []


def test_a_span_that_cannot_be_encoded_is_left_out(
    make_spans: Callable[..., list[ReadableSpan]],
) -> None:
    spans = [*make_spans(1), ReadableSpan("without a context"), *make_spans(1)]
    assert [one.span for one in encode(spans)] == [spans[0], spans[2]]
