"""Redaction of HTTP header lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import Enum
from functools import lru_cache
from http import HTTPStatus

from otelhook.lazy_patterns import lazy
from otelhook.redaction.formats.cookies import redact_cookies, redact_set_cookie
from otelhook.redaction.formats.mixed import redact_text
from otelhook.redaction.formats.urls import redact_url
from otelhook.redaction.rules.names import Names, Sensitivity
from otelhook.redaction.rules.policy import MARKER, Redacted, Redactor, is_marker
from otelhook.redaction.rules.prefilter import worth_a_look

__all__ = [
    "FREE_OF_SECRETS",
    "LookAt",
    "look_at",
    "redact_header",
    "redact_headers",
    "redact_reason",
]

_URLS = frozenset({"location", "content-location", "referer", "origin", "x-original-url"})
FREE_OF_SECRETS = frozenset(
    {
        *("accept", "accept-encoding", "accept-language", "accept-ranges", "age", "allow"),
        *("cache-control", "connection", "content-encoding", "content-language"),
        *("content-length", "content-range", "date", "etag", "expires", "host"),
        *("keep-alive", "last-modified", "range", "server", "traceparent", "tracestate"),
        *("transfer-encoding", "vary", "x-openstack-request-id", "x-trans-id"),
    }
)
"""Headers, lower case, whose values are never looked at: no secret has a place there."""

_PHRASES = frozenset(status.phrase for status in HTTPStatus)
_SCHEME = lazy(r"(?P<scheme>[A-Za-z][\w-]{1,31}) +(?P<rest>\S.*)", re.DOTALL)
_NO_PSEUDONYM = frozenset({"basic", "digest", "ntlm"})
_LONG_RUN = lazy(r"(?<!‹token:)[A-Za-z0-9+/_-]{16,}={0,2}")


class LookAt(Enum):
    """Which values of a header may have secrets; a header's name alone decides."""

    NONE = "none"
    """Its values are never looked at."""
    SUSPICIOUS = "suspicious"
    """Values that `worth_a_look` says may have some."""
    ALL = "all"
    """All: the header is known to have secrets, or its values are addresses."""


@lru_cache(maxsize=2048)
def look_at(names: Names, name: str) -> LookAt:
    """Return which values `redact_header` looks at, of a header in lower case."""
    if names.sensitivity_in_header(name) is not Sensitivity.NONE or name in _URLS:
        return LookAt.ALL
    return LookAt.NONE if name in FREE_OF_SECRETS else LookAt.SUSPICIOUS


def redact_headers(
    redactor: Redactor, headers: Iterable[tuple[str, str]]
) -> Redacted[tuple[tuple[str, str], ...]]:
    """Hide secret values in header lines; the places are lower-case header names."""
    lines: list[tuple[str, str]] = []
    places: list[str] = []
    for name, value in headers:
        shown = redact_header(redactor, name.lower(), value)
        lines.append((name, shown))
        if shown != value:
            places.append(name.lower())
    return Redacted(tuple(lines), tuple(dict.fromkeys(places)))


def redact_header(redactor: Redactor, name: str, value: str) -> str:
    """Return the value of one header line without its secrets; ``name`` is lower case."""
    if not redactor.enabled or not value:
        return value
    sensitivity = redactor.names.sensitivity_in_header(name)
    if sensitivity is Sensitivity.NONE:
        look = look_at(redactor.names, name)
        if look is LookAt.NONE:
            return value
        if look is LookAt.ALL:
            return redact_url(redactor, value).value
        return redact_text(redactor, value).value if worth_a_look(redactor, value) else value
    own = _own_form(name)
    if own is not None:
        return own(redactor, value)
    return redactor.stand_in(sensitivity, value) if redactor.hides(sensitivity, value) else value


def redact_reason(redactor: Redactor, reason: str) -> str:
    """Return a status line's reason phrase without secrets; most are the standard's own."""
    if reason in _PHRASES and not (redactor.patterns or redactor.names.has_further):
        return reason
    return redact_text(redactor, reason).value


def _authorization(redactor: Redactor, value: str) -> str:
    """Keep the scheme's word (RFC 9110, 11.4), hide all that follows it."""
    match = _SCHEME.fullmatch(value)
    scheme, secret = (match["scheme"], match["rest"]) if match else ("", value)
    human = not scheme or scheme.lower() in _NO_PSEUDONYM
    sensitivity = Sensitivity.HUMAN if human else Sensitivity.TOKEN
    if not redactor.hides(sensitivity, secret):
        return value
    shown = redactor.stand_in(sensitivity, secret)
    return f"{scheme} {shown}" if scheme else shown


def _cookies(redactor: Redactor, value: str) -> str:
    return redact_cookies(redactor, value).value


def _set_cookie(redactor: Redactor, value: str) -> str:
    return redact_set_cookie(redactor, value).value


def _signature(redactor: Redactor, value: str) -> str:
    """Keep ``t=1492774577,v1=`` and ``sha256=``, hide what is long; all of it if nothing is."""
    shown = _LONG_RUN.sub(lambda run: redactor.stand_in(Sensitivity.TOKEN, run.group()), value)
    return MARKER if shown == value and not is_marker(value) and "‹" not in value else shown


def _sync_auth(redactor: Redactor, value: str) -> str:
    return MARKER if redactor.hides(Sensitivity.HUMAN, value) else value


_OWN_FORM: dict[str, Callable[[Redactor, str], str]] = {
    "cookie": _cookies,
    "set-cookie": _set_cookie,
    "x-container-sync-auth": _sync_auth,
}
"""Headers whose values have secret and harmless parts."""


@lru_cache(maxsize=1024)
def _own_form(name: str) -> Callable[[Redactor, str], str] | None:
    if name.endswith("authorization"):
        return _authorization
    if "signature" in name:
        return _signature
    return _OWN_FORM.get(name)
