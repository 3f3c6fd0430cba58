"""Redaction of cookies, as browsers send them and as servers set them (RFC 6265)."""

from __future__ import annotations

from urllib.parse import unquote

from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.other_meanings import is_choice
from otelhook.redaction.rules.policy import Redacted, Redactor

__all__ = ["redact_cookies", "redact_set_cookie"]


def redact_cookies(redactor: Redactor, line: str) -> Redacted[str]:
    """Hide the values of a ``Cookie`` line, but for what people chose (``theme=dark``)."""
    if not redactor.enabled:
        return Redacted(line, ())
    places: list[str] = []
    parts = [_cookie(redactor, part, places) for part in line.split(";")]
    return Redacted(";".join(parts), tuple(dict.fromkeys(places)))


def redact_set_cookie(redactor: Redactor, line: str) -> Redacted[str]:
    """Hide the value of a ``Set-Cookie`` line; its name and attributes stay."""
    if not redactor.enabled:
        return Redacted(line, ())
    places: list[str] = []
    pair, semicolon, attributes = line.partition(";")
    return Redacted(_cookie(redactor, pair, places) + semicolon + attributes, tuple(places))


def _cookie(redactor: Redactor, pair: str, places: list[str]) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    bare = value.strip().strip('"')
    if not redactor.hides(Sensitivity.TOKEN, bare):
        return pair
    if is_choice(unquote(bare)) and not _is_secret(redactor, name.strip()):
        return pair
    places.append(name.strip())
    blank = value[: len(value) - len(value.lstrip())]
    return f"{name}{equals}{blank}{redactor.stand_in(Sensitivity.TOKEN, bare)}"


def _is_secret(redactor: Redactor, name: str) -> bool:
    """Return whether a cookie's value is secret whatever it looks like; without a name it is."""
    return not name or redactor.names.sensitivity_in_query(name) is not Sensitivity.NONE
