"""Bodies that read best as a table, or as a picture."""

from __future__ import annotations

from typing import Final

from otelhook.render.bodies.view import Picture, Shown, data_address
from otelhook.render.markdown.escaping import code, summary_text
from otelhook.render.shared.plain import one_line, shortened
from otelhook.sequence.document import Body

__all__ = ["PICTURE_LIMIT", "ROW_LIMIT", "body_table", "picture"]

ROW_LIMIT: Final = 60
"""Rows of a table: what has more is shown as text."""

_CELL: Final = 300
"""Characters of a cell; the full log has all of them."""

PICTURE_LIMIT: Final = 32 * 1024
"""Bytes of a picture that a page carries in its text."""


def body_table(shown: Shown) -> str:
    """Return a table; each cell is code, in which nothing is active."""
    head = f"| {' | '.join(shown.head)} |"
    rule = f"|{'|'.join('---' for _ in shown.head)}|"
    pictures = {each.row: each for each in shown.pictures}
    rows = (_row(row, pictures.get(index)) for index, row in enumerate(shown.rows))
    return "\n".join([head, rule, *rows])


def _row(row: tuple[str, ...], found: Picture | None) -> str:
    cells = [_cell(text) for text in row]
    if found is not None and len(found.content) <= PICTURE_LIMIT:
        cells[-1] = f"{_image(found.media_type, found.content, row[-1])} {cells[-1]}"
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    line = shortened(one_line(text), _CELL)
    return code(line) if line else ""


def picture(body: Body, shown: Shown) -> str:
    """Return a small picture as HTML that needs no file; GitHub leaves it out."""
    content = body.content
    if not isinstance(content, bytes) or len(content) > PICTURE_LIMIT:
        return ""
    return _image(shown.image, content, shown.text)


def _image(media_type: str, content: bytes, words: str) -> str:
    return f'<img src="{data_address(media_type, content)}" alt="{summary_text(words)}">'
