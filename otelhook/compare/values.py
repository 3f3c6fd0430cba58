"""Values by their role: which two texts say the same in two runs, though they differ.

Ids, tokens, times, ports and addresses are others in every run. A text's shape has a mark in their
place, and a value that only a machine makes up may stand for another one of its kind. What only a
name tells (a key that ends in ``_at``, a header with the id of a request) is in
`otelhook.sequence.transforms.volatile`, as for loops.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from otelhook.redaction.rules.markers import ANY_MARKER
from otelhook.sequence.transforms.volatile import VOLATILE_HEADERS, VOLATILE_KEYS
from otelhook.sequence.values.path_patterns import MADE_UP
from otelhook.sequence.values.traceable import TOKEN_MARK, is_traceable

__all__ = ["MADE_UP_ID", "header_shape", "is_volatile", "same_header", "same_value", "shape"]

MADE_UP_ID: Final = re.compile(
    rf"(?<![0-9A-Fa-f-])(?:{'|'.join(MADE_UP)})(?![0-9A-Fa-f-])|(?<=_)[0-9a-f]{{32}}(?![0-9a-f])"
)
"""An id that nobody chose, within a text; behind an underscore too, as in ``AUTH_<id>``."""

_TIMES: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? \d\d?[ -]\w{3}[ -]\d{2,4} \d\d:\d\d:\d\d(?: GMT)?"
    r"|(?<![\w.])(?:1[4-9]|2[0-2])\d{8}(?:\d{3}){0,3}(?:\.\d+)?(?![\w.])"
)
"""ISO 8601, RFC 9110's dates, and seconds, milli-, micro- or nanoseconds since 1970."""


_ADDRESS: Final = re.compile(
    r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?![\w.])"
)
_PORT: Final = re.compile(r"(?<=[A-Za-z0-9]):\d{2,5}(?=[/?\s\"',;)]|\Z)")
_SERIAL: Final = re.compile(r"(?<=[A-Za-z][-_ ])\d{5,}(?![\w.])|(?<=[A-Za-z])\d{8,}(?![\w.])")
"""The number of a process, or one that makes a name unique: ``worker 31094``, ``vm-1764467900``."""

_PLACE: Final = re.compile(r"<?(?:[A-Z]+ )?(?:[a-z][a-z0-9+.-]*://[^/\s]|/)")
"""How a text begins that is a URL or a path: ``PUT http://host/d1/14``, ``</orders?page=2>``."""
_SEGMENT: Final = re.compile(r"(?<=/)\d+(?=[/?#>\s]|\Z)")
"""A number that names a thing in a path."""

_PROCESS: Final = re.compile(r"(?<= )\d+(?=\s|\Z)")
"""A number alone in a ``User-Agent``: a version stands behind a slash (RFC 9110, 10.1.5)."""

_OPAQUE: Final = re.compile(r"[\w+/=.~-]{16,}", re.ASCII)
_CASE: Final = re.compile(r"[a-z0-9](?=[A-Z])|[A-Z0-9](?=[a-z])|[A-Za-z](?=[0-9])")
_CHANGES: Final = 6
"""So often a random text of 16 characters changes between capitals, small letters and digits."""

_NUMBER: Final = re.compile(r"\d{1,18}")
_ID_NAME: Final = re.compile(
    r"(?i)(?:.*[_.-])?(?:ids?|uuids?|guids?|refs?|keys?|pk|pid|port|seq|nonce|offset|partition)"
    r"|.*(?:Id|Key|Ref)s?"
)


@lru_cache(65_536)
def shape(text: str) -> str:
    """Return the text with marks where two runs differ anyway; what is left was chosen."""
    if "‹" in text:
        text = ANY_MARKER.sub("{secret}", text)
    if not any(map(str.isdigit, text)):
        return text
    text = MADE_UP_ID.sub("{id}", _TIMES.sub("{time}", text))
    if "/" in text and _PLACE.match(text):
        text = _SEGMENT.sub("{number}", text)
    return _SERIAL.sub("{number}", _PORT.sub(":{port}", _ADDRESS.sub("{address}", text)))


@lru_cache(65_536)
def _is_opaque(text: str) -> bool:
    """Return whether a machine made up all of a text, so that another one can stand for it."""
    if TOKEN_MARK.fullmatch(text) or MADE_UP_ID.fullmatch(text):
        return True
    if _OPAQUE.fullmatch(text) is None:
        return False
    return is_traceable(text) or len(_CASE.findall(text)) >= _CHANGES


@lru_cache(16_384)
def is_volatile(name: str) -> bool:
    """Return whether what has this name in a body differs in every run; ``name`` is a key."""
    return VOLATILE_KEYS.fullmatch(name) is not None


def same_value(name: str, first: str, second: str) -> bool:
    """Return whether two texts at one place of a body say the same.

    Args:
        name: the key that they stand under; empty if there is none.
        first: the one run's.
        second: the other's.
    """
    if first == second or is_volatile(name) or shape(first) == shape(second):
        return True
    if _NUMBER.fullmatch(first) and _NUMBER.fullmatch(second):
        return _ID_NAME.fullmatch(name) is not None
    known, other = _is_opaque(first), _is_opaque(second)
    return (known and other) or ((known or other) and len(first) == len(second))


def same_header(name: str, first: str, second: str) -> bool:
    """Return whether two values of a header say the same; the order of a list says nothing."""
    if VOLATILE_HEADERS.fullmatch(name) or same_value(name, first, second):
        return True
    shapes = header_shape(name, first), header_shape(name, second)
    return shapes[0] == shapes[1] or ("," in first and _parts(shapes[0]) == _parts(shapes[1]))


def header_shape(name: str, value: str) -> str:
    """Return the shape of a header's value."""
    return shape(_PROCESS.sub("{number}", value) if name == "user-agent" else value)


def _parts(value: str) -> list[str]:
    return sorted(part.strip() for part in value.split(","))
