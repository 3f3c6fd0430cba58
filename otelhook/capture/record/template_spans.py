"""Spans of the SDK's own kind, made from a template instead of by its constructor.

The constructor makes lists, locks and copies that a span of ours never needs, and asks a sampler
whose answer is known. So the SDK makes one span of a tracer, once; each further one is a copy of
what it holds with the few values that are a span's own. What starts, ends and changes a span is
the SDK's code. Whatever is not known here (a sampler, metrics, a limit on the length of values, a
field of a newer SDK, another tracer's own way to start a span) goes the SDK's way, and tests hold
both ways equal on the oldest and the newest SDK.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.sdk.trace import Tracer as SdkTracer
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from otelhook.capture.context.propagation import SPAN_KEY
from otelhook.capture.record.fast_attributes import are_kept

if TYPE_CHECKING:
    from opentelemetry.trace import Link
    from opentelemetry.util.types import AttributeValue

__all__ = ["TemplateSpan", "templated"]

_TRACER = frozenset(
    {
        *("sampler", "resource", "span_processor", "id_generator", "instrumentation_info"),
        *("_span_limits", "_instrumentation_scope", "_tracer_config", "_tracer_metrics"),
    }
)
_SPAN = frozenset(
    {
        *("_name", "_context", "_kind", "_instrumentation_info", "_instrumentation_scope"),
        *("_parent", "_start_time", "_end_time", "_attributes", "_events", "_links", "_resource"),
        *("_status", "_sampler", "_trace_config", "_record_exception", "_span_processor"),
        *("_set_status_on_exception", "_limits", "_lock", "_record_end_metrics"),
    }
)
_MAPPING = frozenset(
    {
        *("maxlen", "dropped", "max_value_len", "_dict", "_lock", "_immutable"),
        "_extended_attributes",
    }
)
"""What tracers, spans and their attributes hold in the SDKs that we know; of which kind it is, and
that copies may share it, was looked at there."""
_HIDDEN = tuple(_SPAN - vars(ReadableSpan("", resource=Resource.get_empty())).keys())
"""What a span holds and a copy to be read does not."""
_SHOWN = "_otelhook_shown"
"""In what a span holds once it has ended and its processors are given what it says."""
_FEWEST = 64
"""Attributes that a span must have room for: fewer make the SDK drop some of a start's."""
_Found = tuple[SpanContext, "SpanContext | None"]


def _made(kind: Any, fields: dict[str, Any]) -> Any:
    """Return an object that holds these fields; its class's constructor is not called."""
    made = object.__new__(kind)
    made.__dict__ = fields
    return made


class TemplateSpan(SdkSpan):
    """A recording span. Its lists of events and links are made when something is put into them."""

    def __getattr__(self, name: str) -> Any:
        own: Any = self
        if name == "_events":
            made = own._new_events()  # noqa: SLF001 - the SDK's, as all of a span's inside
        elif name == "_links":
            made = own._new_links(())  # noqa: SLF001
        else:
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(message)
        return _fields_of(self).setdefault(name, made)  # another thread may have made one meanwhile

    def _readable_span(self) -> ReadableSpan:
        """Return what processors are given at the end, as of the SDK's: a copy to be read only."""
        mine = _fields_of(self)
        for name in ("_events", "_links"):
            mine.setdefault(name, ())  # an ended span takes no more
        fields = mine.copy()
        for name in _HIDDEN:
            fields.pop(name, None)
        made: ReadableSpan = _made(ReadableSpan, fields)
        mine[_SHOWN] = True
        return made

    def end(self, end_time: int | None = None) -> None:
        """End as the SDK's spans do, though a signal handler should raise meanwhile."""
        try:
            super().end(end_time)
        except BaseException:
            if self.end_time is not None and _SHOWN not in _fields_of(self):
                self._span_processor.on_end(self._readable_span())
            raise


_USUAL = (TemplateSpan, NonRecordingSpan)


class _TemplateTracer(Tracer):
    """Starts spans from a template where all that the SDK would ask has a known answer."""

    __slots__ = ("_template", "_tracer")

    def __init__(self, tracer: Any, template: _Template) -> None:
        self._tracer = tracer
        self._template = template

    def start_span(  # noqa: PLR0913, PLR0917 - OpenTelemetry's
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, AttributeValue] | None = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,  # noqa: FBT001, FBT002
        set_status_on_exception: bool = True,  # noqa: FBT001, FBT002
    ) -> Span:
        """Start a span as the tracer itself does."""
        if (
            context is not None
            and attributes is not None
            and not links
            and record_exception
            and set_status_on_exception
            and are_kept(attributes)
        ):
            found = self._template.span_context(self._tracer, context)
            if found is not None:
                span = self._template.span(self._tracer, name, kind, found, attributes)
                span.start(start_time, context)
                return span
        started: Span = self._tracer.start_span(
            *(name, context, kind, attributes, links or (), start_time),
            *(record_exception, set_status_on_exception),
        )
        return started

    def start_as_current_span(self, *args: Any, **kwargs: Any) -> Any:
        """Start a span as the tracer itself does."""
        return self._tracer.start_as_current_span(*args, **kwargs)


