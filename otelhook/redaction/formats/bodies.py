"""Redaction of a message's body, by what it looks like and by its content type."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from otelhook.lazy_patterns import lazy
from otelhook.redaction.formats.fragments import redact_fragments
from otelhook.redaction.formats.json import redact_json
from otelhook.redaction.formats.markup import redact_markup
from otelhook.redaction.formats.text import hide_in_text
from otelhook.redaction.formats.urls import redact_query
from otelhook.redaction.rules.policy import Redacted, Redactor

__all__ = ["redact_body", "redact_bytes"]

_BOUNDARY = lazy(r"""boundary="?([^";,\s]{1,70})""", re.IGNORECASE)
_FIELD = lazy(r"""\bname="?([^";\r\n]{1,128})""", re.IGNORECASE)
_PART_TYPE = lazy(r"^content-type:[ \t]*([^\r\n]{1,128})", re.IGNORECASE | re.MULTILINE)
_PART = lazy(r"(?P<head>.*?\r?\n\r?\n)(?P<content>.*?)(?P<tail>\r?\n)?\Z", re.DOTALL)
_DEEPEST_PART = 3
_Rule = Callable[[Redactor, str], Redacted[str]]
_HEAD = 512
_FORM = "application/x-www-form-urlencoded"
_SURE_FORM = lazy(r"[\w.%+*-]{1,128}=[^\s&=<>{}\"‹]*(?:&|\Z)")
"""The first pair of a form, as most begin; a marker stands where anything may have been."""
_ALL_FORM = lazy(
    r"[\w.%+\[\]*-]{1,128}=[^\s&]*(?:&[\w.%+\[\]*-]{1,128}(?:=[^\s&]*)?){1,4096}\s{0,4}"
)
"""``a=1&b=2``, under whatever type."""
_FIRST_LINE = lazy(r"--([^\r\n]{1,70}?)(?:--)?\r?\n(?i:content-)")
"""A part of a multipart body whose boundary nobody named."""
_SECTION = lazy(r"\[[A-Za-z_][\w .:/\"'-]{0,80}\]\s{0,8}(?:[\r\n#;]|\Z)")
"""``[client]``: a file of settings, and no list of JSON."""


def redact_body(redactor: Redactor, text: str, content_type: str = "") -> Redacted[str]:
    """Hide the secrets of a body's text, whole or cut.

    Args:
        redactor: the rules.
        text: the body, decoded.
        content_type: as the header has it, parameters included; empty if there is none.

    Returns:
        The text with only the secret leaves changed; the places are dotted keys, or names.
    """
    if not redactor.enabled or not text:
        return Redacted(text, ())
    return _by_type(redactor, text, content_type, 0)


def redact_bytes(redactor: Redactor, content: bytes, content_type: str = "") -> Redacted[bytes]:
    """Hide the secrets of a body that is not text in a known charset, byte for byte elsewhere."""
    text = content.decode("utf-8", "surrogateescape")
    shown = redact_body(redactor, text, content_type)
    if shown.value is text:
        return Redacted(content, shown.places)
    return Redacted(shown.value.encode("utf-8", "surrogateescape"), shown.places)


@lru_cache(maxsize=256)
def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _by_type(redactor: Redactor, text: str, content_type: str, depth: int) -> Redacted[str]:
    """Hide by what the text looks like, and only then by what it says it is.

    ``curl -d`` and ``urllib.request`` call JSON a form, frameworks call anything text.
    """
    media = _media_type(content_type)
    if media == _FORM and _SURE_FORM.match(text):
        return redact_query(redactor, text)
    start = text[:_HEAD].lstrip("\ufeff \t\r\n")
    boundary = _boundary(text, start, content_type) if depth < _DEEPEST_PART else None
    if boundary is not None:
        return _multipart(redactor, text, boundary, depth)
    rule = _rule(start, media)
    if rule is None and (_ALL_FORM.fullmatch(text) or (media == _FORM and "&" in text)):
        rule = redact_query
    if rule is None:
        rule = redact_markup if "xml" in media or "html" in media else redact_fragments
    return rule(redactor, text)


def _boundary(text: str, start: str, content_type: str) -> str | None:
    """Return what divides the parts of a multipart body, declared or not; None if it is none."""
    if start[:2] != "--":
        return None
    declared = _BOUNDARY.search(content_type)
    if declared and declared[1] in text:
        return declared[1]
    first = _FIRST_LINE.match(start)
    return None if first is None else first[1]


def _rule(start: str, media: str) -> _Rule | None:
    """Return the rule for a body that begins so; None if its beginning says nothing."""
    first = start[:1]
    if first == "{" or (first == "[" and not _SECTION.match(start)):
        return redact_json
    if first == "<":
        return redact_markup
    return redact_json if first == '"' and "json" in media else None


def _multipart(redactor: Redactor, text: str, boundary: str, depth: int) -> Redacted[str]:
    """Look at each part (RFC 7578) by its field's name and its own content type."""
    places: list[str] = []
    parts = text.split(f"--{boundary}")
    for index, part in enumerate(parts):
        match = _PART.fullmatch(part)
        if match is None:
            parts[index] = hide_in_text(redactor, part, places)
            continue
        field = _FIELD.search(match["head"])
        name = field[1] if field else ""
        content = match["content"]
        sensitivity = redactor.names.sensitivity_in_query(name)
        if redactor.hides(sensitivity, content, name, text):
            shown = redactor.stand_in(sensitivity, content)
            places.append(name)
        else:
            own = _PART_TYPE.search(match["head"])
            found = _by_type(redactor, content, own[1] if own else "", depth + 1)
            shown = found.value
            places += [f"{name}.{place}" if name else place for place in found.places]
        parts[index] = f"{match['head']}{shown}{match['tail'] or ''}"
    return Redacted(f"--{boundary}".join(parts), tuple(dict.fromkeys(places)))
