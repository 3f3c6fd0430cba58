"""Spans that stand before another one: written to like our own, and ended by their owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import Span, SpanContext, Status, StatusCode

from otelhook.attributes import HTTP_RESPONSE_STATUS_CODE
from otelhook.capture.coexistence.stock_attributes import redacted_changes
from otelhook.redaction import Redactor

if TYPE_CHECKING:
    from opentelemetry.util.types import Attributes, AttributeValue

__all__ = ["BorrowedSpan", "WatchedSpan"]


class _SpanBefore(Span):
    """Passes everything on to a span."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def get_span_context(self) -> SpanContext:
        return self._span.get_span_context()

    def is_recording(self) -> bool:
        return self._span.is_recording()

    def set_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        self._span.set_attributes(attributes)

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        self._span.set_attribute(key, value)

    def update_name(self, name: str) -> None:
        self._span.update_name(name)

    def add_event(
        self, name: str, attributes: Attributes = None, timestamp: int | None = None
    ) -> None:
        self._span.add_event(name, attributes, timestamp)

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        self._span.set_status(status, description)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,  # noqa: FBT001, FBT002 - of the interface
    ) -> None:
        self._span.record_exception(exception, attributes, timestamp, escaped)

    def end(self, end_time: int | None = None) -> None:
        self._span.end(end_time)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._span, name)


class WatchedSpan(_SpanBefore):
    """A span of which somebody wants to be told the response's status once it is written."""

    def __init__(self, span: Span, answered: Callable[[int], None]) -> None:
        super().__init__(span)
        self._answered = answered

    def set_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Write attributes, and tell of the status among them."""
        super().set_attributes(attributes)
        status = attributes.get(HTTP_RESPONSE_STATUS_CODE)
        if isinstance(status, int):
            self._answered(status)


class BorrowedSpan(WatchedSpan):
    """A span of stock instrumentation that we add to.

    Its owner notes exceptions, sets the status and ends it. What the owner wrote on it before us,
    whole URLs and headers, is redacted when we are done.
    """

    def __init__(
        self, span: Span, redactor: Redactor, answered: Callable[[int], None] = lambda _: None
    ) -> None:
        """Borrow a span.

        Args:
            span: the owner's.
            redactor: the rules, not yet keyed for the trace.
            answered: is told the status of the response, once we write it.
        """
        super().__init__(span, answered)
        self._redactor = redactor

    def add_event(
        self, name: str, attributes: Attributes = None, timestamp: int | None = None
    ) -> None:
        """Leave it to the owner, who notes the same exception."""

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Leave it to the owner."""

    def end(self, end_time: int | None = None) -> None:  # noqa: ARG002 - the owner's to say
        """Redact what the owner wrote; the span stays open."""
        span = self._span
        if span.is_recording():
            trace_id = f"{span.get_span_context().trace_id:032x}"
            known: Mapping[str, AttributeValue] = getattr(span, "attributes", None) or {}
            span.set_attributes(redacted_changes(known, self._redactor.for_trace(trace_id)))
