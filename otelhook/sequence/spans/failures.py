"""What went wrong with a call, in a word or two."""

from __future__ import annotations

from typing import Final

from otelhook import attributes as key
from otelhook.model import Span, StatusCode
from otelhook.sequence.spans.coercion import first_text, text

__all__ = ["failed", "failure_word"]

WORDS: Final[dict[str, str]] = {
    "timeout": "timeout",
    "timeouterror": "timeout",
    "timeoutexception": "timeout",
    "timedout": "timeout",
    "readtimeout": "timeout",
    "readtimeouterror": "timeout",
    "writetimeout": "timeout",
    "pooltimeout": "timeout",
    "connecttimeout": "timeout",
    "connecttimeouterror": "timeout",
    "sockettimeoutexception": "timeout",
    "servertimeouterror": "timeout",
    "etimedout": "timeout",
    "deadline_exceeded": "timeout",
    "connectionrefusederror": "connection refused",
    "econnrefused": "connection refused",
    "connectionreseterror": "connection reset",
    "econnreset": "connection reset",
    "remotedisconnected": "connection closed",
    "serverdisconnectederror": "connection closed",
    "gaierror": "name not resolved",
    "nameresolutionerror": "name not resolved",
    "unknownhostexception": "name not resolved",
    "enotfound": "name not resolved",
    "sslerror": "TLS error",
    "sslcertverificationerror": "TLS error",
    "sslhandshakeexception": "TLS error",
    "toomanyredirects": "too many redirects",
}
"""Error types whose meaning is certain, by last dotted part in lower case."""

PHRASES: Final[tuple[tuple[str, str], ...]] = (
    ("connection refused", "connection refused"),
    ("connection reset", "connection reset"),
    ("remotedisconnected", "connection closed"),
    ("remote end closed connection", "connection closed"),
    ("nameresolutionerror", "name not resolved"),
    ("name or service not known", "name not resolved"),
    ("nodename nor servname", "name not resolved"),
    ("timed out", "timeout"),
)
"""For types that say little (``ConnectionError``): phrases of the message that are certain."""

_VAGUE: Final = frozenset(
    {"connectionerror", "connecterror", "maxretryerror", "newconnectionerror", "oserror", "error"}
    | {"clientconnectorerror", "connectexception", "ioexception", "requestexception", "_other", ""}
)


def failed(span: Span) -> bool:
    """Tell whether the span itself says that its call went wrong."""
    return (
        span.status.code is StatusCode.ERROR
        or bool(_error_type(span))
        or any(event.name == "exception" for event in span.events)
    )


def failure_word(span: Span) -> str:
    """Return ``timeout``, ``connection refused`` and the like if certain, else the error's type.

    Read from ``error.type`` and the ``exception`` event (semantic conventions, "Recording
    errors"); empty if the span says nothing. A status code as ``error.type`` is no error's name.
    """
    kind, message = _error_type(span), span.status.message
    for event in span.events:
        if event.name == "exception":
            kind = kind or text(event.attributes.get(key.EXCEPTION_TYPE))
            message = f"{text(event.attributes.get(key.EXCEPTION_MESSAGE))} {message}"
    name = kind.strip().rpartition(".")[2]
    word = WORDS.get(name.lower(), "")
    if not word and name.lower() in _VAGUE:
        lower = message.lower()
        word = next((short for phrase, short in PHRASES if phrase in lower), "")
    return word or name


def _error_type(span: Span) -> str:
    found = first_text(span.attributes, (key.ERROR_TYPE, key.EXCEPTION_TYPE))
    return "" if found.isdecimal() or found in {"true", "false"} else found
