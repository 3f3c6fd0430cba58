"""From what a user types to one trace id."""

from __future__ import annotations

from contextlib import suppress

from otelhook import attributes as key
from otelhook.errors import ConfigError, DamagedDataError, NotRecordedError
from otelhook.lazy_patterns import lazy
from otelhook.model import Span, SpanKind, TraceId, parse_trace_id
from otelhook.sources.port import TraceSource

__all__ = ["LATEST", "resolve"]

LATEST = "latest"

_PREFIX = lazy(r"[0-9a-f]{1,32}")
_SHOWN = 5
_LOOKED_AT = 20
"""Traces that may have nothing but internal spans, such as those of a background thread."""


def resolve(source: TraceSource, text: str | None) -> TraceId:
    """Return the one trace that is meant.

    Args:
        source: where it is looked for.
        text: a trace id, the beginning of one, or ``latest``, the newest with a call; None or
            empty means the only trace that the source holds.

    Raises:
        ConfigError: the text cannot be a trace id.
        NotRecordedError: no trace fits, or more than one does; the message says which.
    """
    wanted = (text or "").strip().lower()
    if wanted == LATEST:
        return _newest_with_calls(source)
    if not wanted:
        return _only(source)
    if not _PREFIX.fullmatch(wanted):
        message = f"{text!r} is not a trace id: expected up to 32 hex digits, or {LATEST}"
        raise ConfigError(message)
    found = list(source.find(wanted)) or _padded(source, wanted)
    if len(found) == 1:
        return found[0]
    if found:
        message = f"{wanted} is the beginning of more than one trace: {_listed(found)}"
        raise NotRecordedError(message)
    _some(source, 1)
    message = f"no trace {wanted} in {source.name}; otelhook traces lists what is there"
    raise NotRecordedError(message)


def _newest_with_calls(source: TraceSource) -> TraceId:
    """Return the newest trace that has anything to draw; the newest of all if none has."""
    found = _some(source, _LOOKED_AT)
    for trace_id in found:
        with suppress(DamagedDataError, NotRecordedError):
            if any(_is_call(span) for span in source.trace(trace_id).spans):
                return trace_id
    return found[0]


def _is_call(span: Span) -> bool:
    return span.kind is not SpanKind.INTERNAL or key.PROCESS_COMMAND_ARGS in span.attributes


def _only(source: TraceSource) -> TraceId:
    found = _some(source, _SHOWN + 1)
    if len(found) > 1:
        message = (
            f"{source.name} holds more than one trace: name one of {_listed(found)}, or {LATEST}"
        )
        raise NotRecordedError(message)
    return found[0]


def _some(source: TraceSource, limit: int) -> list[TraceId]:
    found = list(source.newest(limit))
    if not found:
        message = (
            f"nothing is recorded in {source.name}; record with: "
            f"otelhook run --service NAME -- COMMAND"
        )
        raise NotRecordedError(message)
    return found


def _padded(source: TraceSource, wanted: str) -> list[TraceId]:
    """Find an id that was written without its leading zeros, as Jaeger and Tempo do."""
    try:
        return list(source.find(parse_trace_id(wanted)))
    except ValueError:  # zeros only
        return []


def _listed(found: list[TraceId]) -> str:
    names = ", ".join(found[:_SHOWN])
    return f"{names} and more" if len(found) > _SHOWN else names
