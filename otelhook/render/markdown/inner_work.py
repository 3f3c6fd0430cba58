"""Under a request: the spans that are not steps, their events, and exceptions with their traces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from otelhook.render.markdown.escaping import code, inline
from otelhook.render.markdown.flavours import Dialect
from otelhook.render.shared.inner_work import event_line, exception_trace
from otelhook.render.shared.plain import one_line, shortened
from otelhook.render.shared.units import count, spell_duration
from otelhook.sequence.document import InnerSpan, SpanEvent

__all__ = ["ROW_LIMIT", "inner_block"]

ROW_LIMIT: Final = 60
"""Lines of one request's inner work; the rest is counted."""

_LINE_LIMIT: Final = 300
"""Characters of a line: attributes may hold anything."""


def inner_block(spans: Sequence[InnerSpan], dialect: Dialect, title: str = "Within") -> str:
    """Return the spans of one request, folded, each with its events beneath it."""
    events = sum(len(span.events) for span in spans)
    work = sum(not span.drawn for span in spans)
    counted = [count(work, "span")] if work else []
    counted += [count(events, "event")] if events else []
    rows = [row for span in spans for row in _rows(span)]
    lines = rows[:ROW_LIMIT]
    if len(rows) > ROW_LIMIT:
        lines.append(f"* and {len(rows) - ROW_LIMIT:,} more")
    traces = [
        dialect.fence("text", trace, title=event_line(event), numbered=False)
        for span in spans
        for event in span.events
        if (trace := exception_trace(event))
    ]
    return dialect.folded("info", f"{title}: {', '.join(counted)}", "\n".join(lines), *traces)


def _rows(span: InnerSpan) -> Iterator[str]:
    indent = ""
    if not span.drawn:
        yield f"* {_span(span)}"
        indent = "    "
    for event in span.events:
        line = shortened(one_line(event_line(event)), _LINE_LIMIT)
        yield f"{indent}* {_word(event)}{inline(line)}"


def _span(span: InnerSpan) -> str:
    facts = [] if span.duration is None else [spell_duration(span.duration)]
    if span.is_detail:
        facts.append("a layer of the call")
    if span.failed:
        said = shortened(one_line(span.message), _LINE_LIMIT)
        facts.append(f"**failed**{f': {inline(said)}' if said else ''}")
    said = " ".join(f"{name}={value}" for name, value in span.attributes)
    if said:
        facts.append(inline(shortened(one_line(said), _LINE_LIMIT)))
    name = shortened(one_line(span.name), _LINE_LIMIT) or "(unnamed)"
    return f"{code(name)} {' · '.join(facts)}"


def _word(event: SpanEvent) -> str:
    return "**exception** " if event.is_exception else ""
