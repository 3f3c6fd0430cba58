"""Stack traces as text, so that a highlighter knows them."""

from __future__ import annotations

import re
from typing import Final

from otelhook.render.bodies.view import Content, Shown

__all__ = ["stack_trace"]

_JAVA: Final = re.compile(r"^\s+at [\w.$<>/]+\([^()\n]{0,200}\)\s*$", re.MULTILINE)


def stack_trace(content: Content) -> Shown | None:
    """Return Python's and Java's traces in their highlighters' languages."""
    text = content.text
    if text is None or content.media_type not in ("", "text/plain"):
        return None
    if "Traceback (most recent call last):" in text:
        return Shown("pytb", text, name="stack trace")
    return Shown("java", text, name="stack trace") if _JAVA.search(text) else None
