"""What went wrong with a call: whether anything did, in a word or two, and in its own words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from otelhook import attributes as key
from otelhook.model import Event, Span, StatusCode
from otelhook.sequence.spans.coercion import first_text, text

__all__ = ["NEVER_ANSWERED", "Failure", "failed", "failure_text", "failure_word", "read_failure"]

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


NEVER_ANSWERED: Final = frozenset({*WORDS.values(), "no response"} - {"too many redirects"})
"""Failures of which it is certain that no answer had come."""

_ERROR: Final = "error"
"""OpenTracing's and Zipkin's tag: true, or the reason; in Zipkin its presence alone counts."""

_NO_ERROR: Final = frozenset({"false", "none", "no", "0", "null"})
_TRUE: Final = frozenset({"", "true", "1", "yes"})

_TEXTS: Final = (
    key.EXCEPTION_MESSAGE,
    "error.message",
    "error.msg",
    "grpc.error_message",
    "rpc.jsonrpc.error_message",
    "otel.status_description",
    "error.description",
)
"""Where a failure is told in full, if neither the status nor an exception tells it."""


class Failure(NamedTuple):
    """What a span says of its own failure."""

    failed: bool = False
    word: str = ""
    """`failure_word`."""
    text: str = ""
    """`failure_text`."""

    @property
    def unanswered(self) -> bool:
        """Whether it is certain that no answer had come."""
        return self.word in NEVER_ANSWERED


_NONE: Final = Failure()
_KEYS: Final = frozenset({_ERROR, key.ERROR_TYPE, key.EXCEPTION_TYPE, "exception", *_TEXTS})


def read_failure(span: Span) -> Failure:
    """Read a span's failure, in one look where there is none: most spans'."""
    if (
        span.status.code is not StatusCode.ERROR
        and not span.status.message
        and not span.events
        and _KEYS.isdisjoint(span.attributes)
    ):
        return _NONE
    return Failure(failed(span), failure_word(span), failure_text(span))


def failed(span: Span) -> bool:
    """Return whether the span itself says that its call went wrong."""
    if span.status.code is not StatusCode.UNSET:  # what a program has set counts for more
        return span.status.code is StatusCode.ERROR
    return (
        bool(_error_type(span))
        or _tagged(span) is not None
        or any(event.name == "exception" for event in span.events)
    )


def failure_word(span: Span) -> str:
    """Return ``timeout``, ``connection refused`` and the like if certain, else the error's type.

    Read from ``error.type`` and the ``exception`` event (semantic conventions, "Recording
    errors"); empty if the span says nothing. A status code as ``error.type`` names no error.
    """
    kind, message = _error_type(span), failure_text(span)
    for event in span.events:
        if event.name == "exception":
            kind = kind or text(event.attributes.get(key.EXCEPTION_TYPE))
    name = kind.strip().rpartition(".")[2]
    word = WORDS.get(name.lower(), "")
    if not word and name.lower() in _VAGUE:
        lower = message[:_LOOKED_AT].lower()
        word = next((short for phrase, short in PHRASES if phrase in lower), "")
    return word or name


_LOOKED_AT: Final = 4096


def failure_text(span: Span) -> str:
    """Return what was said of a failure in full: the status's message, else an exception's text.

    Empty if the span says that nothing failed, or that something did and not what.
    """
    if span.status.code is StatusCode.OK:
        return ""
    told = span.status.message.strip()
    exception = next(_exceptions(span), "")
    if told and (not exception or told in exception or exception in told):
        return max(told, exception, key=len)
    return (
        told
        or exception
        or first_text(span.attributes, _TEXTS)
        or (_tagged(span) or "")
        or next((told for event in span.events if (told := _told_in(event))), "")
    )


def _exceptions(span: Span) -> Iterator[str]:
    for event in reversed(span.events):  # the last is the one that ended the span
        if event.name == "exception":
            kind = text(event.attributes.get(key.EXCEPTION_TYPE)).strip()
            message = text(event.attributes.get(key.EXCEPTION_MESSAGE)).strip()
            if kind or message:
                yield (
                    message
                    if kind.rpartition(".")[2] in message
                    else f"{kind}: {message}".strip(": ")
                )


def _tagged(span: Span) -> str | None:
    """Return what the ``error`` tag says: empty if it says only that, None if there is none."""
    value = span.attributes.get(_ERROR)
    if value is None or value is False:
        return None
    told = text(value).strip()
    if told.lower() in _NO_ERROR:
        return None
    return "" if told.lower() in _TRUE else told


def _told_in(event: Event) -> str:
    """Return what an event tells of an error, as OpenTracing logs it; empty if it tells of none."""
    level = event.attributes.get("level")
    if event.name == _ERROR or (isinstance(level, str) and level.lower() == _ERROR):
        found = (key.EXCEPTION_MESSAGE, "message", "error.object", _ERROR, "event")
        return first_text(event.attributes, found)
    return first_text(event.attributes, ("error.object", _ERROR))


def _error_type(span: Span) -> str:
    found = first_text(span.attributes, (key.ERROR_TYPE, key.EXCEPTION_TYPE, "exception"))
    return "" if found.isdecimal() or found.lower() in {"true", "none", *_NO_ERROR} else found
