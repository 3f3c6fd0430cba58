"""The page above its steps: facts, cautions, command, values, summaries, what was left out."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from otelhook.render.bodies.json_layout import laid_out
from otelhook.render.markdown.escaping import code, inline, title
from otelhook.render.markdown.flavours import Dialect
from otelhook.render.markdown.notes import about_names, placed_notes
from otelhook.render.shared.plain import one_line, shortened
from otelhook.render.shared.units import count, spell_duration, spell_time
from otelhook.render.shared.wording import counts_line, steps_took
from otelhook.sequence.annotations.summaries import SummaryLine, summaries
from otelhook.sequence.document import Command, Document, Hidden, NotePlace

__all__ = [
    "LINE_LIMIT",
    "SUMMARY_LIMIT",
    "closing",
    "command_block",
    "front",
    "hidden_rules",
    "introduction",
    "listed",
]

SUMMARY_LIMIT = 60
"""Lines of the summary."""

LINE_LIMIT = 200
"""Characters of one of them."""

_DEEPEST = 4
"""Levels of bullets: what is nested deeper stands beside them."""


def front(document: Document, dialect: Dialect) -> Iterator[str]:
    """Yield the title, the facts, and what to be careful about."""
    yield f"# {title(document.title) or 'Trace'}"
    yield " · ".join(_facts(document))
    if counts := counts_line(document):
        yield inline(counts)
    lines = [f"* {inline(warning)}" for warning in document.warnings]
    for adjustment in document.adjustments:
        sign = "+" if adjustment.offset >= 0 else ""
        shift = f"{sign}{spell_duration(adjustment.offset)}"
        lines.append(f"* The clock of {code(adjustment.host)} was adjusted by {shift}.")
    if lines:
        yield dialect.aside("warning", "Read with care", "\n".join(lines))


def introduction(document: Document) -> Iterator[str]:
    """Yield the author's words before all others."""
    yield from placed_notes(document, NotePlace.INTRODUCTION)


def closing(document: Document) -> Iterator[str]:
    """Yield the author's last words."""
    yield from placed_notes(document, NotePlace.CLOSING)


def _facts(document: Document) -> Iterator[str]:
    yield steps_took(document)
    yield count(len(document.participants), "participant")
    if when := spell_time(document.start_time):
        yield when
    for trace_id in document.trace_ids:
        yield f"trace {code(trace_id)}"


def command_block(command: Command, dialect: Dialect) -> Iterator[str]:
    """Yield the command that started the trace, with its output."""
    yield "## Command and output"
    line = shlex.join(command.arguments)
    blocks = [dialect.fence("console", f"$ {line}", title="Command", numbered=False)]
    if command.output is not None:
        shown = command.output.strip("\r\n") or "none"
        language = "json" if shown.lstrip()[:1] in ("{", "[") else "text"
        blocks.append(dialect.fence(language, shown, title="Console output"))
    if command.exit_code is not None:
        blocks.append(f"Exit code {code(str(command.exit_code))}")
    yield dialect.folded("example", command.line or "Command", *blocks)


def listed(document: Document) -> Iterator[str]:
    """Yield what stands below the diagram: values, a line for each range, the author's words."""
    if document.variables:
        rows = [f"| {code(v.name)} | {code(v.value)} |" for v in document.variables]
        yield "\n".join(["| variable | value |", "|----------|-------|", *rows])
    yield from about_names(document)
    if document.steps:
        yield "\n".join(_summary(summaries(document, limit=SUMMARY_LIMIT)))
    yield from placed_notes(document, NotePlace.DIAGRAM)


def _summary(lines: Sequence[SummaryLine]) -> Iterator[str]:
    """Yield a bullet for each call, beneath the call that it was made for."""
    for line in lines:
        indent = "    " * min(line.level, _DEEPEST)
        text = inline(shortened(one_line(line.text), LINE_LIMIT))
        yield f"{indent}* {code(_range(line))} {text}"


def _range(line: SummaryLine) -> str:
    return f"({line.first})" if line.first == line.last else f"({line.first}-{line.last})"


def hidden_rules(document: Document, dialect: Dialect) -> Iterator[str]:
    """Yield the rules that left exchanges out, as they were written, each with its count."""
    blocks: list[str] = []
    for hidden in document.hidden:
        language, text = _rule(hidden)
        blocks.append(dialect.fence(language, text, numbered=False))
        blocks.append(f"* {count(hidden.exchanges, 'exchange')} left out by this rule.")
    if blocks:
        yield dialect.folded("warning", "Omitted sequences", *blocks)


def _rule(hidden: Hidden) -> tuple[str, str]:
    pretty = laid_out(hidden.rule) if hidden.rule.lstrip().startswith("{") else None
    return ("text", hidden.rule or "(empty)") if pretty is None else ("json", pretty)
