"""Which traces go on a document: named ones, or all that began between two times."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Final

from otelhook.cli.complaints import said
from otelhook.errors import ConfigError, DamagedDataError, NotRecordedError
from otelhook.lazy_patterns import lazy
from otelhook.model import Span
from otelhook.sequence import links_out_of
from otelhook.sources import TraceSource, resolve

__all__ = ["add_choosing", "chosen_spans", "moment"]

MOST: Final = 1_000
"""Traces that are looked through for a time; what is older is to be named by its ids."""

_AGO: Final = lazy(r"(\d{1,9})(s|m|h|d)")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)


def add_choosing(parser: argparse.ArgumentParser) -> None:
    """Declare the traces' ids, ``--since`` and ``--until``."""
    parser.add_argument(
        "traces",
        nargs="*",
        metavar="TRACE_ID",
        help="an id, the beginning of one, or latest; several go on one document; may be left "
        "out if there is one trace",
    )
    parser.add_argument(
        "--since",
        metavar="TIME",
        help="in place of ids: all traces that began then or later, on one document; "
        "2026-11-26T10:00 (local, or with its zone), or how long ago: 90s, 10m, 2h, 1d",
    )
    parser.add_argument(
        "--follow-links",
        action="store_true",
        help="the traces that spans link to as well, directly or through each other, where the "
        "source has them",
    )
    parser.add_argument("--until", metavar="TIME", help="and no later than this")


def chosen_spans(found: TraceSource, arguments: argparse.Namespace) -> list[Span]:
    """Return the spans of the traces that are wanted.

    Raises:
        ConfigError: a time that cannot be read, or ids and times together.
        NotRecordedError: there is no such trace.
    """
    if arguments.since is None and arguments.until is None:
        wanted = dict.fromkeys(resolve(found, name) for name in arguments.traces or [None])
        spans = [span for trace_id in wanted for span in found.trace(trace_id).spans]
    else:
        spans = _began_in(found, arguments)
    return [*spans, *_linked(found, spans)] if arguments.follow_links else spans


def _began_in(found: TraceSource, arguments: argparse.Namespace) -> list[Span]:
    if arguments.traces:
        message = "name traces by their ids or by --since and --until, not both"
        raise ConfigError(message)
    now = time.time_ns()
    since = moment(arguments.since, now) if arguments.since is not None else 0
    until = moment(arguments.until, now) if arguments.until is not None else now
    if until < since:
        message = f"--until {arguments.until} is before --since {arguments.since}"
        raise ConfigError(message)
    spans = list(_between(found, since, until))
    if not spans:
        message = (
            f"no trace began in that time in {found.name}; otelhook traces lists what is there"
        )
        raise NotRecordedError(message)
    return spans


def _linked(found: TraceSource, spans: list[Span]) -> Iterator[Span]:
    """Yield the spans of all traces that are linked to, directly or through each other."""
    seen = {span.trace_id for span in spans}
    waiting = links_out_of(spans)
    while waiting:
        trace_id = waiting.pop(0)
        if trace_id in seen:
            continue
        seen.add(trace_id)
        if len(seen) > MOST:
            message = f"links lead to more than {MOST:,} traces: render without --follow-links"
            raise ConfigError(message)
        with said(NotRecordedError, DamagedDataError):
            linked = found.trace(trace_id).spans
            waiting += links_out_of(linked)
            yield from linked


def moment(text: str, now: int) -> int:
    """Return a time in nanoseconds since the epoch, of ISO 8601 or of ``10m`` (ago).

    Raises:
        ConfigError: the text is neither.
    """
    ago = _AGO.fullmatch(text.strip())
    if ago is not None:
        return now - int(ago[1]) * _SECONDS[ago[2]] * 10**9
    try:
        read = datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", text.strip()))
        return (read.astimezone() - _EPOCH) // _MICROSECOND * 1_000
    except (ValueError, OverflowError, OSError):
        message = (
            f"{text!r} is not a time: write 2026-11-26T10:00, or how long ago: 90s, 10m, 2h, 1d"
        )
        raise ConfigError(message) from None


def _between(found: TraceSource, since: int, until: int) -> Iterator[Span]:
    """Yield the spans of traces that began in a time; sources list the newest first."""
    listed = found.newest(MOST)
    for trace_id in listed:
        with said(DamagedDataError):
            spans = found.trace(trace_id).spans
            began = min((span.start_time for span in spans), default=0)
            if began < since:
                return
            if began <= until:
                yield from spans
    if len(listed) >= MOST:
        message = f"more than {MOST:,} traces began since then: give a later --since"
        raise ConfigError(message)
