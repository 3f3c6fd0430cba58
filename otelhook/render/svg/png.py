"""The diagram as a PNG picture, through resvg (the optional extra ``otelhook[png]``).

Pixels need memory: a picture has up to `STEP_LIMIT` steps, the rest is said in its last line and
drawn by `png_parts`. resvg takes the machine's own fonts; the letters of a script that no font
there has are drawn as boxes.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from otelhook.errors import ConfigError
from otelhook.render.svg.picture import render_svg, svg_parts
from otelhook.sequence.document import Document

__all__ = ["STEP_LIMIT", "png_parts", "render_png"]

STEP_LIMIT = 800
"""Steps of one picture: about 30,000 px of height, which common viewers can open."""

_SHARP_STEPS = 200
"""Up to this many steps a picture has two pixels for one, for dense screens."""


def render_png(document: Document) -> bytes:
    """Return one picture of the document, or of its first `STEP_LIMIT` steps.

    Raises:
        ConfigError: resvg_py is not installed.
    """
    return _pixels(render_svg(document, STEP_LIMIT), len(document.steps))


def png_parts(document: Document, steps_per_part: int = 100) -> tuple[bytes, ...]:
    """Return the whole document as pictures; see `svg_parts` for where it is divided.

    Raises:
        ConfigError: resvg_py is not installed.
    """
    return tuple(_pixels(svg, steps_per_part) for svg in svg_parts(document, steps_per_part))


def _pixels(svg: str, steps: int) -> bytes:
    try:
        resvg: Any = import_module("resvg_py")
    except ImportError:
        message = "PNG needs the optional package resvg_py: pip install resvg_py"
        raise ConfigError(message) from None
    drawn = resvg.svg_to_bytes(
        svg_string=svg,
        zoom=2.0 if steps <= _SHARP_STEPS else 1.0,
        font_family="DejaVu Sans",
        sans_serif_family="DejaVu Sans",
        monospace_family="DejaVu Sans Mono",
    )
    return bytes(drawn)
