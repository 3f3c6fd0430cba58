"""A form's fields (https://url.spec.whatwg.org/#application/x-www-form-urlencoded)."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from otelhook.render.bodies.view import Content, Shown
from otelhook.render.shared.plain import one_line

__all__ = ["form"]

_FIELDS: Final = 1_000
"""More of them are shown as they came."""


def form(content: Content) -> Shown | None:
    """Return a table of names and values, in their order."""
    text = content.text
    if text is None or content.media_type != "application/x-www-form-urlencoded":
        return None
    pairs = parse_qsl(text.strip(), keep_blank_values=True, max_num_fields=_FIELDS)
    if not pairs:
        return None
    wide = min(24, max(len(one_line(name)) for name, _ in pairs))
    lines = [f"{one_line(name):<{wide}} = {value}" for name, value in pairs]
    return Shown("text", "\n".join(lines), ("name", "value"), tuple(pairs), name="form")
