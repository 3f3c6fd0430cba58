"""A response's body, recorded when the program has read it, wherever its span is by then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind

from otelhook.capture.header_values import as_text, length_of
from otelhook.capture.record.body_reader import BodyReader
from otelhook.capture.record.content import BodyForm
from otelhook.capture.record.scope import CaptureScope
from otelhook.capture.record.span_record import SpanRecord, note_exception

__all__ = ["LateBody"]

_BODY_SPAN = "http.response.body"


class LateBody:
    """Waits for a body's end and for the word on which span it goes.

    The CLIENT span may wait for a body that the library itself reads at once (`on_span`). It must
    not wait for one that the program reads later or never (HTTP conventions): an INTERNAL child
    carries that (`on_child`). Which it is may be known before the body's end or after.

    Args:
        scope: whose call it is.
        context: has the CLIENT span.
        record: the CLIENT span's record.
        headers: the response's own.
    """

    __slots__ = (
        *("_child", "_context", "_end", "_error", "_headers", "_is_due", "_reader", "_record"),
        "_scope",
    )

    def __init__(
        self, scope: CaptureScope, context: Context, record: SpanRecord, headers: Mapping[str, Any]
    ) -> None:
        self._scope = scope
        self._context = context
        self._record = record
        self._headers = headers
        self._reader: BodyReader | None = None
        self._child: Span | None = None
        self._error: BaseException | None = None
        self._end: Callable[[BaseException | None], None] | None = None
        self._is_due = False
        """Whether it is known where the body goes, and it is not there yet."""

    def done(self, reader: BodyReader, error: BaseException | None) -> None:
        """Take the body: it is read, cut off, or given up."""
        self._reader, self._error = reader, error
        if self._is_due:
            self._write(reader)

    def on_span(self, end: Callable[[BaseException | None], None]) -> None:
        """Put the body on the CLIENT span, now or when it is read, and have that span ended.

        Args:
            end: ends it, with the error that broke the body off.
        """
        self._end = end
        self.on_child()

    def on_child(self) -> None:
        """Put the body on an INTERNAL child, now or when it is read."""
        self._is_due = True
        if self._reader is not None:
            self._write(self._reader)

    def _write(self, reader: BodyReader) -> None:
        error, end = self._error, self._end
        if end is None:
            self._to_child(reader, error)
        else:
            try:
                with self._scope.guard:
                    self._describe(self._record, reader)
            finally:
                end(error)
        self._is_due = False
        reader.tee.forget()  # a program may keep its responses, which keep their readers
        # Each of these leads back here: nothing of a call is left for the garbage collector.
        self._reader = self._error = self._end = None

    def _to_child(self, reader: BodyReader, error: BaseException | None) -> None:
        if not reader.tee.size and error is None and not reader.whole:
            return
        if self._child is None:
            tracer = self._scope.tracer
            self._child = tracer.start_span(_BODY_SPAN, self._context, SpanKind.INTERNAL)
        span = self._child
        if not span.is_recording():  # it is said once more than it was recorded
            return
        try:
            record = SpanRecord(self._record.redactor, 0)
            with self._scope.guard:
                self._describe(record, reader)
            if error is not None:
                note_exception(span, error, record.redactor)
            record.finish(span)
        finally:
            span.end()

    def _describe(self, record: SpanRecord, reader: BodyReader) -> None:
        encoding = as_text(self._headers.get("Content-Encoding"))
        declared = length_of(self._headers.get("Content-Length"))
        if declared is not None:
            size = declared
        else:
            counted = reader.whole and not (encoding and reader.decoded)
            size = reader.tee.size if counted else -1
        form = BodyForm(
            as_text(self._headers.get("Content-Type")),
            "" if reader.decoded else encoding,
            reader.whole,
        )
        record.body("response", reader.tee, form, size=size)
