"""What one span will say, gathered while a request runs."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from opentelemetry.trace import Status, StatusCode

from otelhook.attributes import (
    ERROR_TYPE,
    EXCEPTION_MESSAGE,
    EXCEPTION_STACKTRACE,
    EXCEPTION_TYPE,
    OTELHOOK_REDACTED,
    Direction,
    body_content,
    body_size,
    body_truncated,
    header_prefix,
)
from otelhook.capture.guard import Guard
from otelhook.capture.header_values import as_text
from otelhook.capture.record.attribute_limit import Attributes, make_room
from otelhook.capture.record.content import BodyForm, read_content
from otelhook.capture.record.fast_attributes import keeps_bytes, write_at_once
from otelhook.capture.record.header_plans import EnvironPlan, HeaderPlan, plans_of
from otelhook.capture.record.tee import Tee
from otelhook.redaction import LookAt, Redactor, redact_header, redact_text, worth_a_look

if TYPE_CHECKING:
    from opentelemetry.trace import Span

__all__ = ["Attributes", "SpanRecord", "end_recorded", "note_exception", "qualified_name"]

_NEVER, _ALL = LookAt.NONE, LookAt.ALL
_LONGEST_STACKTRACE = 16_384
_LONGEST_MESSAGE = 4096
_BEYOND = 4096
"""Characters beyond a limit that redaction sees: a secret is cut only after it was found."""


class SpanRecord:
    """The attributes of one span, redacted as they come in, and the places of redaction.

    Args:
        redactor: the rules, keyed for this trace.
        header_limit: header names recorded of each side at most; a span under a provider that
            is not ours keeps 128 attributes and drops the oldest beyond.
    """

    __slots__ = ("_header_limit", "_places", "attributes", "redactor")

    def __init__(self, redactor: Redactor, header_limit: int) -> None:
        self.redactor = redactor
        self.attributes: Attributes = {}
        self._header_limit = header_limit
        self._places: list[str] = []

    def place(self, where: str, places: Sequence[str]) -> None:
        """Note where something was hidden: ``request.body`` and ``auth.password``."""
        if places:
            self._places += [f"{where}.{place}" for place in places]

    def headers(self, side: Direction, lines: Iterable[tuple[object, object]]) -> None:
        """Record header lines as tuples of strings; a repeated name is one tuple, in order."""
        plans = plans_of(self.redactor.names, side)
        self._record(
            side,
            # An application in error has names and values that are no text.
            [
                (
                    plans[name if type(name) is str else as_text(name)],
                    value if type(value) is str else as_text(value),
                )
                for name, value in lines
            ],
        )

    def environ_headers(
        self,
        environ: Mapping[str, object],
        plan: EnvironPlan,
        further: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Record the headers that a WSGI environ has, by its plan, and further lines after them."""
        lines = [(header, str(environ[key])) for key, header in plan]
        if further:
            plans = plans_of(self.redactor.names, "request")
            lines += [(plans[name], value) for name, value in further]
        self._record("request", lines)

    def _record(self, side: Direction, lines: Iterable[tuple[HeaderPlan, str]]) -> None:
        attributes, redactor = self.attributes, self.redactor
        room = self._header_limit
        for (key, name, look), shown in lines:
            if look is not _NEVER and (look is _ALL or worth_a_look(redactor, shown)):
                text, shown = shown, redact_header(redactor, name, shown)  # noqa: PLW2901
                if shown is not text and shown != text:
                    self._places.append(f"{side}.header.{name}")
            if key in attributes:
                attributes[key] = (*attributes[key], shown)  # type: ignore[misc]
            elif room > 0:
                room -= 1
                attributes[key] = (shown,)

    def header(self, side: Direction, name: str) -> str:
        """Return the first value of a header as it was recorded; empty if there is none."""
        return self.value(f"http.{side}.header.{name}")

    def value(self, key: str) -> str:
        """Return the first value of a header, by its attribute's key."""
        values = self.attributes.get(key)
        return values[0] if isinstance(values, tuple) else ""

    def forget_headers(self, side: Direction) -> None:
        """Drop the headers of a side: another response takes the place of the first."""
        prefix = header_prefix(side)
        for key in [key for key in self.attributes if key.startswith(prefix)]:
            del self.attributes[key]
        self._places = [one for one in self._places if not one.startswith(f"{side}.header.")]

    def no_body(self, side: Direction) -> None:
        """Record that there is no body."""
        self.attributes[body_size(side)] = 0
        self.attributes[body_content(side)] = ""

    def body(self, side: Direction, tee: Tee, form: BodyForm, *, size: int | None = None) -> None:
        """Record a body from its copy.

        Args:
            side: whose body it is.
            tee: the body's first bytes and their count; as many as it keeps are recorded.
            form: how to read them.
            size: the body's true size if the tee's count is not it; -1 if unknown.
        """
        true_size = tee.size if size is None else size
        if true_size >= 0:
            self.attributes[body_size(side)] = true_size
        kept = tee.kept
        if not kept:
            if tee.size or not form.whole:
                self.attributes[body_truncated(side)] = True
            else:
                self.attributes[body_content(side)] = ""
            return
        if form.whole and len(kept) < tee.size:
            form = BodyForm(form.content_type, form.content_encoding, whole=False)
        found = read_content(kept, form, tee.limit, self.redactor)
        content = found.content
        if isinstance(content, bytes) and not keeps_bytes():  # then only the size is recorded
            content = None
        if content is not None:
            self.attributes[body_content(side)] = content
        if found.truncated or content is None:
            self.attributes[body_truncated(side)] = True
        self.place(f"{side}.body", found.places)

    def finish(self, span: Span) -> None:
        """Write all of it to the span."""
        if self._places:
            self.attributes[OTELHOOK_REDACTED] = tuple(dict.fromkeys(self._places))
        if write_at_once(span, self.attributes):
            return
        make_room(self.attributes, span)
        span.set_attributes(self.attributes)


