"""The list of traces: what its search asks of the store, and what a row says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Final, TypeAlias

from otelhook.collector.query.parameters import go_duration
from otelhook.errors import ConfigError
from otelhook.redaction import Redactor, redact_command, redact_path, redact_text
from otelhook.sequence.document import Command
from otelhook.store import MAX_TIME, Query, Store, TraceSummary

__all__ = ["MOST_ROWS", "Listing", "choices", "listed", "listing"]

Parameters: TypeAlias = Mapping[str, Sequence[str]]

MOST_ROWS: Final = 500
_ROWS: Final = 50
_NANOSECONDS: Final = 10**9
_SINCE: Final[Mapping[str, int]] = {
    "15m": 15 * 60,
    "1h": 3_600,
    "1d": 86_400,
    "7d": 7 * 86_400,
}
_PREFIX: Final = re.compile(r"[0-9a-f]{4,32}")
_CLASS: Final = re.compile(r"([1-5])xx")
_CODE: Final = re.compile(r"[1-5][0-9]{2}")
_SHOWN: Final = 200
"""Characters of a name in the list: the trace itself shows the rest."""

_SERVICES: Final = 30


@dataclass(frozen=True, slots=True)
class Listing:
    """What is asked for: traces by the beginning of their id, or by what they hold."""

    query: Query
    prefix: str
    limit: int


def listing(parameters: Parameters, now: int) -> Listing:
    """Read the fields of the search form.

    Args:
        parameters: ``what`` (attributes, or the beginning of an id), ``service``, ``operation``,
            ``status``, ``min`` and ``max`` (how long a trace took), ``since`` or ``from`` and
            ``to``, ``limit``; all may be missing.
        now: ns since the epoch.

    Raises:
        ConfigError: a field cannot be understood; the text says what it should be.
    """
    prefix, attributes = _what(_one(parameters, "what"))
    query = Query(
        service=_one(parameters, "service") or None,
        name=_one(parameters, "operation"),
        attributes=attributes,
        started=_times(parameters, now),
        trace_took=(
            _duration(parameters, "min", 0),
            _duration(parameters, "max", MAX_TIME),
        ),
    )
    limit = _one(parameters, "limit")
    rows = int(limit) if limit.isdecimal() and limit.isascii() and len(limit) < len("1000") else 0
    return Listing(
        _with_status(query, _one(parameters, "status").strip().lower()),
        prefix,
        min(rows or _ROWS, MOST_ROWS),
    )


def listed(store: Store, wanted: Listing, redactor: Redactor) -> dict[str, Any]:
    """Return the rows, newest first, and whether there may be more."""
    if wanted.prefix:
        traces, complete = store.find(wanted.prefix, wanted.limit + 1), True
    else:
        found = store.search(wanted.query, wanted.limit + 1)
        traces, complete = found.traces, found.complete
    rows = [_row(summary, redactor) for summary in store.summaries(traces[: wanted.limit])]
    return {
        "traces": rows,
        "more": len(traces) > wanted.limit,
        "complete": complete,
        "empty": not rows and not store.newest(1),
    }


def choices(store: Store, service: str) -> dict[str, Any]:
    """Return what the form offers: services, and the operations of the chosen one."""
    names = [name for name in store.services() if name]
    operations = {name for name, _ in store.operations(service)} if service else set[str]()
    return {"services": names, "operations": sorted(operations)}


def _row(summary: TraceSummary, redactor: Redactor) -> dict[str, Any]:
    root = summary.root
    rules = redactor.for_trace(summary.trace_id)
    return {
        "id": summary.trace_id,
        # Milliseconds with a fraction: nanoseconds since the epoch are beyond JavaScript.
        "start": summary.start_time / 1e6,
        "duration": max(summary.end_time - summary.start_time, 0),
        "method": (root.http_method or "")[:_SHOWN],
        "title": _title(summary, rules)[:_SHOWN],
        "root": root.service[:_SHOWN],
        "services": [count.service[:_SHOWN] for count in summary.services[:_SERVICES]],
        "spans": summary.spans,
        "failed": summary.failed,
        "status": root.http_status,
    }


def _title(summary: TraceSummary, rules: Redactor) -> str:
    """Return what the trace began with: a path if its name is only a method, else its name.

    Spans of services that do not redact come here as well: a path is shown without its query.
    """
    root = summary.root
    if root.command:
        return Command(tuple(redact_command(rules, root.command).value)).line
    name, method = root.name, root.http_method or ""
    if root.path and name in {method, f"HTTP {method}", ""}:
        return redact_path(rules, root.path.partition("?")[0]).value
    named = name.removeprefix(f"{method} ") if method else name
    return redact_text(rules, named).value


def _with_status(query: Query, status: str) -> Query:
    """Ask for a status: ``error``, a class such as ``5xx``, or a code."""
    if not status:
        return query
    if status in {"error", "failed"}:
        return replace(query, went_wrong=True)
    kind = _CLASS.fullmatch(status)
    if kind:
        first = int(kind[1]) * 100
        return replace(query, http_status=(first, first + 99))
    if _CODE.fullmatch(status):
        return replace(query, http_status=(int(status), int(status)))
    message = f"status {status[:40]!r}: write error, a class such as 5xx, or a code such as 404"
    raise ConfigError(message)


def _what(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Read ``attribute=value`` pairs, or the beginning of a trace id."""
    if _PREFIX.fullmatch(text.strip().lower()):
        return text.strip().lower(), ()
    try:
        words = shlex.split(text)
    except ValueError:
        message = "a quotation mark is not closed"
        raise ConfigError(message) from None
    pairs = [tuple(word.split("=", 1)) for word in words]
    if not all(len(pair) == len(("key", "value")) and pair[0] for pair in pairs):
        message = (
            f"{text[:60]!r}: write attribute=value, such as http.route=/v2/images, "
            "or at least 4 digits of a trace id"
        )
        raise ConfigError(message)
    return "", tuple((pair[0], pair[1]) for pair in pairs)


def _times(parameters: Parameters, now: int) -> tuple[int, int]:
    since = _one(parameters, "since")
    if since in _SINCE:
        return now - _SINCE[since] * _NANOSECONDS, MAX_TIME
    return _moment(parameters, "from", 0), _moment(parameters, "to", MAX_TIME)


def _moment(parameters: Parameters, name: str, otherwise: int) -> int:
    text = _one(parameters, name)
    if not text:
        return otherwise
    try:
        moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return max(int(moment.timestamp()) * _NANOSECONDS, 0)
    except (ValueError, OverflowError):
        message = f"{name} {text[:40]!r}: write a time such as 2024-01-31T12:00"
        raise ConfigError(message) from None


def _duration(parameters: Parameters, name: str, otherwise: int) -> int:
    text = _one(parameters, name).replace(" ", "")
    try:
        return go_duration(text) if text else otherwise
    except ValueError:
        message = f"duration {text[:40]!r}: write one such as 250ms, 1.5s or 2m"
        raise ConfigError(message) from None


def _one(parameters: Parameters, name: str) -> str:
    values = parameters.get(name, ())
    return values[0] if values else ""
