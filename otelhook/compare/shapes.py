"""Shapes of texts: with marks where two runs differ anyway, so that what is left was chosen.

What a machine made up is told by its form: ids, times, addresses, serial numbers, tokens.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from otelhook.redaction.rules.markers import ANY_MARKER
from otelhook.sequence.values.path_patterns import MADE_UP

__all__ = ["MADE_UP_ID", "case_changes", "header_shape", "shape"]

MADE_UP_ID: Final = re.compile(
    rf"(?<![0-9A-Fa-f-])(?:{'|'.join(MADE_UP)})(?![0-9A-Fa-f-])|(?<=_)[0-9a-f]{{32}}(?![0-9a-f])"
    rf"|(?<=[A-Za-z]{{2}}-){MADE_UP[0]}(?![0-9A-Fa-f-])"
)
"""An id that nobody chose, within a text; behind a word too: ``AUTH_<id>``, ``req-<id>``."""

_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK: Final = r"\d\d:\d\d:\d\d"
_TIMES: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
    rf"|{_DAY},? \d\d?[ -]\w{{3}}[ -]\d{{2,4}} {_CLOCK}(?: GMT)?"
    rf"|{_DAY} \w{{3}} [ \d]\d {_CLOCK}(?: [A-Z]{{3,4}})? \d{{4}}"
    rf"|\d\d/\w{{3}}/\d{{4}}:{_CLOCK}(?: [+-]\d{{4}})?"
    r"|\d\d?/\d\d?/\d{4}(?:,? \d\d:\d\d(?::\d\d)?)?"
    rf"|(?<!\d)\d{{8}}T\d{{6}}Z|(?<![\w:.]){_CLOCK}(?:[.,]\d+)?(?![\w:])"
    r"|(?<![\w.])(?:1[4-9]|2[0-2])\d{8}(?:\d{3}){0,3}(?:\.\d+)?(?![\w.])"
)
"""ISO 8601 and its short form, RFC 9110's dates, C's, those of logs, times of day, and seconds,
milli-, micro- or nanoseconds since 1970.
"""

_TOOK: Final = re.compile(
    r"(?i)(?<![\d.])\d+\.\d{2,} ?(?:[mµun]?s|milliseconds?|sec(?:ond)?s?)\b|\bPT\d+\.\d+S\b"
    r"|(?<=took )\d+(?:\.\d+)? ?(?:[mµun]?s|milliseconds?|sec(?:ond)?s?)\b"
)
"""How long it took, as a clock says it; a limit that somebody chose has no hundredths."""

_ADDRESS: Final = re.compile(
    r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?![\w.])"
    r"|\bip(?:-\d{1,3}){4}\b|\b0x[0-9a-f]{6,16}\b"
)
_PORT: Final = re.compile(r"(?<=[A-Za-z0-9]):\d{2,5}(?=[/?\s\"',;)]|\Z)")

_SERIAL: Final = re.compile(
    r"(?<=[A-Za-z][-_ ])\d{5,}(?![\w.])|(?<=[A-Za-z])\d{8,}(?![\w.])"
    r"|(?<=[A-Za-z0-9][-_])0\d{3,}(?![\w.])|(?<=#)\d+(?![\w.])"
    r"|(?<=row contains \()\d+(?=,)|(?<=id\)=\()\d+(?=\))"
    r"|(?i:(?<![a-z])(?P<what>thread|worker|pid|process|connection|session|request|job|task|order"
    r"|invoice|ticket|id)(?P<by>: | = |[ :_=-])\d+(?![\w.]))"
)
"""A number that makes a name unique: ``worker 31094``, ``vm-1764467900``, ``Order #1017``; and a
row's, as PostgreSQL tells it: ``Failing row contains (5, ...)``, ``Key (id)=(5)``.
"""

_SHORT_ID: Final = re.compile(
    r"(?<=[a-z0-9]-)[b-df-hj-np-tv-xz2-9]{8,10}-[b-df-hj-np-tv-xz2-9]{5}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])(?=(?:[a-f]*[0-9]){2})(?=(?:[0-9]*[a-f]){2})[0-9a-f]{8,31}(?![0-9A-Za-z])"
    r"|(?<=/tmp)\w{8}(?!\w)"
)
"""Hex digits with letters among them, and what Kubernetes and tempfile add to a name."""

_PLACE: Final = re.compile(r"<?(?:[A-Z]+ )?(?:[a-z][a-z0-9+.-]*://[^/\s]|/)")
"""How a text begins that is a URL or a path: ``PUT http://host/d1/14``, ``</orders?page=2>``."""
_URL: Final = re.compile(r"(?<![a-z])https?://\S+")
_SEGMENT: Final = re.compile(r"(?<=/)\d+(?=[/?#>\s]|\Z)|(?<=[?&]id=)\d+(?=[&#>\s]|\Z)")
"""A number that names a thing in a path."""

_PROCESS: Final = re.compile(r"(?<= )\d+(?=\s|\Z)")
"""A number alone in a ``User-Agent``: a version stands behind a slash (RFC 9110, 10.1.5)."""

_WORD: Final = re.compile(r"[\w+=~-]{16,}", re.ASCII)
_CASE: Final = re.compile(r"[a-z0-9](?=[A-Z])|[A-Z0-9](?=[a-z])|[A-Za-z](?=[0-9])")
_CHANGES: Final = 6
"""So often a random text of 16 characters changes between capitals, small letters and digits."""


@lru_cache(65_536)
def shape(text: str) -> str:
    """Return the text with marks where two runs differ anyway; what is left was chosen."""
    if "‹" in text:
        text = ANY_MARKER.sub("{secret}", text)
    if not any(map(str.isdigit, text)):
        return text
    text = MADE_UP_ID.sub("{id}", _TOOK.sub("{duration}", _TIMES.sub("{time}", text)))
    if "/" in text:
        text = _without_segments(text)
    text = _SHORT_ID.sub("{id}", _PORT.sub(":{port}", _ADDRESS.sub("{address}", text)))
    return _WORD.sub(_random_or_not, _SERIAL.sub(_numbered, text))


def header_shape(name: str, value: str) -> str:
    """Return the shape of a header's value."""
    return shape(_PROCESS.sub("{number}", value) if name == "user-agent" else value)


def case_changes(text: str) -> bool:
    """Return whether a text changes between capitals, small letters and digits as a random one."""
    return len(_CASE.findall(text)) >= _CHANGES


def _without_segments(text: str) -> str:
    if _PLACE.match(text):
        return _SEGMENT.sub("{number}", text)
    if "://" in text:
        return _URL.sub(lambda found: _SEGMENT.sub("{number}", found.group()), text)
    return text


def _numbered(found: re.Match[str]) -> str:
    return f"{found['what'] or ''}{found['by'] or ''}{{number}}"


def _random_or_not(found: re.Match[str]) -> str:
    word = found.group()
    return "{id}" if case_changes(word) else word
