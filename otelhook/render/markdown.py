"""A page for MkDocs with Material: the diagram, then every message with its headers and body.

It uses tabs, collapsible blocks and admonitions; GitHub shows those as a line of text with an
indented block under it, which reads well enough.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from otelhook.render.fences import defused, fence, indented
from otelhook.render.frames import drawable_groups
from otelhook.render.markdown_log import log_text
from otelhook.render.markdown_steps import step_section
from otelhook.render.markdown_text import code, inline, quoted_title
from otelhook.render.mermaid import mermaid_parts
from otelhook.render.units import count, spell_duration, spell_time
from otelhook.sequence.document import Command, Document

__all__ = ["render_markdown"]

_T = TypeVar("_T")


def render_markdown(document: Document) -> str:
    """Return the whole page."""
    return defused("\n\n".join(block for block in _page(document) if block)) + "\n"


def _page(document: Document) -> Iterator[str]:
    yield f"# {inline(document.title) or 'Trace'}"
    yield " · ".join(_summary(document))
    yield from _cautions(document)
    if document.command is not None:
        yield from _command(document.command)
    yield "## Sequence diagram"
    yield from _diagram(document)
    yield from _tables(document)
    yield from _steps(document)
    yield from _redactions(document)
    if document.steps:
        yield "## Full log"
        yield '??? quote "Every message as it was recorded"'
        yield indented(fence("text", log_text(document)))


def _summary(document: Document) -> Iterator[str]:
    yield count(len(document.steps), "step")
    yield count(len(document.participants), "participant")
    yield spell_duration(document.duration)
    if when := spell_time(document.start_time):
        yield when
    for trace_id in document.trace_ids:
        yield f"trace {code(trace_id)}"


def _cautions(document: Document) -> Iterator[str]:
    lines = [f"* {inline(warning)}" for warning in document.warnings]
    for adjustment in document.adjustments:
        sign = "+" if adjustment.offset >= 0 else ""
        shift = f"{sign}{spell_duration(adjustment.offset)}"
        lines.append(f"* The clock of {code(adjustment.host)} was adjusted by {shift}.")
    for hidden in document.hidden:
        left_out = count(hidden.exchanges, "exchange")
        lines.append(f"* Left out by {code(hidden.rule)}: {left_out}.")
    if lines:
        yield '!!! warning "Read with care"'
        yield indented("\n".join(lines))


def _command(command: Command) -> Iterator[str]:
    yield "## Command and output"
    line = shlex.join(command.arguments)
    title = quoted_title(line) or "Command"
    yield f'??? example "{title}"'
    yield indented(fence("console", f"$ {line}", title="Command", numbered=False))
    if command.output is not None:
        shown = command.output.strip("\r\n") or "none"
        language = "json" if shown.lstrip()[:1] in ("{", "[") else "text"
        yield indented(fence(language, shown, title="Console output"))
    if command.exit_code is not None:
        yield indented(f"Exit code {code(str(command.exit_code))}")


def _diagram(document: Document) -> Iterator[str]:
    parts = mermaid_parts(document)
    for number, part in enumerate(parts, 1):
        if len(parts) > 1:
            yield f"Part {number} of {len(parts)}"
        yield f"``` mermaid\n{part.rstrip()}\n```"


def _tables(document: Document) -> Iterator[str]:
    if document.variables:
        rows = [f"| {code(v.name)} | {code(v.value)} |" for v in document.variables]
        yield "\n".join(["| variable | value |", "|----------|-------|", *rows])
    groups = drawable_groups(document)
    if groups:
        yield "\n".join(
            f"* {code(f'({group.first}-{group.last})')} {group.kind.value}: {inline(group.title)}"
            for group in groups
        )


def _steps(document: Document) -> Iterator[str]:
    if document.steps:
        yield "## Request / Response"
    notes = _by_step(document.notes, lambda note: note.first)
    redactions = _by_step(document.redactions, lambda redaction: redaction.step)
    for step in document.steps:
        number = step.number
        yield from step_section(step, notes.get(number, []), redactions.get(number, []))


def _by_step(items: Iterable[_T], number: Callable[[_T], int]) -> dict[int, list[_T]]:
    found: dict[int, list[_T]] = {}
    for item in items:
        found.setdefault(number(item), []).append(item)
    return found


def _redactions(document: Document) -> Iterator[str]:
    if not document.redactions:
        return
    yield "## Redacted"
    yield "What was hidden before it was recorded: places, never values."
    places: dict[str, list[str]] = {}
    for redaction in document.redactions:
        places.setdefault(redaction.place, []).append(f"({redaction.step})")
    rows = [f"| {code(place)} | {' '.join(steps)} |" for place, steps in sorted(places.items())]
    yield "\n".join(["| place | steps |", "|-------|-------|", *rows])
