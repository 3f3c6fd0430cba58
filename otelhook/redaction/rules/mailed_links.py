"""Paths that let somebody in: links that were mailed, codes that were sent, logins of streams."""

from __future__ import annotations

import re
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.entropy import has_entropy
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.policy import PSEUDONYM_BITS, Redactor

__all__ = ["MEDIA", "WHY", "hide_in_links"]

WHY: Final = (
    "password|reset|verif|confirm|activat|invit|magic|recover|unsubscrib|one-?time|login|log-?in"
    "|sign-?in|sign-?up|onboard|enrol|accept|unlock"
)
MEDIA: Final = (".ts", ".m3u8", ".mkv", ".mp4", ".avi", ".mpd")
"""How the path of a stream ends."""
_OF_CODE: Final = "(?:commits?|blob|tree|raw|blame|compare|releases?|archive)/"
"""Segments of a repository's addresses, which may be called after what it is about."""
_LINK: Final = lazy(
    rf"/[\w-]{{0,32}}(?i:{WHY})[\w-]{{0,32}}(?:/(?:(?!{_OF_CODE})[\w-]{{1,24}}/){{0,2}}(?!{_OF_CODE})"
    r"|/?\?(?:\w{1,16}=[^&\s\"'<>]{0,128}&(?:amp;)?){0,4}?(?:[tckhrxv]|tok|hash|link|auth)=)"
    r"(?P<link>[\w.~%=-]{16,512})(?=[/?&\#\s\"'<>;,)\\]|\Z)"
)
"""``/reset-password/…`` and ``/reset_password?t=…``."""
_END: Final = r"(?=[/?&\#\s\"'<>;,)\\]|\Z)"
_SENT: Final = lazy(
    r"/(?i:[a-z]{0,8}-?(?:otp|passcode|one-?time-?code)s?/(?:(?:verify|check|validate|confirm)/)?)"
    rf"(?P<code>\d{{4,8}}){_END}"
    r"|(?:(?<!s)|(?<=users)|(?<=accounts))"
    r"/(?i:(?:verify|verification|confirm|confirmation|activate|activation|sign-?in|login)"
    rf"(?:[/-](?:code|otp|email|phone|sms))?/)(?P<sent>\d{{6}}){_END}",
)
"""``/verify/753752/confirm`` and ``/otp/7537``; after a name of many (``/orders/confirm/753752``)
the id of one stands."""
_STREAM: Final = lazy(
    r"/(?:live|movie|series|timeshift)/[^/\s?#\"'<>]{1,64}/"
    r"(?=[^/\s]{0,63}\d)(?=[^/\s]{0,63}[A-Za-z])(?![A-Za-z]{1,16}[-_]?\d{1,4}/|\d{1,4}[A-Za-z]/)"
    r"(?P<password>[^/\s?#\"'<>‹]{4,64})/(?:\d{1,6}/[\d:-]{4,20}/)?\d{1,10}"
    rf"(?:{'|'.join(map(re.escape, MEDIA))})(?!\w)"
)
"""``/live/USER/PASSWORD/123.ts``, and no season or resolution."""


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

    def stand_in_for_human(match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        places.append("path")
        whole, (start, end) = match.group(), match.span(kind)
        shown = redactor.stand_in(Sensitivity.HUMAN, match[kind])
        return whole[: start - match.start()] + shown + whole[end - match.start() :]

    text = _LINK.sub(stand_in, text)
    return _STREAM.sub(stand_in_for_human, _SENT.sub(stand_in_for_human, text))
