"""The spans that are not steps, for the page's viewer: in a step's panel, and beside its arrow."""

from __future__ import annotations

from collections.abc import Mapping

from otelhook.render.shared.inner_work import drawn_beside, event_line, exception_trace
from otelhook.render.shared.wording import message_beside
from otelhook.sequence.document import Document, InnerSpan, SpanEvent

__all__ = ["beside_data", "inner_data"]


def inner_data(document: Document) -> list[dict[str, object]]:
    """Return the inner spans; fields without a value are left out."""
    return [_span(span, document) for span in document.inner_spans]


def beside_data(document: Document, names: Mapping[str, int]) -> list[list[object]]:
    """Return what diagrams say beside steps: step, participant's index, text."""
    drawn = drawn_beside(document)
    found: list[list[object]] = []
    for step in document.steps:
        said = message_beside(step)
        lines = [*([(step.source, said)] if said else []), *drawn.get(step.number, ())]
        for who, text in lines:
            if who in names:
                found.append([step.number, names[who], text])
    return found


def _span(span: InnerSpan, document: Document) -> dict[str, object]:
    fields: dict[str, object] = {
        "step": span.step,
        "name": "" if span.drawn else span.name,
        "service": span.service,
        "at": span.time - document.start_time if document.start_time else None,
        "took": span.duration,
        "detail": span.is_detail,
        "failed": span.failed,
        "message": span.message,
        "id": span.span_id,
        "about": [list(pair) for pair in span.attributes],
        "events": [_event(event, document) for event in span.events],
    }
    return _kept(fields)


def _event(event: SpanEvent, document: Document) -> dict[str, object]:
    fields: dict[str, object] = {
        "at": event.time - document.start_time if document.start_time else None,
        "line": event_line(event),
        "thrown": event.is_exception,
        "stack": exception_trace(event),
    }
    return _kept(fields)


def _kept(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value not in (None, "", [], False)}
