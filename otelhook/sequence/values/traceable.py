"""Which values are worth following from one message to the next.

A value is followed if it cannot be the same by chance: a token, a UUID, a digest, a long number,
an identifier with letters and digits mixed. Words, versions, dates, measures and host names are
everywhere and say nothing of where a message got them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from otelhook.lazy_patterns import lazy

__all__ = ["TOKEN_MARK", "TOKEN_PIECES", "is_measure", "is_token_name", "is_traceable", "spelled"]

TOKEN_MARK: Final = lazy(r"‹token:[0-9a-f]{16}›")
"""What redaction leaves of a token that a machine issued (`otelhook.redaction`): the same
for the same token, so that its way can be followed."""

_LONGEST: Final = 8192
"""Characters; the longest tokens (signed certificates, SAML) fit."""

_SHORTEST_NUMBER, _LONGEST_NUMBER = 6, 18
_SHORTEST_PIECE: Final = 8
_LONGEST_NAME: Final = 64
_CHANGES: Final = 3
"""So often letters and digits alternate at least in what a machine made up."""

_FORM: Final = lazy(r"[\w.~+/=:%$@!,;-]+", re.ASCII)
_IDENTIFIER: Final = lazy(
    r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|https?://[^/?#]+/[^/].*"
)
"""A UUID, or an address with a path: hosts alone are everywhere."""

_COMMON: Final = lazy(
    r"""
    \d{4}-\d\d-\d\d(?:T.*)? | \d{8}T?\d{0,6}Z?                       # dates
  | v?\d+\.\d+(?:[.+~-].*)?                                          # versions
  | [a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)? | [a-z0-9.-]+:\d+           # hosts
  | [0-9A-Fa-f.]*(?::[0-9A-Fa-f.]*){2,7}                             # IPv6 and MAC addresses
  | [^@]+@[^@]+                                                      # mail addresses
  | (?:application|audio|font|image|message|model|multipart|text|video)/.*  # media types
    """,
    re.VERBOSE,
)
_EPOCH: Final = lazy(r"(?:1[4-9]|20)\d{8}(?:\d{3}){0,2}")
"""Seconds since 1970 between 2014 and 2036, or milliseconds or microseconds."""

_DATE: Final = lazy(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{6})?")
_PIECES: Final = lazy(r"[^0-9A-Za-z]+")
_CHANGE: Final = lazy(r"[0-9](?=[A-Za-z])|[A-Za-z](?=[0-9])")
_HEX: Final = lazy(r"(?:[0-9a-f]+|[0-9A-F]+)")
_NUMBERED: Final = lazy(r"[A-Za-z]{1,12}[-_:][0-9]{6,18}")

_MEASURE: Final = lazy(
    r"(?:.*_)?(?:size|length|bytes|count|total|offset|limit|used|free|quota|ram|memory|disk|swap"
    r"|duration|elapsed|latency|seconds|time|timestamp|date|at|ttl|age|expires|expires_in|created"
    r"|updated|modified|issued|port|pid|line|version|revision|amount|price)"
)
_TOKEN_NAME: Final = lazy(
    r"(?:.*[_-])?(?:tokens?|authorization|jwt|cookies?|session(?:[_-]?id)?"
    r"|(?:api|auth|access)[_-]?keys?)"
)
TOKEN_PIECES: Final = ("token", "authorization", "jwt", "cookie", "session", "key")
"""A token's name, spelled in lower case, has one of them."""

_HUMP: Final = lazy(r"(?<=[a-z0-9])(?=[A-Z])")


def is_traceable(text: str) -> bool:
    """Return whether a value is the same in two messages only because one got it from the other."""
    if not _SHORTEST_NUMBER <= len(text) <= _LONGEST or text.isalpha():
        return False
    if text[0] == "‹":
        return TOKEN_MARK.fullmatch(text) is not None
    if text.isdecimal():
        return _is_number(text)
    if not _FORM.fullmatch(text):
        return False
    return _IDENTIFIER.fullmatch(text) is not None or _is_identifier(text)


def _is_identifier(text: str) -> bool:
    if _COMMON.fullmatch(text):
        return False
    if _NUMBERED.fullmatch(text):
        return _is_number(_PIECES.split(text)[-1])
    return any(map(_is_made_up, _PIECES.split(text)))


def _is_number(digits: str) -> bool:
    if not _SHORTEST_NUMBER <= len(digits) <= _LONGEST_NUMBER or digits.endswith("000"):
        return False
    return not _EPOCH.fullmatch(digits) and not _DATE.fullmatch(digits)


def _is_made_up(piece: str) -> bool:
    if len(piece) < _SHORTEST_PIECE or piece.isalpha() or piece.isdecimal():
        return False
    if _HEX.fullmatch(piece):
        return True
    return any(number >= _CHANGES for number, _ in enumerate(_CHANGE.finditer(piece), 1))


def is_measure(name: str) -> bool:
    """Return whether a number of this name counts or measures something, or tells a time."""
    return _is_measure(name[-_LONGEST_NAME:])


def is_token_name(name: str) -> bool:
    """Return whether what has this name (a header, a key) is a token that somebody issues."""
    return _is_token_name(name[-_LONGEST_NAME:])


@lru_cache(4096)
def _is_measure(name: str) -> bool:
    return _MEASURE.fullmatch(spelled(name)) is not None


@lru_cache(4096)
def _is_token_name(name: str) -> bool:
    return _TOKEN_NAME.fullmatch(spelled(name)) is not None


def spelled(name: str) -> str:
    """Return a name's end in lower case, ``imageRef`` as ``image_ref``."""
    return _HUMP.sub("_", name[-_LONGEST_NAME:]).lower()