class _Template:
    """What the spans of one tracer have in common.

    Args:
        tracer: the SDK's.

    Raises:
        ValueError: the SDK's spans hold what is not known here.
    """

    __slots__ = (
        *("_flags", "_inside", "_is_enabled", "_root_flags", "_sampler", "_span", "_start"),
        "_twice",
    )

    def __init__(self, tracer: Any) -> None:
        alone: Any = copy.copy(tracer)
        # Nobody is told of the spans made here, and no generator of the program's is asked.
        alone.span_processor, alone.id_generator = SpanProcessor(), RandomIdGenerator()
        self._sampler = tracer.sampler
        self._is_enabled: Callable[[], bool] | None = getattr(tracer, "_is_enabled", None)
        self._start = SdkTracer.start_span
        takes_roots = tracer.sampler is ALWAYS_ON or tracer.sampler._root is ALWAYS_ON  # noqa: SLF001
        below = {flags: _started_below(alone, flags) for flags in (1, 3)}
        self._flags = {f: span.get_span_context().trace_flags for f, span in below.items()}
        self._root_flags: TraceFlags | None = None
        if takes_roots and type(tracer.id_generator) is RandomIdGenerator:
            root: Span = alone.start_span("", Context())
            self._root_flags = root.get_span_context().trace_flags
        span: Any = _started_below(alone, 1)
        fields, inside = _fields_of(span), _fields_of(span._attributes)  # noqa: SLF001
        _demand(fields.keys() <= _SPAN and inside.keys() <= _MAPPING)
        _demand(type(span._attributes) is BoundedAttributes)  # noqa: SLF001
        _demand(_fields_of(span._readable_span()).items() <= fields.items())  # noqa: SLF001
        self._span = {**fields, "_start_time": None, "_span_processor": tracer.span_processor}
        for name in ("_events", "_links"):
            del self._span[name]
        self._inside = inside.copy()
        self._twice = type(inside["_lock"]) is type(threading.RLock())
        """Whether the mapping's lock is one that its owner can take twice."""

    def span_context(self, tracer: Any, context: Context) -> _Found | None:
        """Return a span's context and its parent's; None if the SDK must be asked."""
        if (
            tracer.sampler is not self._sampler
            or SdkTracer.start_span is not self._start
            or (self._is_enabled is not None and not self._is_enabled())
        ):
            return None
        around: Any = context.get(SPAN_KEY)
        # Asking an abstract class takes long: the usual kinds first.
        if type(around) not in _USUAL and not isinstance(around, Span):
            return self._root(tracer)
        parent: SpanContext = around.get_span_context()
        if not parent.is_valid:
            return self._root(tracer)
        flags = self._flags.get(parent.trace_flags)
        if flags is None or type(parent) is not SpanContext:
            return None
        own = tracer.id_generator.generate_span_id()
        state = parent.trace_state
        return SpanContext(parent.trace_id, own, False, flags, state), parent  # noqa: FBT003

    def _root(self, tracer: Any) -> _Found | None:
        if self._root_flags is None:
            return None
        ids = tracer.id_generator
        trace_id = ids.generate_trace_id()
        flags = self._root_flags
        return SpanContext(trace_id, ids.generate_span_id(), False, flags), None  # noqa: FBT003

    def span(
        self,
        tracer: Any,
        name: str,
        kind: SpanKind,
        found: _Found,
        attributes: Mapping[str, AttributeValue],
    ) -> TemplateSpan:
        """Return a span that has not been started."""
        inside = self._inside.copy()  # then value by value: quicker than two dicts made one
        inside["_dict"] = dict(attributes)
        inside["_lock"] = threading.RLock() if self._twice else threading.Lock()
        fields = self._span.copy()
        fields["_name"] = name
        fields["_context"], fields["_parent"] = found
        fields["_kind"] = kind
        fields["_resource"] = tracer.resource  # a forked child has another one
        fields["_attributes"] = _made(BoundedAttributes, inside)
        fields["_lock"] = threading.Lock()
        made: TemplateSpan = _made(TemplateSpan, fields)
        return made


def templated(tracer: Tracer) -> Tracer:
    """Return a tracer that makes the same spans from a template; the same one if that cannot be."""
    if not _is_known(tracer):
        return tracer
    try:
        return _TemplateTracer(tracer, _Template(tracer))
    except Exception:  # noqa: BLE001 - an SDK that we do not know
        return tracer


def _is_known(tracer: Any) -> bool:
    """Say whether this is the SDK's tracer, and what it would ask for each span has an answer."""
    if type(tracer) is not SdkTracer or not _fields_of(tracer).keys() <= _TRACER:
        return False
    if SdkTracer.start_span.__module__ != SdkTracer.__module__:
        return False  # somebody has replaced it
    inside = _fields_of(tracer)
    limits: SpanLimits = inside["_span_limits"]
    most = limits.max_span_attributes
    if limits.max_span_attribute_length is not None or (most or _FEWEST) < _FEWEST:
        return False
    metrics: object = inside.get("_tracer_metrics")
    if metrics is not None and type(metrics).__name__ != "NoOpTracerMetrics":
        return False
    return tracer.sampler is ALWAYS_ON or _takes_children(tracer.sampler)


def _takes_children(sampler: Any) -> bool:
    """Say whether a sampler takes each span whose parent is sampled, and asks for nothing else."""
    delegates = ("_remote_parent_sampled", "_local_parent_sampled")
    return type(sampler) is ParentBased and all(
        getattr(sampler, one) is ALWAYS_ON for one in delegates
    )


def _started_below(tracer: Any, flags: int) -> Span:
    """Return a span whose parent has these flags, as the SDK makes it."""
    parent = NonRecordingSpan(SpanContext(1, 1, is_remote=True, trace_flags=TraceFlags(flags)))
    span: Span = tracer.start_span("", set_span_in_context(parent, Context()), attributes={})
    return span


def _fields_of(made: Any) -> dict[str, Any]:
    fields: dict[str, Any] = made.__dict__
    return fields


def _demand(holds: bool) -> None:  # noqa: FBT001 - an assertion that is not left out
    if not holds:
        message = "the SDK's spans are made in another way"
        raise ValueError(message)
