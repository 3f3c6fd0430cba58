"""Links that were mailed: whoever has one may set a password or be let in."""

from __future__ import annotations

import re
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.entropy import has_entropy
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.policy import PSEUDONYM_BITS, Redactor

__all__ = ["WHY", "hide_in_links"]

WHY: Final = (
    "password|reset|verif|confirm|activat|invit|magic|recover|unsubscrib|one-?time|login|log-?in"
    "|sign-?in|sign-?up|onboard|enrol|accept|unlock"
)
_OF_CODE: Final = "(?:commits?|blob|tree|raw|blame|compare|releases?|archive)/"
"""Segments of a repository's addresses, which may be called after what it is about."""
_LINK: Final = lazy(
    rf"/[\w-]{{0,32}}(?i:{WHY})[\w-]{{0,32}}(?:/(?:(?!{_OF_CODE})[\w-]{{1,24}}/){{0,2}}(?!{_OF_CODE})"
    r"|/?\?(?:\w{1,16}=[^&\s\"'<>]{0,128}&(?:amp;)?){0,4}?(?:[tckhrxv]|tok|hash|link|auth)=)"
    r"(?P<link>[\w.~%=-]{16,512})(?=[/?&\#\s\"'<>;,)\\]|\Z)"
)
"""``/reset-password/…`` and ``/reset_password?t=…``."""


def hide_in_links(redactor: Redactor, text: str, places: list[str]) -> str:
    """Hide what opens an account in the path of a link, and append ``path`` to ``places``."""

    def stand_in(match: re.Match[str]) -> str:
        link = match["link"].rstrip(".")
        if not has_entropy(link, PSEUDONYM_BITS):
            return match.group()
        places.append("path")
        whole = match.group()
        start = match.start("link") - match.start()
        shown = redactor.stand_in(Sensitivity.TOKEN, link)
        return whole[:start] + shown + whole[start + len(link) :]

    return _LINK.sub(stand_in, text)
