"""What a service did between its messages: spans that are not steps, their events, exceptions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from otelhook.render.shared.plain import one_line, shortened
from otelhook.render.shared.units import spell_duration
from otelhook.render.shared.wording import MESSAGE_LIMIT
from otelhook.sequence.document import Document, InnerSpan, SpanEvent, Step, StepKind
from otelhook.sequence.failure_words import without_name

__all__ = [
    "by_step",
    "drawn_beside",
    "event_line",
    "exception_line",
    "exception_trace",
    "inner_line",
    "with_detail",
]

_BESIDE: Final = 8
"""Notes that a diagram gives to one step; what comes after them is counted."""

_TYPE, _TEXT, _TRACE = "exception.type", "exception.message", "exception.stacktrace"


def with_detail(document: Document) -> Document:
    """Return the document with all its inner spans shown in diagrams, as far as they are work."""
    spans = tuple(replace(span, shown=not span.drawn) for span in document.inner_spans)
    return replace(document, inner_spans=spans)


def by_step(document: Document) -> Mapping[int, tuple[InnerSpan, ...]]:
    """Return the inner spans by the request in whose work they lie, in order."""
    found: dict[int, list[InnerSpan]] = {}
    for span in document.inner_spans:
        found.setdefault(span.step, []).append(span)
    return {step: tuple(spans) for step, spans in found.items()}


def inner_line(span: InnerSpan) -> str:
    """Return a span in a line: ``prepareOrder, 12.3 ms: failed: no cart``."""
    took = "" if span.duration is None else f", {spell_duration(span.duration)}"
    line = f"{span.name}{took}"
    if not span.failed:
        return line
    return f"{line}: failed: {span.message}" if span.message else f"{line}: failed"


def exception_line(event: SpanEvent) -> str:
    """Return an exception as interpreters print its last line: ``ValueError: no cart``."""
    said = dict(event.attributes)
    kind, text = said.get(_TYPE, ""), said.get(_TEXT, "")
    return ": ".join(part for part in (kind, without_name(text, kind)) if part) or event.name


def exception_trace(event: SpanEvent) -> str:
    """Return an exception's stack trace; empty if none was recorded."""
    return dict(event.attributes).get(_TRACE, "") if event.is_exception else ""


def event_line(event: SpanEvent) -> str:
    """Return an event in a line, with its attributes but for a stack trace."""
    if event.is_exception:
        return exception_line(event)
    said = " ".join(f"{name}={value}" for name, value in event.attributes)
    return f"{event.name}: {said}" if said and event.name else said or event.name


def drawn_beside(document: Document) -> Mapping[int, tuple[tuple[str, str], ...]]:
    """Return what diagrams say after which step: whose it is, and the text.

    Exceptions always, unless the answer of the same call says the same; spans and their other
    events where `InnerSpan.shown` asks for them. A detail within an answered call stands after
    the last message of its participant before it, so that it is read in its order.
    """
    if not document.inner_spans:
        return {}
    places = _Places(document)
    found: dict[int, list[tuple[str, str]]] = {}
    for span in document.inner_spans:
        who = places.participant(span)
        if not who:
            continue
        for time, text in _told(span, places.answers(span)):
            line = shortened(one_line(text), MESSAGE_LIMIT)
            if line:
                found.setdefault(places.step_before(span, who, time), []).append((who, line))
    return {step: tuple(_limited(lines)) for step, lines in found.items()}


def _told(span: InnerSpan, answers: Sequence[str]) -> Iterator[tuple[int, str]]:
    if span.shown:
        yield span.time, inner_line(span)
    for event in span.events:
        if not event.is_exception:
            if span.shown:
                yield event.time, event_line(event)
        elif not any(_says(answer, event) for answer in answers):
            yield event.time, exception_line(event)


def _says(answer: str, event: SpanEvent) -> bool:
    text = dict(event.attributes).get(_TEXT, "") or exception_line(event)
    return bool(text) and text in answer


def _limited(lines: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    distinct = list(dict.fromkeys(lines))
    yield from distinct[:_BESIDE]
    if len(distinct) > _BESIDE:
        yield distinct[_BESIDE][0], f"and {len(distinct) - _BESIDE:,} more"


class _Places:
    """Where in the sequence of steps a moment of a span lies."""

    def __init__(self, document: Document) -> None:
        self._steps = document.steps
        self._index = {step.number: at for at, step in enumerate(document.steps)}
        self._of: dict[str, list[int]] = {}
        self._ends: dict[int, Step] = {}
        for at, step in enumerate(document.steps):
            for name in {step.source, step.target}:
                self._of.setdefault(name, []).append(at)
            if step.kind is not StepKind.REQUEST:
                self._ends[step.exchange] = step

    def participant(self, span: InnerSpan) -> str:
        """Return whose lifeline a span belongs to; empty if none of those drawn."""
        at = self._index.get(span.step)
        if at is None:
            return span.service if self._steps and span.service in self._of else ""
        step = self._steps[at]
        # A layer of a call is its caller's work.
        return span.service if span.service in (step.source, step.target) else step.target

    def answers(self, span: InnerSpan) -> tuple[str, ...]:
        """Return what the messages of the span's call say of its failure."""
        at = self._index.get(span.step)
        if at is None:
            return ()
        end = self._ends.get(self._steps[at].exchange)
        return tuple(step.message for step in (self._steps[at], end) if step is not None)

    def step_before(self, span: InnerSpan, who: str, time: int) -> int:
        """Return the number of the participant's last step before a moment, within the call."""
        begin = self._index.get(span.step, 0)
        first = self._steps[begin]
        end = self._ends.get(first.exchange) if span.step else None
        until = len(self._steps) if end is None else self._index[end.number]
        own = self._of.get(who, [])
        inside = own[bisect_right(own, begin) : bisect_right(own, until - 1)]
        # Steps run on in time; where a clock contradicts that any place is a guess.
        passed = bisect_right(inside, time, key=lambda at: self._steps[at].time)
        return self._steps[inside[passed - 1] if passed else begin].number
