"""JSON, laid out."""

from __future__ import annotations

from otelhook.render.bodies.json_layout import laid_out
from otelhook.render.bodies.view import Content, Shown

__all__ = ["json_text"]


def json_text(content: Content) -> Shown | None:
    """Return JSON over several lines, whatever it is called; what was cut stays as it came."""
    text = content.value
    if not isinstance(text, str):
        return None
    is_called_so = "json" in content.media_type
    if (is_called_so or text.lstrip()[:1] in ("{", "[")) and not content.truncated:
        pretty = laid_out(text)
        if pretty is not None:
            return Shown("json", pretty, name="JSON")
    return Shown("json", text) if is_called_so else None
