"""What is written to a span the quick way is what the SDK's own way writes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otelhook
from otelhook.capture.guard import Guard
from otelhook.capture.record import fast_attributes
from otelhook.capture.record.attribute_limit import Attributes
from otelhook.capture.record.fast_attributes import write_at_once

keys = st.sampled_from([f"key.{number}" for number in range(12)])
texts = st.text(max_size=12) | st.text(st.characters(codec="utf-8"), max_size=90)
values = (
    texts
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.binary(max_size=9)
    | st.lists(texts).map(tuple)
    | st.none()
)
written = st.dictionaries(keys, values, max_size=12)


def _limits(most: int | None, longest: int | None) -> SpanLimits:
    unset = SpanLimits.UNSET
    return SpanLimits(
        max_span_attributes=unset if most is None else most,
        max_span_attribute_length=unset if longest is None else longest,
        max_attribute_length=unset,
    )


@given(written, written, st.none() | st.integers(0, 40), st.none() | st.integers(0, 40))
def test_both_ways_leave_the_same_attributes_in_the_same_order(
    before: Attributes, then: Attributes, most: int | None, longest: int | None
) -> None:
    provider = TracerProvider(shutdown_on_exit=False, span_limits=_limits(most, longest))
    spans: list[Any] = [provider.get_tracer("").start_span("") for _ in range(2)]
    for span in spans:
        span.set_attributes(before)
    if not write_at_once(spans[0], then):
        spans[0].set_attributes(then)
    spans[1].set_attributes(then)
    seen = [(list(span.attributes.items()), span.dropped_attributes) for span in spans]
    assert seen[0] == seen[1]
    for span in spans:
        span.set_attribute("key.0", "later")
        span.end()
    assert list(spans[0].attributes.items()) == list(spans[1].attributes.items())


def test_the_quick_way_is_taken_on_this_sdk() -> None:
    span = TracerProvider(shutdown_on_exit=False).get_tracer("").start_span("")
    assert fast_attributes._kept_kinds() >= {str, bool, int, tuple}
    assert fast_attributes._put(span, {"key": ("a", "b")})
    assert dict(span.attributes) == {"key": ("a", "b")}  # type: ignore[attr-defined]


def test_nothing_is_written_to_a_span_that_has_ended() -> None:
    span: Any = TracerProvider(shutdown_on_exit=False).get_tracer("").start_span("")
    span.end()
    assert not write_at_once(span, {"key": "a"})
    assert not span.attributes


class _Noting:
    """A span of another kind."""

    def set_attributes(self, attributes: Any) -> None:
        raise AssertionError(attributes)


def test_a_span_that_is_not_the_sdks_is_left_to_its_own_method() -> None:
    span: Any = _Noting()
    assert not write_at_once(span, {"key": "a"})


@pytest.mark.parametrize("value", [["a", "b"], None, 1.5, {"a": "b"}])
def test_values_that_the_sdk_must_look_at_are_left_to_it(value: Any) -> None:
    span: Any = TracerProvider(shutdown_on_exit=False).get_tracer("").start_span("")
    assert not write_at_once(span, {"key": value})
    assert not span.attributes


names = st.sampled_from(["X-A", "x-a", "Server", "Content-Type", "Set-Cookie", "X-Auth-Token"])
odd = st.text(max_size=40) | st.sampled_from([b"bytes", 7, "text/plain", "application/json"])
lines = st.lists(st.tuples(names, odd), max_size=6)


@settings(deadline=None)  # the first application compiles redaction's patterns
@given(lines, lines, st.sampled_from(["200 OK", "500 Fine", "200", "", "404 password=hunter2"]))
def test_a_request_is_the_same_span_either_way(
    sent: list[tuple[str, Any]], answered: list[tuple[str, Any]], status: str
) -> None:
    spans: list[Any] = []
    for quick in (True, False):
        exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        app: Any = otelhook.Middleware(
            _answers(status, answered), service="app", tracer_provider=provider
        )
        environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sent}
        environ |= {"HTTP_TRACEPARENT": f"00-{'1' * 32}-{'2' * 16}-01", "REQUEST_METHOD": "GET"}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Guard, "absorb", lambda *_: True)  # bytes are no header's value
            if not quick:
                patch.setattr(fast_attributes, "_put", lambda *_: False)
            app(environ, lambda *_: None).close()
        spans += exporter.get_finished_spans()
    assert list(spans[0].attributes.items()) == list(spans[1].attributes.items())


def _answers(status: str, headers: list[tuple[str, Any]]) -> Any:
    def app(_environ: Any, start_response: Any) -> list[bytes]:
        start_response(status, headers)
        return [b'{"password": "hunter2", "a": 1}', b"\xff"]

    return app
