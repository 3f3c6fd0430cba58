"""What a command has recorded: its own trace, and those of requests that came from outside."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from otelhook.capture.setup.run_folder import read_instances
from otelhook.errors import NotRecordedError
from otelhook.model import Trace, TraceId
from otelhook.otlp.folders import SPOOL_FOLDER, SPOOL_SUFFIX
from otelhook.sources.store import StoreSource
from otelhook.store import MAX_TIME, Query

__all__ = ["Run", "others_of", "own_trace", "settled"]

_MOST = 1_000
_PAUSE = 0.2
_LATE = 1.6
"""Seconds that a service which was called may hold its spans, and some."""
_LONGEST = 4.0


@dataclass(frozen=True, slots=True)
class Run:
    """A command that was run: where its spans are, and by what they are known."""

    source: StoreSource
    data_dir: Path
    folder: Path
    """Where its processes left word."""
    trace_id: TraceId
    service: str
    start_time: int


def own_trace(run: Run) -> Trace:
    """Return what is recorded of the command's own trace.

    Where there is nothing yet, but other services record into the same folder, those are given
    the time that they may hold spans.
    """
    trace = _read(run)
    deadline = time.monotonic() + _LATE
    while not trace.spans and _is_shared(run) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
        trace = _read(run)
    return trace


def settled(run: Run) -> Trace:
    """Return the trace once no more of it comes for a moment."""
    trace = _read(run)
    deadline = time.monotonic() + _LONGEST
    while time.monotonic() < deadline:
        time.sleep(2 * _PAUSE)
        again = _read(run)
        if len(again.spans) == len(trace.spans):
            break
        trace = again
    return trace


def others_of(run: Run) -> tuple[TraceId, ...]:
    """Return the other traces that the command's processes have spans of, newest first."""
    found = (
        trace_id
        for query in _queries(run)
        for trace_id in run.source.search(query, _MOST)
        if trace_id != run.trace_id
    )
    return tuple(dict.fromkeys(found))


def _queries(run: Run) -> Iterator[Query]:
    since = (run.start_time, MAX_TIME)
    for instance in read_instances(run.folder):
        yield Query(attributes=(("service.instance.id", instance),), started=since)
    # What a provider of the program's own has recorded names no instance that is noted.
    yield Query(service=run.service, started=since)


def _read(run: Run) -> Trace:
    try:
        return run.source.trace(run.trace_id)
    except NotRecordedError:
        return Trace(run.trace_id, ())


def _is_shared(run: Run) -> bool:
    """Whether somebody may still write: spools whose writer is gone were removed by reading."""
    return any((run.data_dir / SPOOL_FOLDER).glob(f"*{SPOOL_SUFFIX}"))
