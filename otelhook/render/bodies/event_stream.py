"""Server-sent events, a row each (https://html.spec.whatwg.org/#event-stream-interpretation)."""

from __future__ import annotations

import re
from typing import Final

from otelhook.render.bodies.view import Content, Shown

__all__ = ["event_stream"]

_ROWS: Final = 500
_FIELDS: Final = ("event", "id", "data")
_UNSAID: Final = {"event": "message"}
"""What an event is called that does not say it; told beside others that do."""
_LINE: Final = re.compile(r"\r\n|\n|\r")


def event_stream(content: Content) -> Shown | None:
    """Return the events' data, and names and ids where any has one; the text stays as it came."""
    text = content.text
    if text is None or content.media_type != "text/event-stream":
        return None
    rows: list[tuple[str, ...]] = []
    event: dict[str, list[str]] = {}
    for line in [*_LINE.split(text), ""]:
        if line:
            name, _, value = line.partition(":")
            event.setdefault(name, []).append(value.removeprefix(" "))
        elif event:
            rows.append(tuple("\n".join(event.get(name, ())) for name in _FIELDS))
            event = {}
            if len(rows) >= _ROWS:
                break
    told = [at for at, name in enumerate(_FIELDS) if name == "data" or any(row[at] for row in rows)]
    head = tuple(_FIELDS[at] for at in told)
    cells = tuple(tuple(row[at] or _UNSAID.get(_FIELDS[at], "") for at in told) for row in rows)
    return Shown("text", text, head, cells, name="events")
