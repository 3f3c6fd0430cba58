"""Server-sent events, a row each (https://html.spec.whatwg.org/#event-stream-interpretation)."""

from __future__ import annotations

import re
from typing import Final

from otelhook.render.bodies.view import Content, Shown

__all__ = ["event_stream"]

_ROWS: Final = 500
_LINE: Final = re.compile(r"\r\n|\n|\r")


def event_stream(content: Content) -> Shown | None:
    """Return the events with their names, ids and data; the text stays as it came."""
    text = content.text
    if text is None or content.media_type != "text/event-stream":
        return None
    rows: list[tuple[str, str, str]] = []
    event: dict[str, list[str]] = {}
    for line in [*_LINE.split(text), ""]:
        if line:
            name, _, value = line.partition(":")
            event.setdefault(name, []).append(value.removeprefix(" "))
        elif event:
            said = ["\n".join(event.get(name, ())) for name in ("event", "id", "data")]
            rows.append((said[0] or "message", said[1], said[2]))
            event = {}
            if len(rows) >= _ROWS:
                break
    return Shown("text", text, ("event", "id", "data"), tuple(rows), name="events")
