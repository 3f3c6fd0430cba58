"""``otelhook traces``: what is recorded, newest first."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone

from otelhook.cli.complaints import said
from otelhook.cli.options import add_source, loaded, source
from otelhook.cli.searching import add_search, is_filtered, search_for
from otelhook.cli.table import aligned
from otelhook.cli.terminal import colored, put
from otelhook.errors import DamagedDataError, NotRecordedError
from otelhook.model import Trace, TraceId
from otelhook.redaction import Redactor
from otelhook.render.shared.units import spell_duration
from otelhook.render.text.canvas import BOLD, DIM, ERROR, painted
from otelhook.sequence import assemble
from otelhook.sequence.document import Outcome, ParticipantKind, Step, StepKind
from otelhook.sequence.transforms.redact_document import clean
from otelhook.sources import TraceSource

__all__ = [
    "HEADINGS",
    "NUMBERS",
    "Summary",
    "add_arguments",
    "cells",
    "lines",
    "run",
    "summary",
    "unique_prefix",
]

_LIMIT = 20
_SHORTEST = 8
_DIGITS = 32
_BAD_STATUS = 400
HEADINGS = ("TRACE", "STARTED", "ROOT", "SERVICES", "STEPS", "ERRORS", "DURATION")
NUMBERS = frozenset({4, 5, 6})
_ERRORS = HEADINGS.index("ERRORS")
_ASIDE = frozenset({0, 1})


@dataclass(frozen=True, slots=True)
class Summary:
    """One trace in one line; times in nanoseconds, 0 if no clock was read."""

    trace_id: str
    short_id: str
    start_time: int
    root: str
    services: tuple[str, ...]
    steps: int
    errors: int
    """Steps without an answer, and answers with a status of 400 or more."""
    duration: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook traces``."""
    parser.description = (
        "List what is recorded, newest first. DURATION is the whole trace's, from its first\n"
        "span to its last; the heading of a page says how long its steps took."
    )
    parser.add_argument(
        "--limit", type=_positive, default=_LIMIT, metavar="N", help=f"default {_LIMIT}"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="JSON; times in nanoseconds")
    form.add_argument(
        "--watch",
        action="store_true",
        help="go on until interrupted: a terminal shows the list as it grows, else new traces are "
        "printed as they come",
    )
    add_search(parser)
    add_source(parser)


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        message = f"expected a number above zero, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Print the table; an empty source says how to begin."""
    found = source(arguments, loaded(arguments).settings)
    search = search_for(arguments, found)
    if arguments.watch:
        from otelhook.cli.watching import watch

        return watch(lambda: _rows(found, search(arguments.limit)))
    summaries = _rows(found, search(arguments.limit))
    if arguments.json:
        print(json.dumps([asdict(row) for row in summaries], indent=2))
    elif summaries:
        put("".join(f"{line}\n" for line in lines(summaries)))
    elif is_filtered(arguments) and found.newest(1):
        print(f"no such trace in {found.name}")
    else:
        print(f"nothing is recorded in {found.name}")
        print("begin with: otelhook demo, or: otelhook run --service NAME -- COMMAND")
    return 0


def _rows(found: TraceSource, wanted: Sequence[TraceId]) -> list[Summary]:
    summaries: list[Summary] = []
    for trace_id in wanted:
        with said(DamagedDataError, NotRecordedError):  # it may be gone meanwhile
            summaries.append(summary(found, found.trace(trace_id)))
    return summaries


def lines(summaries: Sequence[Summary]) -> Iterator[str]:
    """Yield the table; in colour where the terminal wants it: failures are red."""
    rows = [HEADINGS, *map(cells, summaries)]

    def paint(row: int, column: int, text: str) -> str:
        if not row:
            return painted(text, BOLD)
        failed = summaries[row - 1].errors and column == _ERRORS
        return painted(text, ERROR if failed else DIM if column in _ASIDE else "")

    if colored():
        yield from aligned(rows, right=NUMBERS, paint=paint)
    else:
        yield from aligned(rows, right=NUMBERS)


def summary(found: TraceSource, trace: Trace) -> Summary:
    """Return what the list says of a trace."""
    document = assemble(trace.spans)
    # Names of services that redact nothing come here too.
    shown = clean(replace(document, steps=(), inner_spans=()), Redactor.make())
    services = [p.name for p in shown.participants if p.kind is ParticipantKind.SERVICE]
    return Summary(
        trace_id=trace.trace_id,
        short_id=unique_prefix(found, trace.trace_id),
        start_time=document.start_time
        or (0 if document.steps else min(span.start_time for span in trace.spans)),
        root=shown.title,
        services=tuple(services),
        steps=len(document.steps),
        errors=_errors(document.steps),
        duration=_extent(trace) if document.start_time or not document.steps else 0,
    )


def _extent(trace: Trace) -> int:
    """Return the time from a trace's first moment to its last, as the collector's list has it.

    That searches by duration ask for, and spans that are no steps count as well.
    """
    begun = min(span.start_time for span in trace.spans)
    return max(0, max(span.end_time for span in trace.spans) - begun)


def _errors(steps: Sequence[Step]) -> int:
    return sum(
        step.failed
        or (step.kind is StepKind.RESPONSE and step.outcome is Outcome.ERROR)
        or (step.kind is StepKind.RESPONSE and (step.status_code or 0) >= _BAD_STATUS)
        for step in steps
    )


def unique_prefix(found: TraceSource, trace_id: TraceId) -> str:
    """Return the shortest beginning, of 8 digits or more, that only this trace has."""
    for length in range(_SHORTEST, _DIGITS, 4):
        if len(found.find(trace_id[:length])) <= 1:
            return trace_id[:length]
    return trace_id


def cells(row: Summary) -> tuple[str, ...]:
    """Return what the table says of a trace, in the order of `HEADINGS`."""
    started = datetime.fromtimestamp(row.start_time // 10**9, timezone.utc).astimezone()
    return (
        row.short_id,
        f"{started:%Y-%m-%d %H:%M:%S}" if row.start_time else "-",
        row.root,
        ", ".join(row.services),
        str(row.steps),
        str(row.errors) if row.errors else "-",
        spell_duration(row.duration) if row.start_time else "-",
    )
