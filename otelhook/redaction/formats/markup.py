"""Redaction of XML and HTML: elements, attributes, and what one attribute or element names.

The text is searched, not parsed, so that it may be cut or broken, and all but the hidden values
stays as it was written.
"""

from __future__ import annotations

import re

from otelhook.redaction.formats.text import hide_in_text
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.policy import Redacted, Redactor
from otelhook.redaction.rules.prefilter import worth_a_look

__all__ = ["redact_markup"]

_ELEMENT = re.compile(
    r"<(?P<name>[A-Za-z_][\w.:-]{0,63})(?:\s[^<>]{0,512})?>"
    r"(?P<value>\s{0,64}<!\[CDATA\[.*?(?=\]\]>|\Z)|[^<>]+(?=<(?:/|\Z)|\Z))",
    re.DOTALL,
)
_CDATA = re.compile(r"\s*<!\[CDATA\[")
_TAG = re.compile(r"<[A-Za-z][^<>]{0,2048}(?:>|\Z)")
_LABEL = re.compile(r"""\s(?i:name|key|id)\s{0,4}=\s{0,4}["']([\w.:-]{1,64})["']""")
_VALUE = re.compile(r"""\s(?i:value|content)\s{0,4}=\s{0,4}(?P<quote>["'])(?P<value>[^"'<>]+)""")
_COUPLE = re.compile(
    r"<(?P<tag>(?i:name|key))>\s{0,64}(?P<name>[\w.:-]{1,64})\s{0,64}</(?P=tag)>\s{0,64}"
    r"<(?i:value|string)>(?P<value>[^<>]+)(?=<(?:/|\Z)|\Z)"
)


def redact_markup(redactor: Redactor, text: str) -> Redacted[str]:
    """Hide ``<password>…</password>``, secret attributes, and values beside a secret name."""
    if not worth_a_look(redactor, text):
        return Redacted(text, ())
    places: list[str] = []

    def hide(match: re.Match[str], name: str, value: str, start: int) -> str:
        sensitivity = redactor.names.sensitivity(name.rpartition(":")[2])
        if sensitivity is Sensitivity.NONE or not redactor.hides(sensitivity, value.strip()):
            return match.group()
        places.append(name.rpartition(":")[2])
        at = start - match.start()
        whole = match.group()
        return whole[:at] + redactor.stand_in(sensitivity, value) + whole[at + len(value) :]

    def element(match: re.Match[str]) -> str:
        opened = _CDATA.match(match["value"])
        at = opened.end() if opened else 0
        return hide(match, match["name"], match["value"][at:], match.start("value") + at)

    def couple(match: re.Match[str]) -> str:
        return hide(match, match["name"], match["value"], match.start("value"))

    def tag(match: re.Match[str]) -> str:
        label = _LABEL.search(match.group())
        value = _VALUE.search(match.group()) if label else None
        if label is None or value is None:
            return match.group()
        return hide(match, label[1], value["value"], match.start() + value.start("value"))

    text = _ELEMENT.sub(element, text)
    text = _TAG.sub(tag, _COUPLE.sub(couple, text))
    return Redacted(hide_in_text(redactor, text, places), tuple(dict.fromkeys(places)))
