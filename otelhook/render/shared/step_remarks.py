"""What a diagram says beside a step: why it failed, that it was tried before, what is a guess."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from otelhook.lazy_patterns import lazy
from otelhook.render.shared.inner_work import drawn_beside
from otelhook.render.shared.plain import one_line
from otelhook.render.shared.units import spell_duration
from otelhook.render.shared.wording import KIND_WORDS, message_beside, said_of
from otelhook.sequence.document import Document, Mark, ParticipantKind, Step, StepKind
from otelhook.sequence.matching import caller_and_callee

__all__ = ["Remark", "drawn_marks", "remarks", "telling_marks"]


class Remark(NamedTuple):
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
    Mark.INFERRED: "inferred",
}
"""Said at a participant's first step that has the mark: it is true of most of the others too."""

_ADDRESS = lazy(r"\[[0-9A-Fa-f:.]+\](?::\d+)?|[\w-]+(?:\.[\w-]+)+(?::\d+)?|[\w-]+:\d+")
"""A host's address stands for somebody else's service: nobody expects spans of it."""

_NO_CLIENTS = frozenset({*KIND_WORDS, ParticipantKind.CALLER})
"""What records no spans of its calls, and says so by what it is."""

_TOLD = 40
"""Messages of failures that are remembered."""

Kinds = Mapping[str, ParticipantKind]


def telling_marks(step: Step, kinds: Kinds) -> tuple[Mark, ...]:
    """Return the step's marks, without those that are true of every such participant.

    A database, a queue or a host on the Internet never records a span, and a call that is
    inferred has none on either side.
    """
    caller, callee = caller_and_callee(step)
    inferred = Mark.INFERRED in step.marks
    return tuple(
        mark
        for mark in dict.fromkeys(step.marks)
        if not (inferred and mark in (Mark.SERVER_MISSING, Mark.CLIENT_MISSING))
        and not (mark is Mark.SERVER_MISSING and _is_silent(callee, kinds))
        and not (mark is Mark.CLIENT_MISSING and kinds.get(caller) in _NO_CLIENTS)
    )


def drawn_marks(document: Document) -> dict[int, tuple[Mark, ...]]:
    """Return the marks that a diagram shows at each step: most are said once of a participant."""
    said: set[tuple[Mark, str]] = set()
    kinds = {participant.name: participant.kind for participant in document.participants}
    found: dict[int, tuple[Mark, ...]] = {}
    for step in document.steps:
        marks: list[Mark] = []
        for mark in telling_marks(step, kinds):
            about = (mark, _subject(step, mark))
            if mark not in _ONCE or about not in said:
                marks.append(mark)
            said.add(about)
        if marks:
            found[step.number] = tuple(marks)
    return found


def _subject(step: Step, mark: Mark) -> str:
    caller, callee = caller_and_callee(step)
    return caller if mark is Mark.CLIENT_MISSING else callee


def _is_silent(name: str, kinds: Kinds) -> bool:
    kind = kinds.get(name)
    return kind in KIND_WORDS or (
        kind is ParticipantKind.CALLEE and _ADDRESS.fullmatch(name) is not None
    )


def _of_failure(step: Step) -> str:
    # The arrow's label has the error already; a lone "no answer" would say nothing new.
    if step.duration is None:
        return ""
    return f"failed after {spell_duration(step.duration)}"


def _says_more(mark: Mark, kind: StepKind) -> bool:
    """Return whether a mark's words are not already said by the step or its request."""
    if mark is Mark.RETRY:
        return kind is StepKind.REQUEST
    if mark is Mark.NO_ANSWER:
        return kind is not StepKind.FAILURE
    return True


def _of_step(
    step: Step, said: set[tuple[Mark, str]], kinds: Kinds, told: list[str]
) -> Iterator[Remark]:
    caller, _ = caller_and_callee(step)
    if step.kind is StepKind.FAILURE and (text := _of_failure(step)):
        yield Remark(caller, text)
    # An error that is handed on from call to call is told where it is said first.
    whole = one_line(step.message)
    if (text := message_beside(step)) and not any(t in whole or whole in t for t in told):
        yield Remark(step.source, text)
    if whole:
        told.append(one_line(said_of(step, limit=None)))
        del told[:-_TOLD]
    for mark in telling_marks(step, kinds):
        if mark in _EACH:
            if _says_more(mark, step.kind):
                yield Remark(caller, _EACH[mark])
        elif mark in _ONCE:
            subject = _subject(step, mark)
            if (mark, subject) not in said:
                said.add((mark, subject))
                yield Remark(subject, _ONCE[mark])


def remarks(document: Document) -> dict[int, tuple[Remark, ...]]:
    """Return what to say at which step number: what is beside it first, then what happened next."""
    said: set[tuple[Mark, str]] = set()
    kinds = {participant.name: participant.kind for participant in document.participants}
    beside = drawn_beside(document)
    told: list[str] = []
    found: dict[int, tuple[Remark, ...]] = {}
    for step in document.steps:
        of_step = (
            *_of_step(step, said, kinds, told),
            *(Remark(who, text) for who, text in beside.get(step.number, ())),
        )
        if of_step:
            found[step.number] = of_step
    return found
