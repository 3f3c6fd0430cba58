"""A flow as a Document, so that every renderer draws it; its numbers are the common run's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from otelhook.compare.flow.model import Flow, Level, Node
from otelhook.compare.flow.tree import AnyOrder, Either, Nothing, Part, Row, Task, Turns
from otelhook.render.shared.units import count
from otelhook.sequence.document import (
    Branch,
    Document,
    Group,
    GroupKind,
    Note,
    Participant,
    ParticipantKind,
    Step,
    StepKind,
)

__all__ = ["drawn"]

_MANY: Final = 2


def drawn(flow: Flow, participants: tuple[Participant, ...] = ()) -> Document:
    """Return the flow as one run that goes every way once.

    What may be left out stands in ``opt`` frames, what is one of several in an ``alt``,
    repeated calls in a ``loop``, and what comes in any order in ``par``. Headers and bodies are
    those of one run.

    Args:
        flow: mined from runs.
        participants: of those runs, for what kinds they are.
    """
    writer = _Writer(flow.runs)
    writer.level(flow.level)
    names = dict.fromkeys(name for step in writer.steps for name in (step.source, step.target))
    kinds = {participant.name: participant.kind for participant in participants}
    warnings = [*flow.remarks]
    warnings += (
        f"Failed in {count(f.times, 'run')}: {f.what} (run {f.run})." for f in flow.failures
    )
    warnings += (f"Rare, {count(r.times, 'time')}: {r.what} (run {r.run})." for r in flow.rare)
    return Document(
        trace_ids=tuple(dict.fromkeys(step.trace_id for step in writer.steps)),
        title=f"{flow.title}: the flow of {count(flow.runs, 'run')}",
        start_time=0,
        duration=0,
        span_count=0,
        participants=tuple(
            Participant(name, kinds.get(name, ParticipantKind.SERVICE)) for name in names
        ),
        steps=tuple(writer.steps),
        groups=tuple(sorted(writer.groups, key=lambda group: (group.first, -group.last))),
        notes=tuple(writer.notes),
        warnings=tuple(warnings),
    )


@dataclass(slots=True)
class _Writer:
    runs: int
    steps: list[Step] = field(default_factory=list[Step])
    groups: list[Group] = field(default_factory=list[Group])
    notes: list[Note] = field(default_factory=list[Note])
    exchanges: int = 0
    depth: int = 0

    def level(self, level: Level) -> None:
        self._part(level.order, level)

    def _part(self, part: Part, level: Level) -> None:
        if isinstance(part, Task):
            self._call(level.nodes[part.name])
        elif isinstance(part, Row):
            for inner in part.parts:
                self._part(inner, level)
        elif isinstance(part, AnyOrder):
            self._framed(GroupKind.PAR, "in any order", Row(part.parts), level)
        elif isinstance(part, Turns):
            self._framed(GroupKind.LOOP, _turns(part), Row((part.body, part.between)), level)
        elif isinstance(part, Either):
            self._either(part, level)

    def _either(self, part: Either, level: Level) -> None:
        total = sum(part.seen)
        unit = "runs" if total == self.runs else "times"
        ways = [
            (inner, f"in {seen} of {total} {unit}")
            for inner, seen in zip(part.parts, part.seen or (0,) * len(part.parts), strict=True)
            if not isinstance(inner, Nothing)
        ]
        if len(ways) == 1:
            self._framed(GroupKind.OPT, ways[0][1], ways[0][0], level)
            return
        branches: list[Branch] = []
        for inner, title in ways:
            began = len(self.steps) + 1
            self._part(inner, level)
            if len(self.steps) >= began:
                branches.append(Branch(began, title))
        if branches:
            (first, title), *others = ((branch.first, branch.title) for branch in branches)
            further = tuple(Branch(*other) for other in others)
            self.groups.append(
                Group(GroupKind.ALT, title, first, len(self.steps), branches=further)
            )

    def _framed(self, kind: GroupKind, title: str, part: Part, level: Level) -> None:
        first = len(self.steps) + 1
        self._part(part, level)
        if len(self.steps) >= first:
            self.groups.append(Group(kind, title, first, len(self.steps)))

    def _call(self, node: Node) -> None:
        self.exchanges += 1
        exchange = self.exchanges
        request, *others = node.example
        self._step(request, exchange)
        self.depth += 1
        self.level(node.inside)
        self.depth -= 1
        if others:
            self._step(others[-1], exchange)
        if len(node.answers) >= _MANY:
            said = ", ".join(f"{word} {times} times" for word, times in node.answers)
            number = len(self.steps)
            self.notes.append(Note(number, number, f"of {node.times}: {said}", "answers differ"))

    def _step(self, step: Step, exchange: int) -> None:
        kept = replace(
            step,
            number=len(self.steps) + 1,
            exchange=exchange,
            depth=self.depth,
            time=0,
            duration=None if step.kind is StepKind.REQUEST else 0,
            marks=(),
        )
        self.steps.append(kept)


def _turns(part: Turns) -> str:
    if part.most is None:
        return f"{part.least} times or more"
    if part.least == part.most:
        return f"{part.most} times"
    return f"{part.least} to {part.most} times"
