"""Two runs as one list of steps: what both have, with what only one has where it belongs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from otelhook.compare.findings import Change, Comparison, Finding, FindingKind
from otelhook.sequence.document import Step, StepKind

__all__ = ["Row", "State", "merged"]


class State(str, Enum):
    """What became of a step from the first run to the second."""

    SAME = "same"
    CHANGED = "changed"
    MOVED = "moved"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Row:
    """A step of the first run, of the second, or the same one of both."""

    before: Step | None
    after: Step | None
    state: State
    findings: tuple[Finding, ...] = ()
    """What differs in it."""

    @property
    def step(self) -> Step:
        """The step to draw: the second run's if it has it."""
        step = self.after or self.before
        if step is None:
            message = "a row has a step of one run at least"
            raise ValueError(message)
        return step


def merged(comparison: Comparison) -> tuple[Row, ...]:
    """Return rows in the order of the second run; what is gone follows what it followed."""
    partner = _partners(comparison)
    by_before, by_after = _findings(comparison)
    gone: dict[int, list[Step]] = defaultdict(list)
    anchor = 0
    for step in comparison.before.steps:
        if step.number in partner:
            anchor = partner[step.number].number
        else:
            gone[anchor].append(step)
    back = {after.number: number for number, after in partner.items()}
    rows = [_gone(step, by_before) for step in gone[0]]
    for step in comparison.after.steps:
        old = back.get(step.number)
        found = tuple(dict.fromkeys((*by_before.get(old or 0, ()), *by_after.get(step.number, ()))))
        before = None if old is None else comparison.before.steps[old - 1]
        rows.append(Row(before, step, _state(found, is_new=before is None), found))
        rows += (_gone(lost, by_before) for lost in gone[step.number])
    return tuple(rows)


def _partners(comparison: Comparison) -> dict[int, Step]:
    """Return from a step's number in the first run to the step that it is in the second."""
    ends: dict[tuple[int, bool], Step] = {}
    for step in comparison.after.steps:
        ends[step.exchange, step.kind is StepKind.REQUEST] = step
    exchanges = {pair.before: pair.after for pair in comparison.pairs}
    found: dict[int, Step] = {}
    for step in comparison.before.steps:
        other = ends.get((exchanges.get(step.exchange, 0), step.kind is StepKind.REQUEST))
        if other is not None:
            found[step.number] = other
    return found


def _findings(
    comparison: Comparison,
) -> tuple[Mapping[int, tuple[Finding, ...]], Mapping[int, tuple[Finding, ...]]]:
    sides: tuple[dict[int, tuple[Finding, ...]], dict[int, tuple[Finding, ...]]] = ({}, {})
    for finding in comparison.findings:
        for which, numbers in enumerate((finding.steps_before, finding.steps_after)):
            for number in numbers:
                sides[which][number] = (*sides[which].get(number, ()), finding)
    return sides


def _gone(step: Step, findings: Mapping[int, tuple[Finding, ...]]) -> Row:
    return Row(step, None, State.REMOVED, findings.get(step.number, ()))


def _state(findings: tuple[Finding, ...], *, is_new: bool) -> State:
    if is_new:
        return State.ADDED
    if any(finding.change is Change.MOVED for finding in findings):
        return State.MOVED
    differs = any(finding.kind is not FindingKind.REPEATS for finding in findings)
    return State.CHANGED if differs else State.SAME
