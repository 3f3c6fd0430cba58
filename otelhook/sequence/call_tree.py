"""Steps as the calls that they are of: what was made for what, and which steps belong together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from otelhook.sequence.document import Step, StepKind
from otelhook.sequence.matching import caller_and_callee

__all__ = ["Call", "call_trees", "nesting", "own_runs"]


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


def nesting(steps: Sequence[Step]) -> dict[int, int]:
    """Return from each exchange's number to that of the exchange it was made for.

    A Document keeps only the depth of an exchange. The one it was made for is the last of its
    trace that began before it, one level higher, and whose callee is its caller; if there is none
    such, the last of that level, in its own trace if it has one there.
    """
    parents: dict[int, int] = {}
    seen: set[int] = set()
    last: dict[tuple[object, ...], int] = {}
    for step in steps:
        if step.exchange in seen:
            continue
        seen.add(step.exchange)
        caller, callee = caller_and_callee(step)
        above, trace = step.depth - 1, step.trace_id
        for key in ((above, trace, caller), (above, trace), (above, caller), (above,)):
            if key in last:
                parents[step.exchange] = last[key]
                break
        depth = step.depth
        for key in ((depth, trace, callee), (depth, trace), (depth, callee), (depth,)):
            last[key] = step.exchange
    return parents


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
