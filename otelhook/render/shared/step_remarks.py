"""What a diagram says beside a step: why it failed, that it was tried before, what is a guess."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from otelhook.render.shared.units import spell_duration
from otelhook.sequence.document import Document, Mark, Step, StepKind
from otelhook.sequence.matching import caller_and_callee

__all__ = ["Remark", "remarks"]


@dataclass(frozen=True, slots=True)
class Remark:
    """Words on one step, over one participant."""

    participant: str
    text: str


_EACH = {
    Mark.RETRY: "retry",
    Mark.LATE: "came after the caller gave up",
    Mark.NO_ANSWER: "no answer",
    Mark.PARENT_MISSING: "parent missing: place is a guess",
}
"""Said at every step that has the mark."""

_ONCE = {
    Mark.TIME_ADJUSTED: "clock adjusted",
    Mark.CLIENT_MISSING: "client spans missing",
    Mark.SERVER_MISSING: "server spans missing",
}
"""Said at a participant's first step that has the mark: it is true of most of the others too."""


def _of_failure(step: Step) -> str:
    # The arrow's label has the error already; a lone "no answer" would say nothing new.
    if step.duration is None:
        return ""
    return f"failed after {spell_duration(step.duration)}"


def _says_more(mark: Mark, kind: StepKind) -> bool:
    """Tell whether a mark's words are not already said by the step or its request."""
    if mark is Mark.RETRY:
        return kind is StepKind.REQUEST
    if mark is Mark.NO_ANSWER:
        return kind is not StepKind.FAILURE
    return True


def _of_step(step: Step, said: set[tuple[Mark, str]]) -> Iterator[Remark]:
    caller, callee = caller_and_callee(step)
    if step.kind is StepKind.FAILURE and (text := _of_failure(step)):
        yield Remark(caller, text)
    for mark in dict.fromkeys(step.marks):
        if mark in _EACH:
            if _says_more(mark, step.kind):
                yield Remark(caller, _EACH[mark])
        elif mark in _ONCE:
            subject = caller if mark is Mark.CLIENT_MISSING else callee
            if (mark, subject) not in said:
                said.add((mark, subject))
                yield Remark(subject, _ONCE[mark])


def remarks(document: Document) -> dict[int, tuple[Remark, ...]]:
    """Return what to say at which step number."""
    said: set[tuple[Mark, str]] = set()
    found: dict[int, tuple[Remark, ...]] = {}
    for step in document.steps:
        if of_step := tuple(_of_step(step, said)):
            found[step.number] = of_step
    return found
