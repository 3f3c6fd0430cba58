"""``otelhook flow``: the flow that many runs of one operation have in common."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from otelhook.cli.choosing import moment
from otelhook.cli.complaints import complain, said
from otelhook.cli.composing import add_composing, composed
from otelhook.cli.files import as_bytes, write_file
from otelhook.cli.operands import OPERAND, traces_of
from otelhook.cli.options import add_source, loaded, source
from otelhook.compare.flow.common import NamedRun, common_flow
from otelhook.compare.flow.drawing import drawn
from otelhook.compare.flow.model import Flow
from otelhook.compare.flow.writing import written
from otelhook.errors import ConfigError, DamagedDataError, NotRecordedError
from otelhook.model import Trace
from otelhook.render import FORMATS, render
from otelhook.render.shared.units import count
from otelhook.sequence import Participant
from otelhook.settings import Settings

__all__ = ["add_arguments", "run"]

_FILE: Final = "toml"
_MOST: Final = 10_000
"""Traces that are read from one source; what is older is to be named by its ids."""

_DESCRIPTION: Final = f"""\
Find the flow that many runs of one operation have in common: which calls each makes, which some
make, which come in any order, which come again and again.

A run is {OPERAND}; of a file or folder of data that holds
several, all are taken.

Without --format: a file that otelhook check reads and a person edits (TOML), or what -o's suffix
stands for. Each format of otelhook render draws the flow.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook flow``."""
    parser.description = _DESCRIPTION
    parser.add_argument("runs", nargs="*", metavar="RUN", help="see above; default: all recorded")
    parser.add_argument(
        "--operation", metavar="TEXT", help="take runs only whose title has this in it"
    )
    parser.add_argument("--since", metavar="TIME", help="runs that began then or later, as 1d")
    parser.add_argument("--format", choices=(_FILE, *FORMATS), metavar="FORMAT", help="see above")
    parser.add_argument("-o", dest="output", metavar="FILE", help="write it to a file")
    add_source(parser)
    add_composing(parser)


@dataclass(slots=True)
class _Reading:
    """Composes traces one by one, and keeps what its documents are needed for."""

    arguments: argparse.Namespace
    settings: Settings
    participants: dict[str, Participant]
    code: int = 0

    def runs(self, traces: Sequence[Trace] | Iterator[Trace]) -> Iterator[NamedRun]:
        """Yield the runs of the operation that is wanted."""
        wanted = (self.arguments.operation or "").casefold()
        for trace in traces:
            made = composed(trace.spans, self.arguments, self.settings)
            self.code = self.code or made.exit_code
            if wanted and wanted not in made.document.title.casefold():
                continue
            self.participants |= {p.name: p for p in made.document.participants}
            yield NamedRun(trace.trace_id, made.document)


def run(arguments: argparse.Namespace) -> int:
    """Mine the flow and write it."""
    settings = loaded(arguments).settings
    reading = _Reading(arguments, settings, {})
    runs = reading.runs(_traces(arguments, settings))
    first = next(runs, None)
    if first is None:
        message = "no run fits: otelhook traces lists what is recorded"
        raise NotRecordedError(message)
    flow = common_flow(chain([first], runs))
    for remark in flow.remarks:
        complain(remark)
    for way in flow.failures:
        complain(f"failed in {count(way.times, 'run')}: {way.what}; see run {way.run}")
    form = arguments.format or _by_suffix(arguments.output)
    content = _content(flow, form, tuple(reading.participants.values()))
    if arguments.output in (None, "-"):
        sys.stdout.flush()
        sys.stdout.buffer.write(as_bytes(content))
    else:
        write_file(Path(arguments.output), as_bytes(content))
    return reading.code


def _traces(arguments: argparse.Namespace, settings: Settings) -> Iterator[Trace]:
    since = moment(arguments.since, time.time_ns()) if arguments.since is not None else 0
    if arguments.runs:
        for named in arguments.runs:
            yield from _since(traces_of(named, arguments, settings, _MOST), since)
        return
    found = source(arguments, settings)
    listed = found.newest(_MOST + 1)
    if len(listed) > _MOST:
        complain(f"only the newest {_MOST:,} runs are taken; --since takes fewer")
    for trace_id in listed[:_MOST]:
        with said(DamagedDataError):
            yield from _since([found.trace(trace_id)], since)


def _since(traces: Sequence[Trace], since: int) -> Iterator[Trace]:
    for trace in traces:
        if min((span.start_time for span in trace.spans), default=0) >= since:
            yield trace


def _by_suffix(output: str | None) -> str:
    suffix = Path(output or "").suffix.lower()
    return next((name for name, row in FORMATS.items() if row.suffix == suffix), _FILE)


def _content(flow: Flow, form: str, participants: tuple[Participant, ...]) -> str | bytes:
    if form == _FILE:
        return written(flow)
    document = drawn(flow, participants)
    if not document.steps:
        message = "the flow has no step to draw"
        raise ConfigError(message)
    return render(document, form)
