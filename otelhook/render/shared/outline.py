"""The whole of a long trace in a few lines: every step is in one of them, whatever is opened.

A line stands for a call with all that was made for it, or for several calls in a row between the
same two. Calls are opened, the one that matters most first, as long as there is room: those in
which something is written before those that only ask, larger ones before smaller ones.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from otelhook.render.shared.folding import folded, folds
from otelhook.render.shared.units import count
from otelhook.sequence.call_tree import Call, call_trees
from otelhook.sequence.changing import changes_something
from otelhook.sequence.document import Document, Group, StepKind

__all__ = ["LINES", "OutlineLine", "outline", "short_title"]

LINES: Final = 26
"""Lines that are read at a glance, or nearly."""

_TRIES: Final = 60
"""Calls that are looked at for opening: what is left is too small to matter."""

_ID: Final = re.compile(r"^([0-9a-fA-F]{8})[0-9a-fA-F-]{8,}$")
_SEGMENTS: Final = 2
"""Segments of a path that say what it is of: its end."""

_NAMED: Final = 2
"""Calls of a line that are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class OutlineLine:
    """One arrow of an overview, or words over a participant where calls of several are told."""

    source: str
    target: str
    """The same as ``source`` if `is_note`."""
    first: int
    last: int
    text: str
    """Without the steps' numbers."""
    failed: bool = False
    is_answer: bool = False
    """Whether it is an answer whose request is not in the document."""
    is_note: bool = False

    @property
    def where(self) -> str:
        """The steps that it stands for: ``(5-12)``."""
        return f"({self.first}-{self.last})" if self.last > self.first else f"({self.first})"


def outline(
    document: Document, fits: Callable[[Sequence[OutlineLine]], bool], limit: int = LINES
) -> tuple[OutlineLine, ...]:
    """Return lines that stand for all steps of a document.

    Args:
        document: what is told.
        fits: says whether there is room for these lines.
        limit: how many there may be.
    """
    teller = _Teller(document)
    lines = teller.lines()
    if len(lines) > limit:
        return tuple(_gathered(lines, limit))
    waiting = [teller.ranked(call) for call in teller.outermost if call.inner]
    heapq.heapify(waiting)
    for _ in range(_TRIES):
        if not waiting:
            break
        *_, call = heapq.heappop(waiting)
        teller.opened.add(call.first)
        deeper = teller.lines()
        if len(deeper) > limit or not fits(deeper):
            teller.opened.discard(call.first)
            continue
        lines = deeper
        for inner in call.inner:
            if inner.inner:
                heapq.heappush(waiting, teller.ranked(inner))
    return tuple(lines)


class _Teller:
    def __init__(self, document: Document) -> None:
        self._loops: Mapping[int, Group] = {f.loop.first: f.loop for f in folds(document)}
        self.calls, self.outermost = call_trees(folded(document).steps)
        self.opened: set[int] = set()
        self._changes: dict[int, bool] = {}
        for call in reversed(self.calls):
            inner = any(self._changes[each.first] for each in call.inner)
            self._changes[call.first] = inner or changes_something(call.request)

    def ranked(self, call: Call) -> tuple[bool, int, int, Call]:
        """Return a call behind what it is ordered by; no two have the same first step."""
        writes = any(self._changes[inner.first] for inner in call.inner)
        return not writes, -call.size, call.first, call

    def lines(self) -> list[OutlineLine]:
        found: list[OutlineLine] = []
        waiting = [iter(self._runs(self.outermost))]
        while waiting:
            run = next(waiting[-1], None)
            if run is None:
                waiting.pop()
                continue
            found.append(self._line(run))
            if run[0].first in self.opened:
                waiting.append(iter(self._runs(run[0].inner)))
        return found

    def _runs(self, calls: Sequence[Call]) -> Iterator[list[Call]]:
        """Yield calls that stand on one line: in a row between the same two, none of them open."""
        run: list[Call] = []
        for call in calls:
            is_open = call.first in self.opened
            same = run and _ends(run[0]) == _ends(call) and run[0].first not in self.opened
            if run and (is_open or not same):
                yield run
                run = []
            run.append(call)
        if run:
            yield run

    def _line(self, run: Sequence[Call]) -> OutlineLine:
        first = run[0]
        step = first.request
        loops = [self._loops.get(call.first) for call in run]
        ends = [
            call.last if loop is None else loop.last for call, loop in zip(run, loops, strict=True)
        ]
        times = sum(1 if loop is None else loop.times for loop in loops)
        alone = f", {loops[0].title}" if len(run) == 1 and loops[0] is not None else ""
        return OutlineLine(
            step.source,
            step.target,
            first.first,
            max(ends),
            f"{_told_calls(run, times)}{alone}",
            failed=any(call.steps[-1].failed for call in run),
            is_answer=step.kind is not StepKind.REQUEST,
        )


def _ends(call: Call) -> tuple[str, str, bool]:
    step = call.request
    return step.source, step.target, step.kind is StepKind.REQUEST


def _told_calls(run: Sequence[Call], times: int) -> str:
    """Return calls in a few words: what changes something first, how one ended that is alone.

    Args:
        run: the calls, of a loop its first iteration's.
        times: how many there are, all iterations counted.
    """
    if len(run) == 1:
        (call,) = run
        answer = call.steps[-1]
        status = "" if answer.status_code is None else str(answer.status_code)
        outcome = "" if answer is call.request else f" {status or answer.head}".rstrip()
        return f"{short_title(call)}{outcome}"
    changing_first = sorted(run, key=lambda call: not changes_something(call.request))
    titles = [short_title(call) for call in changing_first]
    distinct = list(dict.fromkeys(titles))
    failed = sum(call.steps[-1].failed for call in run)
    ending = f", {failed:,} failed" if failed else ""
    if len(distinct) == 1:
        return f"{times:,} times {distinct[0]}{ending}"
    named = distinct[:_NAMED]
    left = len(distinct) - len(named)
    more = f" and {left:,} more" if left else ""
    return f"{times:,} calls: {', '.join(named)}{more}{ending}"


def short_title(call: Call) -> str:
    """Return a call's title with the end of its path, and ids by their beginnings."""
    step = call.request
    parts = [_ID.sub(r"\1…", part) for part in step.label.split("/")]
    path = "/".join(parts) if len(parts) <= _SEGMENTS + 1 else f"…/{'/'.join(parts[-_SEGMENTS:])}"
    return f"{step.head} {path}".strip()


def _gathered(lines: Sequence[OutlineLine], limit: int) -> Iterator[OutlineLine]:
    """Yield as many lines as there may be: several in a row become words over their caller."""
    size, rest = divmod(len(lines), limit)
    at = 0
    for number in range(limit):
        chunk = lines[at : at + size + (number < rest)]
        at += len(chunk)
        if len(chunk) == 1:
            yield chunk[0]
            continue
        names = list(dict.fromkeys(line.target for line in chunk))
        shown = ", ".join(names[:3])
        more = f" and {len(names) - 3} more" if len(names) > len(names[:3]) else ""
        first, last = chunk[0], max(line.last for line in chunk)
        yield OutlineLine(
            first.source,
            first.source,
            first.first,
            last,
            f"{count(len(chunk), 'call')} to {shown}{more}",
            failed=any(line.failed for line in chunk),
            is_note=True,
        )