def end_recorded(
    span: Span, record: SpanRecord | None, guard: Guard, ended_at: int | None = None
) -> None:
    """Write the record and end the span, whatever is raised: a failure of ours is absorbed.

    Args:
        span: of a call.
        record: what is known of it; None of a span that nobody reads.
        guard: absorbs failures of ours.
        ended_at: when it ended, in nanoseconds of the epoch; now if None.
    """
    try:
        if record is not None:
            record.finish(span)
    except Exception as error:  # once a call, as the next: cheaper than a guard around it
        if not guard.absorb(error):
            raise
    finally:
        try:
            span.end(ended_at)
        except Exception as error:
            if not guard.absorb(error):
                raise


def qualified_name(error: BaseException) -> str:
    """Return an exception's class as ``error.type`` has it: ``requests.exceptions.Timeout``."""
    kind = type(error)
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


def note_exception(span: Span, error: BaseException, redactor: Redactor) -> None:
    """Write an exception to a span: event, ``error.type`` and status, message redacted."""
    kind = qualified_name(error)
    message = redact_text(redactor, str(error)[: _LONGEST_MESSAGE + _BEYOND]).value
    message = message[:_LONGEST_MESSAGE]
    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    event: Mapping[str, str] = {
        EXCEPTION_TYPE: kind,
        EXCEPTION_MESSAGE: message,
        EXCEPTION_STACKTRACE: _end_of(
            redact_text(redactor, trace[-_LONGEST_STACKTRACE - _BEYOND :]).value
        ),
    }
    span.add_event("exception", event)
    span.set_attribute(ERROR_TYPE, kind)
    span.set_status(Status(StatusCode.ERROR, f"{type(error).__qualname__}: {message}"))


def _end_of(trace: str) -> str:
    """Return the end of a stack trace, from the beginning of a line."""
    return (
        trace
        if len(trace) <= _LONGEST_STACKTRACE
        else trace[-_LONGEST_STACKTRACE:].partition("\n")[2]
    )
