"""Redacts what other instrumentations wrote, on its way out of a tracer provider.

It changes a span before any processor sees its end, in whatever order they were added, by the
hook that the SDK calls while a span ends. Older SDKs have none (1.34 has not): there our processor
stands first in the provider's list and changes what the others are given.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.trace import Status

from otelhook.capture.coexistence.stock_attributes import redacted_changes
from otelhook.capture.guard import Guard
from otelhook.redaction import Redactor, redact_text

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider as AnyProvider

__all__ = ["RedactingProcessor", "redact_what_leaves"]

_HOOKED = hasattr(SpanProcessor, "_on_ending")
_OURS = "otelhook"


class RedactingProcessor(SpanProcessor):
    """Redacts URLs, headers, exceptions, status and name of spans that are not our own.

    Ours are redacted before they are written. The SDK has no public way to change an ended span;
    its fields are replaced by new values, never changed in place, since others may hold them.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._guard = Guard()

    def _on_ending(self, span: Any) -> None:
        with self._guard:
            scope = span.instrumentation_scope
            if scope is None or scope.name != _OURS:
                self._redact(span)

    if not _HOOKED:

        def on_end(self, span: ReadableSpan) -> None:
            """Redact, since the SDK has no earlier moment for it."""
            self._on_ending(span)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the SDK's word
        """Return True: behind a processor that returns None older SDKs flush no other."""
        return True

    def _redact(self, span: Any) -> None:
        redactor = self._redactor.for_trace(f"{span.context.trace_id:032x}")
        attributes: dict[str, Any] = dict(span.attributes or {})
        changes = redacted_changes(attributes, redactor)
        if changes:
            span._attributes = BoundedAttributes(attributes={**attributes, **changes})  # noqa: SLF001
        events = [_redacted_event(event, redactor) for event in span.events]
        if any(event is not old for event, old in zip(events, span.events, strict=True)):
            span._events = events  # noqa: SLF001
        name = redact_text(redactor, span.name).value
        if name != span.name:
            span._name = name  # noqa: SLF001
        status = span.status
        if status.description:
            shown = redact_text(redactor, status.description).value
            if shown != status.description:
                span._status = Status(status.status_code, shown)  # noqa: SLF001


def _redacted_event(event: Event, redactor: Redactor) -> Event:
    changes = redacted_changes(event.attributes or {}, redactor)
    if not changes:
        return event
    merged = BoundedAttributes(attributes={**(event.attributes or {}), **changes})
    return Event(event.name, merged, event.timestamp)


_known: weakref.WeakSet[TracerProvider] = weakref.WeakSet()


def redact_what_leaves(provider: AnyProvider, redactor: Redactor) -> bool:
    """Redact the spans of a provider from now on; once, however often it is asked for.

    Returns:
        False if that cannot be: the provider is not the SDK's, and takes no processor.
    """
    if not isinstance(provider, TracerProvider):
        return False
    if redactor.enabled and provider not in _known:
        _known.add(provider)
        processor = RedactingProcessor(redactor)
        provider.add_span_processor(processor)
        if not _HOOKED:
            _stand_first(provider, processor)
    return True


def _stand_first(provider: Any, processor: SpanProcessor) -> None:
    known: Sequence[SpanProcessor] = provider._active_span_processor._span_processors  # noqa: SLF001
    others = tuple(one for one in known if one is not processor)
    provider._active_span_processor._span_processors = (processor, *others)  # noqa: SLF001
