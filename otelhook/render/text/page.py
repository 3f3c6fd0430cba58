"""A sequence diagram for the terminal: lifelines as columns, one row a message."""

from __future__ import annotations

import re

from otelhook.render.shared.folding import folded
from otelhook.render.shared.frames import drawable_groups
from otelhook.render.shared.terminal import cells, cut, printable, wrapped
from otelhook.render.shared.units import count, spell_duration
from otelhook.render.shared.wording import counts_line, steps_took
from otelhook.render.text.canvas import ASCII, BOLD, DIM, UNICODE, Glyphs, painted
from otelhook.render.text.diagram import diagram_rows
from otelhook.render.text.numbered_list import list_rows
from otelhook.sequence.annotations.summaries import SummaryLine, summaries
from otelhook.sequence.document import Document

__all__ = ["render_text"]

_NARROWEST = 30
_SUMMARY = 40
"""Lines of the summary: about what a screen has."""

_WHY = 4
"""Rows of what failed and why, or of a warning: neither is said anywhere else in the text."""

_LEVEL, _DEEPEST = "  ", 5
_OTHERS = re.compile(r"[^\x00-\x7f]+")


def render_text(
    document: Document,
    width: int = 100,
    *,
    ascii: bool = False,  # noqa: A002 - as in ascii()
    color: bool = False,
) -> str:
    """Return the diagram, or a numbered list where the width has no room for the lifelines.

    Args:
        document: what to draw.
        width: cells of a line; no line is longer. At least 30 are used.
        ascii: draw with ASCII only; other captured characters become ``?``.
        color: with the terminal's own colours: responses by their class, what is a guess or
            failed, names and methods bold.
    """
    width = max(width, _NARROWEST)
    glyphs = ASCII if ascii else UNICODE
    title, facts = _heading(document, width, glyphs)
    rows = [painted(title, BOLD), painted(facts, DIM)] if color else [title, facts]
    rows.append("")
    drawn = folded(document)
    diagram = diagram_rows(drawn, width, glyphs, color=color)
    rows += list_rows(drawn, width, glyphs) if diagram is None else diagram
    rows += _summary(document, width, glyphs)
    rows += _footing(document, width, glyphs)
    text = "\n".join(rows) + "\n"
    # As many question marks as cells: what was measured stays as wide.
    return _OTHERS.sub(lambda found: "?" * cells(found[0]), text) if ascii else text


def _heading(document: Document, width: int, glyphs: Glyphs) -> tuple[str, str]:
    facts = [
        steps_took(document),
        count(len(document.participants), "participant"),
        *(f"trace {trace_id}" for trace_id in document.trace_ids),
    ]
    title = cut(printable(document.title) or "Trace", width, glyphs.ellipsis)
    return title, cut(printable(f" {glyphs.dot} ".join(facts)), width, glyphs.ellipsis)


def _summary(document: Document, width: int, glyphs: Glyphs) -> list[str]:
    """Return a line for each call, beneath the call that it was made for, if there are several."""
    lines = summaries(document, limit=_SUMMARY)
    if len(lines) < len(("one", "two")):
        return []
    wide = max(len(_where(line)) for line in lines)
    rows = [""]
    for line in lines:
        before = f"{_where(line):<{wide}}  {_LEVEL * min(line.level, _DEEPEST)}"
        most = _WHY if line.failed else 1
        rows += wrapped(before, printable(line.text), width, most, glyphs.ellipsis)
    return rows


def _where(line: SummaryLine) -> str:
    return f"({line.first})" if line.first == line.last else f"({line.first}-{line.last})"


def _footing(document: Document, width: int, glyphs: Glyphs) -> list[str]:
    rows: list[str] = []
    if document.variables:
        names = [f"{{{printable(variable.name)}}}" for variable in document.variables]
        widest = max(map(cells, names))
        for name, variable in zip(names, document.variables, strict=True):
            pad = " " * (widest - cells(name))
            rows.append(f"{name}{pad}  {printable(variable.value)}")
    for adjustment in document.adjustments:
        shift = spell_duration(adjustment.offset)
        rows.append(f"! clock of {printable(adjustment.host)} adjusted by {shift}")
    if counts := counts_line(document):
        rows.append(counts)
    for hidden in document.hidden:
        left_out = count(hidden.exchanges, "exchange")
        rows.append(f"! {left_out} left out by {printable(hidden.rule)}")
    rows = [cut(row, width, glyphs.ellipsis) for row in rows]
    for warning in document.warnings:
        rows += wrapped("! ", printable(warning), width, _WHY, glyphs.ellipsis)
    if drawable_groups(document) or rows:
        rows.insert(0, "")
    return rows
