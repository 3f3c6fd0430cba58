"""Compares two runs: aligns their calls and says what is left, each difference once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from otelhook.compare.alignment import Alignment, Run, aligned
from otelhook.compare.calls import CallDifferences, Options
from otelhook.compare.findings import Change, Comparison, Finding, FindingKind, Pair
from otelhook.compare.ignoring import Ignored
from otelhook.compare.remarks import remarks
from otelhook.render.shared.units import count
from otelhook.sequence.call_tree import Call
from otelhook.sequence.document import Document, Mark, Step

__all__ = ["compare"]

_LEAST: Final = 0.2
"""Share of the shorter run's calls that the other must have, for a list of differences to help."""


def compare(
    before: Document,
    after: Document,
    *,
    ignored: Iterable[Ignored] = (),
    band: float | None = None,
) -> Comparison:
    """Return all that differs between two runs but for what differs in any two.

    Args:
        before: the first run.
        after: the second.
        ignored: rules for what is not looked at.
        band: by which share a duration may differ, such as 0.5; None: durations are not compared.
    """
    found = aligned(before, after)
    rules = tuple(ignored)
    pairs = tuple(Pair(b.request.exchange, a.request.exchange) for b, a in found.pairs)
    said = remarks(before, after)
    shorter = min(len(run.calls) for run in found.runs)
    if len(found.pairs) < _LEAST * shorter or (not shorter and before.steps != after.steps):
        return Comparison(before, after, (_strangers(found),), (), said, nothing_in_common=True)
    listed = list(_Findings(found, Options(rules, band)).all())
    return Comparison(before, after, tuple(_once(listed)), pairs, said)


def _strangers(found: Alignment) -> Finding:
    first, second = found.runs
    alike = len(found.pairs)
    return Finding(
        FindingKind.STEPS,
        Change.CHANGED,
        "the whole run",
        before=count(len(first.document.steps), "step"),
        after=count(len(second.document.steps), "step"),
        more=f"they have {count(alike, 'call') if alike else 'no call'} in common: "
        "these are runs of different operations",
    )


@dataclass(slots=True)
class _Findings:
    found: Alignment
    options: Options

    def all(self) -> Iterable[Finding]:
        """Return findings in the order of the first run; what is new stands where it came."""
        listed = [*self._participants()]
        listed += self._rows(self.found.removed, Change.REMOVED)
        listed += self._rows(self.found.added, Change.ADDED)
        listed += self._moved()
        listed += self._repeats()
        differences = CallDifferences(self.options, self.found.runs[0].identity)
        for before, after in self.found.pairs:
            listed += differences.of(before, after)
        places = sorted((a.first, b.first) for b, a in self.found.pairs)
        listed.sort(key=lambda finding: _place(finding, places))
        return listed

    def _participants(self) -> Iterable[Finding]:
        for new, old in self.found.renamed.items():
            where = f"participant {old}"
            yield Finding(FindingKind.PARTICIPANTS, Change.RENAMED, where, before=old, after=new)

    def _rows(self, rows: list[list[Call]], change: Change) -> Iterable[Finding]:
        is_gone = change is Change.REMOVED
        run = self.found.runs[0 if is_gone else 1]
        others = set(self.found.runs[1 if is_gone else 0].names.values())
        paired = {side[0 if is_gone else 1].first for side in self.found.pairs}
        for row in rows:
            kept = [c for c in row if not self.options.is_ignored(FindingKind.STEPS, c.request)]
            if not kept:
                continue
            own = [step for call in kept for step in _steps(call, paired)]
            words = [run.identity(call).words() for call in kept]
            numbers = tuple(sorted(step.number for step in own))
            strangers = sorted({run.names[step.target] for step in own} - others)
            more = [_what(len(numbers), words[1:])]
            more += (f"{name} is {'gone' if is_gone else 'new'}" for name in strangers)
            yield Finding(
                FindingKind.STEPS,
                change,
                words[0],
                steps_before=numbers if is_gone else (),
                steps_after=() if is_gone else numbers,
                more="; ".join(filter(None, more)),
            )

    def _moved(self) -> Iterable[Finding]:
        for before, after in self.found.moved:
            if self.options.is_ignored(FindingKind.STEPS, before.request):
                continue
            if any(Mark.PARENT_MISSING in call.request.marks for call in (before, after)):
                continue  # for what it was made is not recorded, which a remark says
            first, second = self.found.runs
            yield Finding(
                FindingKind.STEPS,
                Change.MOVED,
                first.identity(before).words(),
                before=_within(first, before),
                after=_within(second, after),
                steps_before=_numbers(before),
                steps_after=_numbers(after),
            )

    def _repeats(self) -> Iterable[Finding]:
        first = self.found.runs[0]
        for repeats in self.found.repeats:
            before, after = repeats.before, repeats.after
            if self.options.is_ignored(FindingKind.REPEATS, before[0].request):
                continue
            yield Finding(
                FindingKind.REPEATS,
                Change.CHANGED,
                first.identity(before[0]).words(),
                before=_times(before),
                after=_times(after),
                steps_before=tuple(call.first for call in before),
                steps_after=tuple(call.first for call in after),
            )


def _place(finding: Finding, places: list[tuple[int, int]]) -> tuple[int, int, int]:
    """Return where a finding stands: what is new follows what it came after."""
    if finding.steps_before:
        return (finding.steps_before[0], 0, 0)
    if not finding.steps_after:
        return (0, 0, 0)
    earlier = bisect_left(places, (finding.steps_after[0],))
    return (places[earlier - 1][1] if earlier else 0, 1, finding.steps_after[0])


def _steps(call: Call, paired: set[int]) -> list[Step]:
    """Return the steps of a call and of what was made for it, without what has a pair."""
    steps: list[Step] = []
    waiting = [call]
    while waiting:
        top = waiting.pop()
        if top.first not in paired:
            steps += top.steps
            waiting += top.inner
    return steps


def _numbers(call: Call) -> tuple[int, ...]:
    return tuple(step.number for step in call.steps)


def _what(steps: int, others: list[str]) -> str:
    then = f", then {others[0]}" if others else ""
    then += f" and {count(len(others) - 1, 'more call')}" if others[1:] else ""
    return f"{count(steps, 'step')}{then}"


def _within(run: Run, call: Call) -> str:
    parent = run.parent(call)
    where = f" within {run.identity(parent).words()}" if parent is not None else ""
    caller = run.identity(call).caller
    return f"step {call.first}, by {caller}{where}"


def _times(calls: list[Call]) -> str:
    retries = sum(Mark.RETRY in call.request.marks for call in calls)
    times = "once" if len(calls) == 1 else f"{len(calls)} times"
    return (
        f"{times}, {count(retries, 'retry') if retries == 1 else f'{retries} retries'}"
        if retries
        else times
    )


def _once(findings: list[Finding]) -> Iterable[Finding]:
    """Return findings that say the same of several steps as one that names them all."""
    merged: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        own = (finding.kind, finding.change, finding.where, finding.place)
        key = (*own, finding.before, finding.after, finding.more)
        known = merged.get(key)
        if known is None:
            merged[key] = finding
            continue
        merged[key] = replace(
            known,
            steps_before=known.steps_before + finding.steps_before,
            steps_after=known.steps_after + finding.steps_after,
        )
    return merged.values()
