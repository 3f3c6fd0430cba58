"""What two answers to the same question may differ in: dates, ids of requests, durations, ages."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.sequence.document import Body, Step
from otelhook.sequence.values.json_leaves import Leaf
from otelhook.sequence.vocabulary import Protocol

__all__ = ["VOLATILE_HEADERS", "VOLATILE_KEYS", "steady"]

VOLATILE_HEADERS: Final = lazy(
    r"age|content-length|date|etag|expires|last-modified|if-(?:none-match|modified-since)"
    r"|server-timing|b3|traceparent|tracestate|x-b3-.*|x-runtime|x-timestamp|x-trans-id"
    r"|x-ratelimit-.*|ratelimit-.*|(?:.*-)?(?:request|correlation|trace|transaction)-id"
    r"|(?:.*-)?(?:time|duration|elapsed)"
)
"""Names, whole."""

VOLATILE_KEYS: Final = lazy(
    r"(?i:(?:.*[_.-])?(?:at|date|time|datetime|(?:start|end|run|up)time|timestamp|now|age|duration"
    r"|elapsed|latency|etag|ms|request_?id|trace_?id|correlation_?id))"
    r"|.*[a-z0-9](?:Time|Date|At|Timestamp|Duration|Age)"
)
"""Keys of JSON leaves, whole: ``createdAt``, but neither ``format`` nor ``message``."""

_DATES: Final = lazy(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? \d\d?[ -]\w{3}[ -]\d{2,4} \d\d:\d\d:\d\d(?: GMT)?"
    r"|\b1[4-9]\d{8}(?:\.\d+)?\b"
)
"""ISO 8601, RFC 9110's dates, and seconds since 1970."""

_REQUEST_IDS: Final = lazy(r"\breq-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def steady(step: Step, leaves: Callable[[Body | None], tuple[Leaf, ...]]) -> Hashable:
    """Return what of a step stays the same when the same is asked and answered again."""
    # An HTTP label is the path, perhaps with variables; other protocols have nothing but labels.
    is_http = step.protocol is Protocol.HTTP
    return (
        *(step.kind, step.source, step.target, step.method, step.path, step.query),
        *(step.status_code, step.error, step.marks),
        *(step.protocol, step.operation, step.outcome, step.answer),
        *(("", "") if is_http else (step.label, _plain(step.message))),
        tuple(
            (header.name, _plain(header.value))
            for header in step.headers
            if not VOLATILE_HEADERS.fullmatch(header.name)
        ),
        _content(step.body, leaves),
    )


def _content(body: Body | None, leaves: Callable[[Body | None], tuple[Leaf, ...]]) -> Hashable:
    if body is None or not isinstance(body.content, str):
        return None if body is None else (body.content, body.size)
    listed = leaves(body)
    if not listed:
        return _plain(body.content)
    return tuple(
        (path, _plain(value) if isinstance(value, str) else value)
        for path, value in listed
        if not VOLATILE_KEYS.fullmatch(path.rpartition(".")[2])
    )


def _plain(text: str) -> str:
    return _REQUEST_IDS.sub("req-", _DATES.sub("date", text))
