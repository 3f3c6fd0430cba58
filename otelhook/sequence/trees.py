"""Steps as the calls that they are of: what was made for what, and which steps belong together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from otelhook.sequence.document import Step, StepKind
from otelhook.sequence.selection import nesting

__all__ = ["Call", "call_trees", "own_runs"]


@dataclass(slots=True)
class Call:
    """An exchange with the calls that were made for it."""

    request: Step
    steps: list[Step]
    """Its own only, the first is `request`."""
    inner: list[Call] = field(default_factory=list["Call"])
    """In order of their first steps."""
    last: int = 0
    """Number of the last step of it and of all within it."""
    size: int = 0
    """How many steps it and all within it have."""

    @property
    def first(self) -> int:
        """Number of its first step."""
        return self.request.number

    @property
    def is_whole(self) -> bool:
        """Whether no other call's steps run through it, and it has an end."""
        ended = len(self.steps) > 1 and self.steps[0].kind is StepKind.REQUEST
        return ended and self.last - self.first + 1 == self.size


def call_trees(steps: Sequence[Step]) -> tuple[list[Call], list[Call]]:
    """Return all calls in order of their first steps, and those made for no other."""
    calls: dict[int, Call] = {}
    for step in steps:
        call = calls.get(step.exchange)
        if call is None:
            calls[step.exchange] = Call(step, [step])
        else:
            call.steps.append(step)
    parents = nesting(steps)
    outermost: list[Call] = []
    for exchange, call in calls.items():
        parent = calls.get(parents.get(exchange, 0))
        (outermost if parent is None else parent.inner).append(call)
    # What was made for a call began after it, so backwards every inner call comes first.
    for call in reversed(calls.values()):
        call.last = max([call.steps[-1].number, *(inner.last for inner in call.inner)])
        call.size = len(call.steps) + sum(inner.size for inner in call.inner)
    return list(calls.values()), outermost


def own_runs(calls: Sequence[Call]) -> Iterator[list[Call]]:
    """Split calls made for one other into runs directly after one another, each of them whole."""
    run: list[Call] = []
    for call in calls:
        if run and (not call.is_whole or call.first != run[-1].last + 1):
            yield run
            run = []
        if call.is_whole:
            run.append(call)
    if run:
        yield run
