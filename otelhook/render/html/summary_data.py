"""What a document comes to, for the page's viewer."""

from __future__ import annotations

from typing import Final

from otelhook.render.shared.plain import one_line, shortened
from otelhook.sequence.annotations.summaries import summaries
from otelhook.sequence.document import Document

__all__ = ["summary_data"]

_LINES: Final = 60
_LINE: Final = 200
"""Characters of a line."""


def summary_data(document: Document) -> list[list[object]]:
    """Return a line for each call: level, first and last step, text; none for one call alone."""
    lines = summaries(document, limit=_LINES)
    if len(lines) < len(("one", "two")):
        return []
    return [
        [line.level, line.first, line.last, shortened(one_line(line.text), _LINE)] for line in lines
    ]
