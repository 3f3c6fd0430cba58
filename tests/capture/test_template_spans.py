"""A span that is made from a template is the one that the SDK makes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace import Tracer as SdkTracer
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from otelhook.capture.record.template_spans import TemplateSpan, templated


class _Counting(IdGenerator):
    """Gives the same ids to both ways; which generator it is decides about roots only."""

    def __init__(self) -> None:
        self._last = 0

    def generate_span_id(self) -> int:
        self._last += 1
        return self._last

    def generate_trace_id(self) -> int:
        return 7


class _Noting(SpanProcessor):
    """Notes what it is told of."""

    def __init__(self) -> None:
        self.started: list[tuple[Any, Any]] = []
        self.ended: list[ReadableSpan] = []

    def on_start(self, span: Any, parent_context: Context | None = None) -> None:
        self.started.append((span, parent_context))

    def on_end(self, span: ReadableSpan) -> None:
        self.ended.append(span)


def _provider(**arguments: Any) -> tuple[TracerProvider, _Noting]:
    noting = _Noting()
    provider = TracerProvider(shutdown_on_exit=False, **arguments)
    provider.add_span_processor(noting)
    return provider, noting


def _below(flags: int, state: str = "", *, remote: bool = True) -> Context:
    states = TraceState.from_header([state]) if state else None
    parent = SpanContext(1, 2, remote, TraceFlags(flags), states)
    return set_span_in_context(NonRecordingSpan(parent), Context())


def _is_quick(tracer: Any, context: Context, **arguments: Any) -> bool:
    return type(tracer.start_span("GET", context, attributes={}, **arguments)) is TemplateSpan


def _all_of(span: Any) -> dict[str, Any]:
    """Return all that a span holds, its locks, lists and mapping by what is in them."""
    held = dict(vars(span))
    held.pop("_lock", None)
    held["_attributes"] = list(span.attributes.items()), span.dropped_attributes
    held["_events"] = [(e.name, dict(e.attributes), e.timestamp) for e in span.events]
    held["_links"] = [(link.context, dict(link.attributes)) for link in span.links]
    held["dropped"] = span.dropped_events, span.dropped_links
    held["_status"] = span.status.status_code, span.status.description
    return held


_LINKED = SpanContext(5, 6, is_remote=False, trace_flags=TraceFlags(1))
_ACTS: dict[str, Callable[[Any], object]] = {
    "attribute": lambda span: span.set_attribute("a", "later"),
    "attributes": lambda span: span.set_attributes({"b": 1, "c": ["x", 2.5]}),
    "event": lambda span: span.add_event("e", {"k": "v"}, 5),
    "link": lambda span: span.add_link(_LINKED, {"k": "v"}),
    "name": lambda span: span.update_name("other"),
    "status": lambda span: span.set_status(Status(StatusCode.ERROR, "why")),
    "end": lambda span: span.end(9),
}


parents = st.builds(
    _below,
    st.sampled_from([0, 1, 2, 3, 5, 255]),
    st.sampled_from(["", "vendor=1"]),
    remote=st.booleans(),
)


# The first text that is drawn loads tables of Unicode, which takes a busy machine a second.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    parents,
    st.sampled_from(list(SpanKind)),
    st.dictionaries(st.sampled_from("abc"), st.text(max_size=3) | st.integers() | st.booleans()),
    st.none() | st.integers(1, 99),
    st.lists(st.sampled_from(sorted(_ACTS)), max_size=8),
)
def test_both_ways_make_the_same_span_and_say_the_same_of_it(
    context: Context, kind: SpanKind, attributes: dict[str, Any], start: int | None, acts: list[str]
) -> None:
    seen: list[Any] = []
    for way in (templated, lambda tracer: tracer):
        provider, noting = _provider(id_generator=_Counting())
        tracer: Any = way(provider.get_tracer("otelhook", "1"))
        span = tracer.start_span("GET", context, kind, attributes, start_time=start or 3)
        for act in acts:
            _ACTS[act](span)
        span.end(9)
        told = [(given is context) for _, given in noting.started]
        read = [_all_of(span) for span in noting.ended]
        for one in read:
            one["_resource"] = one["_resource"].attributes
        seen.append((span.get_span_context(), span.is_recording(), told, read))
    assert seen[0] == seen[1]


def test_the_quick_way_is_taken_on_this_sdk() -> None:
    provider, _ = _provider()
    tracer = templated(provider.get_tracer("otelhook"))
    assert _is_quick(tracer, _below(1))
    assert _is_quick(tracer, Context())
    assert _is_quick(tracer, set_span_in_context(tracer.start_span("a", Context()), Context()))


def test_nobody_is_told_of_the_span_that_is_the_template() -> None:
    provider, noting = _provider()
    templated(provider.get_tracer("otelhook"))
    assert not noting.started
    assert not noting.ended


def test_a_sampler_and_a_generator_of_the_programs_are_asked_for_its_spans_alone() -> None:
    asked: list[str] = []

    class Noting(TraceIdRatioBased):
        def should_sample(self, *args: Any, **kwargs: Any) -> Any:
            asked.append("sampler")
            return super().should_sample(*args, **kwargs)

    generator = _Counting()
    sampler = ParentBased(Noting(1.0))
    tracer = templated(_provider(sampler=sampler, id_generator=generator)[0].get_tracer("otelhook"))
    assert (asked, generator.generate_span_id()) == ([], 1)
    tracer.start_span("a", Context(), attributes={})
    assert asked == ["sampler"]


def test_each_span_has_events_links_attributes_and_locks_of_its_own() -> None:
    provider, noting = _provider()
    tracer = templated(provider.get_tracer("otelhook"))
    one, other = (tracer.start_span(name, _below(1), attributes={"n": name}) for name in "ab")
    one.add_event("only")
    one.add_link(_LINKED)
    one.set_attribute("own", 1)
    for span in (one, other):
        span.end()
    first, second = noting.ended
    assert (len(first.events), len(first.links), dict(first.attributes or {})) == (
        1,
        1,
        {"n": "a", "own": 1},
    )
    assert (len(second.events), len(second.links), dict(second.attributes or {})) == (
        0,
        0,
        {"n": "b"},
    )


def test_events_that_threads_add_at_once_are_all_kept() -> None:
    provider, noting = _provider()
    tracer = templated(provider.get_tracer("otelhook"))
    for _ in range(50):
        span, gate = tracer.start_span("a", _below(1), attributes={}), threading.Barrier(4)

        def add(span: Any = span, gate: threading.Barrier = gate) -> None:
            gate.wait(10)
            span.add_event("e")

        threads = [threading.Thread(target=add) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        span.end()
    assert [len(span.events) for span in noting.ended] == [4] * 50


@pytest.mark.parametrize(
    ("sampler", "quick"),
    [
        (ALWAYS_ON, {"child", "root"}),
        (ParentBased(ALWAYS_ON), {"child", "root"}),
        (ParentBased(TraceIdRatioBased(0.5)), {"child"}),
        (TraceIdRatioBased(1.0), set()),
        (ALWAYS_OFF, set()),
        (ParentBased(ALWAYS_ON, remote_parent_sampled=TraceIdRatioBased(1.0)), set()),
    ],
)
def test_a_sampler_that_decides_is_asked(sampler: Any, quick: set[str]) -> None:
    tracer = templated(_provider(sampler=sampler)[0].get_tracer("otelhook"))
    places = {"child": _below(1), "root": Context()}
    assert {name for name, place in places.items() if _is_quick(tracer, place)} == quick
    assert not _is_quick(tracer, _below(0))


@pytest.mark.parametrize(
    "limits",
    [
        SpanLimits(max_span_attribute_length=10),
        SpanLimits(max_attribute_length=10),
        SpanLimits(max_span_attributes=3),
    ],
)
def test_limits_that_change_what_a_span_holds_are_the_sdks_to_keep(limits: SpanLimits) -> None:
    assert not _is_quick(
        templated(_provider(span_limits=limits)[0].get_tracer("otelhook")), _below(1)
    )


def test_what_is_said_of_links_exceptions_and_odd_values_goes_the_sdks_way() -> None:
    tracer = templated(_provider()[0].get_tracer("otelhook"))
    span: Any = tracer.start_span("a", _below(1), attributes={"list": ["x", "y"]})
    assert type(span) is not TemplateSpan
    assert dict(span.attributes)["list"] == ("x", "y")
    assert not _is_quick(tracer, _below(1), record_exception=False)
    assert type(tracer.start_span("a")) is not TemplateSpan


def test_a_tracer_or_its_method_that_is_somebody_elses_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Own(SdkTracer):
        pass

    provider, _ = _provider()
    tracer: Any = provider.get_tracer("otelhook")
    quick = templated(tracer)
    other = object.__new__(Own)
    other.__dict__.update(tracer.__dict__)
    assert templated(other) is other
    called: list[str] = []
    original = SdkTracer.start_span

    def replaced(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        called.append(name)
        return original(self, name, *args, **kwargs)

    monkeypatch.setattr(SdkTracer, "start_span", replaced)
    assert not _is_quick(quick, _below(1))
    assert called == ["GET"]
    assert templated(tracer) is tracer


def test_a_field_that_the_sdk_adds_is_not_shared_in_ignorance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = ReadableSpan.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self._new_in_this_version = []

    tracer = _provider()[0].get_tracer("otelhook")
    monkeypatch.setattr(ReadableSpan, "__init__", init)
    assert templated(tracer) is tracer


def test_a_resource_that_a_forked_child_sets_is_that_of_its_spans() -> None:
    provider, noting = _provider()
    tracer: Any = provider.get_tracer("otelhook")
    quick = templated(tracer)
    tracer.resource = tracer.resource.merge(type(tracer.resource)({"process.pid": 4}))
    quick.start_span("a", _below(1), attributes={}).end()
    assert noting.ended[0].resource.attributes["process.pid"] == 4


def test_what_a_span_does_not_have_is_an_attribute_error() -> None:
    span: Any = templated(_provider()[0].get_tracer("o")).start_span("a", _below(1), attributes={})
    assert not hasattr(span, "nothing")
