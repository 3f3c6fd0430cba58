"""SVG elements as text: presentation attributes only, every text escaped here and nowhere else.

No style sheet, no class, no marker, no script, no reference to anything: such a picture looks the
same in a browser, in an ``<img>``, in a word processor and in resvg.
"""

from __future__ import annotations

from html import escape

from otelhook.render.shared.terminal import cells, printable

__all__ = ["CELL", "MONO", "SANS", "element", "group", "number", "shown", "text", "width_of"]

MONO = "DejaVu Sans Mono, Liberation Mono, Menlo, Consolas, monospace"
_WIDE = "Noto Sans Mono CJK KR, Noto Sans CJK KR, Noto Sans CJK JP, Noto Sans CJK SC, "
SANS = "DejaVu Sans, Liberation Sans, Helvetica, Arial, sans-serif"

CELL = 0.605
"""Width of one character cell of `MONO`, in ems; wide characters take two cells."""


def shown(content: str) -> str:
    """Return captured text as one line of characters whose width is known."""
    plain = content.isascii() and content.isprintable()
    return content.strip() if plain else printable(content)


def width_of(content: str, size: float) -> float:
    """Return the pixels that shown text takes in `MONO` of this size."""
    return (len(content) if content.isascii() else cells(content)) * size * CELL


def number(value: float) -> str:
    """Return a coordinate with at most one decimal."""
    return f"{round(value, 1):g}"


def element(name: str, **attributes: float | str) -> str:
    """Return an empty element. Underscores in names stand for hyphens."""
    return f"<{name}{_attributes(attributes)}/>"


def text(content: str, **attributes: float | str) -> str:
    """Return a text element, its content escaped and on one line."""
    content = shown(content)
    if not content.isascii() and cells(content) > len(content):
        # resvg would take any font that has the wide characters, for the whole text.
        attributes = {"font_family": _WIDE + MONO, **attributes}
    return f"<text{_attributes(attributes)}>{escape(content)}</text>"


def group(title: str, *content: str) -> str:
    """Return a group whose whole text a reader gets on pointing at it."""
    return f"<g><title>{escape(shown(title))}</title>{''.join(content)}</g>"


def _attributes(attributes: dict[str, float | str]) -> str:
    return "".join(
        f' {name.replace("_", "-")}="{escape(value) if isinstance(value, str) else number(value)}"'
        for name, value in attributes.items()
    )
