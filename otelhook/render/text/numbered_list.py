"""The terminal's fallback: a numbered list, where there is no room for lifelines."""

from __future__ import annotations

from collections.abc import Iterator

from otelhook.render.shared.frames import placed_steps
from otelhook.render.shared.step_remarks import remarks
from otelhook.render.shared.terminal import cells, cut, printable
from otelhook.render.shared.wording import arrow_line
from otelhook.render.text.canvas import Glyphs
from otelhook.sequence.document import Document

__all__ = ["list_rows"]

_LONGEST_NAME = 24


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def list_rows(document: Document, width: int, glyphs: Glyphs) -> list[str]:
    """Return ``n  a -> b  title`` a row, groups as headings of what is indented under them."""
    return [cut(row.rstrip(), width, glyphs.ellipsis) for row in _rows(document, width, glyphs)]


def _rows(document: Document, width: int, glyphs: Glyphs) -> Iterator[str]:
    limit = min(_LONGEST_NAME, max(6, width // 6))
    names = {
        name: cut(printable(name), limit, glyphs.ellipsis)
        for step in document.steps
        for name in (step.source, step.target)
    }
    widest = max(map(cells, names.values()), default=0)
    digits = len(str(document.steps[-1].number)) if document.steps else 1
    said = remarks(document)
    depth = 0
    for placed in placed_steps(document):
        step = placed.step
        if placed.turn is not None:
            yield f"{' ' * digits}  {'  ' * (depth - 1)}else: {printable(placed.turn)}"
        for group in placed.opens:
            yield f"{' ' * digits}  {'  ' * depth}{group.kind.value}: {printable(group.title)}"
            depth += 1
        parties = (
            f"{_padded(names[step.source], widest)} {glyphs.arrow} "
            f"{_padded(names[step.target], widest)}"
        )
        words = "".join(f" ({printable(remark.text)})" for remark in said.get(step.number, ()))
        line = printable(arrow_line(step))
        yield f"{step.number:>{digits}}  {'  ' * depth}{parties}  {line}{words}"
        depth -= min(depth, placed.closes)
