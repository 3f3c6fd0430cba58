"""Redaction of text with XML or HTML in it: a page in a log, an answer after a line of words."""

from __future__ import annotations

from otelhook.lazy_patterns import lazy
from otelhook.redaction.formats.markup import hide_in_markup
from otelhook.redaction.formats.mixed import look_closer
from otelhook.redaction.rules.policy import Redacted, Redactor
from otelhook.redaction.rules.prefilter import may_hide, what_may_be

__all__ = ["redact_fragments"]

_OPEN = lazy(r"<(?P<name>[A-Za-z_][\w.:-]{0,63})(?:\s[^<>]{0,1024})?>")
_CLOSE = lazy(r"</(?P<name>[A-Za-z_][\w.:-]{0,63})\s{0,16}>")
_FIELD = lazy(r"<(?:input|meta)\s[^<>]{1,1024}>", 2)


def redact_fragments(redactor: Redactor, text: str) -> Redacted[str]:
    """Hide the secrets of free text, and of each whole element in it by what is in the element."""
    if not redactor.enabled:
        return Redacted(text, ())
    places: list[str] = []
    look, whole = what_may_be(text), text
    if "<" in text and ">" in text and may_hide(redactor, text, look):
        text = _hide_in_elements(redactor, text, places)
    shown = look_closer(redactor, text, look if text is whole else what_may_be(text))
    return Redacted(shown.value, tuple(dict.fromkeys((*places, *shown.places))))


def _hide_in_elements(redactor: Redactor, text: str, places: list[str]) -> str:
    closed = {match["name"]: match.end() for match in _CLOSE.finditer(text)}
    out: list[str] = []
    done = 0
    for match in _OPEN.finditer(text):
        if match.start() < done:
            continue
        end = closed.get(match["name"], 0)
        if end < match.end() and _FIELD.fullmatch(match.group()):
            end = match.end()
        if end >= match.end():
            out += (
                text[done : match.start()],
                hide_in_markup(redactor, text[match.start() : end], places),
            )
            done = end
    return "".join((*out, text[done:])) if out else text
