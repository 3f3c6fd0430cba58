"""Credentials that were left in a document: Basic, Bearer, and what URLs have before the host."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from otelhook.scan.words import HARMLESS, ISSUED

__all__ = ["credentials", "users"]


_USERINFO: Final = re.compile(r"://[^\s/?#\"'<>\\@:‹]{0,256}:(?P<value>[^\s/?#\"'<>\\@]{1,256})@")
_BASIC: Final = re.compile(r"(?i:\bbasic) (?P<value>[A-Za-z0-9+/=_-]{6,})", re.ASCII)
_BEARER: Final = re.compile(r"(?i:\bbearer) (?P<value>[\w.~+/=-]{8,})", re.ASCII)

_LONE_USER: Final = re.compile(r"://(?P<value>(?=[^\s/@]{0,64}[0-9])[\w.~-]{20,256})@", re.ASCII)


def credentials(text: str) -> Iterator[str]:
    """Yield what a scheme of authentication is followed by."""
    lower = text.lower()
    if "basic " in lower and any(_is_basic(match["value"]) for match in _BASIC.finditer(text)):
        yield "Basic credentials"
    if "bearer " in lower and any(
        ISSUED.fullmatch(match["value"]) for match in _BEARER.finditer(text)
    ):
        yield "Bearer token"


def users(text: str) -> Iterator[str]:
    """Yield what URLs have before the host, as it was written: ``%2F`` in it ends nothing."""
    if "://" not in text or "@" not in text:
        if "%3A//" in text or "%3a//" in text or "%40" in text:
            yield from users(unquote(text))
        return
    if any(not HARMLESS.fullmatch(match["value"]) for match in _USERINFO.finditer(text)):
        yield "password in a URL"
    if any(ISSUED.fullmatch(match["value"]) for match in _LONE_USER.finditer(text)):
        yield "token in a URL"


def _is_basic(value: str) -> bool:
    """Return whether this is RFC 7617's base64 of ``user:password``, and no word of prose."""
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except ValueError:
        return False
    return b":" in decoded
