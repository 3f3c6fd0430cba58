"""Redaction of text with JSON in it: events of a server, lines of a log, a whole HTTP message."""

from __future__ import annotations

from otelhook.lazy_patterns import lazy
from otelhook.redaction.formats.json import redact_json
from otelhook.redaction.formats.text import hide_in_text
from otelhook.redaction.rules.policy import Redacted, Redactor
from otelhook.redaction.rules.prefilter import Look, may_hide, what_may_be

__all__ = ["look_closer", "redact_text"]

_OBJECT = lazy(r'\{\s{0,16}"[^"\\\r\n]{1,64}"\s{0,8}:')
"""Where an object of JSON begins."""
_MARK = lazy(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)|[{}]')


def redact_text(redactor: Redactor, text: str) -> Redacted[str]:
    """Hide the secrets of free text, and of each object of JSON in it by what is in the object.

    ``{"name": "DB_PASSWORD", "value": …}`` tells its secret to whoever reads it as JSON only.
    """
    return (
        look_closer(redactor, text, what_may_be(text)) if redactor.enabled else Redacted(text, ())
    )


def look_closer(redactor: Redactor, text: str, look: Look) -> Redacted[str]:
    """Do as `redact_text`, where what the text may hold is known: the look takes longest."""
    if not may_hide(redactor, text, look):
        return Redacted(text, ())
    places: list[str] = []
    shown = text
    if '"' in text and "{" in text:
        shown = _hide_in_objects(redactor, text, places)
    shown = hide_in_text(redactor, shown, places, look if shown is text else None)
    return Redacted(shown, tuple(dict.fromkeys(places)))


def _hide_in_objects(redactor: Redactor, text: str, places: list[str]) -> str:
    out: list[str] = []
    done = 0
    for match in _OBJECT.finditer(text):
        if match.start() < done:
            continue
        end = _end_of(text, match.start())
        shown = redact_json(redactor, text[match.start() : end])
        out += (text[done : match.start()], shown.value)
        places += shown.places
        done = end
    return "".join((*out, text[done:])) if out else text


def _end_of(text: str, start: int) -> int:
    """Return where an object ends, or the text if it does not."""
    depth = 0
    for mark in _MARK.finditer(text, start):
        if mark.group() == "{":
            depth += 1
        elif mark.group() == "}":
            depth -= 1
            if depth == 0:
                return mark.end()
    return len(text)
