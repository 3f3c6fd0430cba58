"""Polls and N+1 queries folded into loops: the same call over and over, with the same answer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import groupby

from otelhook.sequence.call_tree import Call, call_trees, own_runs
from otelhook.sequence.document import Body, Document, Group, GroupKind, Step
from otelhook.sequence.transforms.merge_groups import with_groups
from otelhook.sequence.transforms.query_values import Value, asked_of, differences
from otelhook.sequence.transforms.volatile import steady
from otelhook.sequence.values.json_leaves import Leaf
from otelhook.sequence.values.step_values import ValueReader
from otelhook.sequence.vocabulary import Protocol

__all__ = ["fold_loops"]


def fold_loops(document: Document, reader: ValueReader | None = None) -> Document:
    """Return the document with a loop around calls that repeat, named by how often they do.

    Calls repeat if they follow directly on one another, run between the same two, and are equal
    in all but volatile values (`otelhook.sequence.transforms.volatile`), with everything that
    happens within them. Queries may differ in their values too, and the title says in which:
    ``12 times, id 1 to 12``. All steps stay, and each iteration has equally many.

    Args:
        document: whole, in order.
        reader: one that other passes share.
    """
    calls, outermost = call_trees(document.steps)
    signs = _Signs((reader or ValueReader()).leaves)
    found: list[Group] = []
    for listed in (outermost, *(call.inner for call in calls)):
        for run in own_runs(listed):
            found += _loops(run, signs)
    return with_groups(document, found)


def _loops(run: Sequence[Call], signs: _Signs) -> Iterator[Group]:
    for _, alike in groupby(run, key=signs.asked):
        candidates = list(alike)
        if len(candidates) == 1:
            continue
        for _, equal in groupby(candidates, key=signs.exchanged):
            repeated = list(equal)
            if len(repeated) > 1:
                times, first, last = len(repeated), repeated[0].first, repeated[-1].last
                differing = differences([signs.values(call) for call in repeated])
                title = f"{times} times, {differing}" if differing else f"{times} times"
                yield Group(GroupKind.LOOP, title, first, last, times)


class _Signs:
    """Numbers that are equal if and only if two calls are.

    What a call was asked is compared first: it costs little and tells most calls apart.
    """

    def __init__(self, leaves: Callable[[Body | None], tuple[Leaf, ...]]) -> None:
        self._leaves = leaves
        self._numbers: dict[Hashable, int] = {}
        self._known: dict[int, int] = {}
        self._values: dict[int, tuple[Value, ...]] = {}

    @staticmethod
    def asked(call: Call) -> Hashable:
        """Return what tells at a glance that two calls differ."""
        request, last = call.request, call.steps[-1]
        ends = (request.source, request.target, last.source, last.target)
        asked = (request.method, request.path, request.query, request.protocol)
        # Over HTTP a label may have a variable in it that differs from call to call.
        named = "" if request.protocol is Protocol.HTTP else request.label
        # How many rows a query was answered with is one of its values.
        answered = (last.kind, last.status_code, last.outcome)
        return (*ends, *asked, named, *answered, call.size)

    def exchanged(self, call: Call) -> int:
        """Return the number of a call with all within it; nothing here recurses."""
        waiting = [call]
        while waiting:
            top = waiting[-1]
            missing = [inner for inner in top.inner if inner.first not in self._known]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            sign = (
                tuple(self._steady(step) for step in top.steps),
                tuple(self._known[inner.first] for inner in top.inner),
                self._order(top),
            )
            self._known[top.first] = self._numbers.setdefault(sign, len(self._numbers))
        return self._known[call.first]

    def _steady(self, step: Step) -> Hashable:
        asked = asked_of(step, self._leaves)
        if asked is None:
            return steady(step, self._leaves)
        self._values[step.number] = asked.values
        return steady(asked.step, self._leaves), asked.shape

    def values(self, call: Call) -> list[Value]:
        """Return the values of the queries of a call and of all within it, once it is numbered."""
        found: list[Value] = []
        if self._values:
            for number in range(call.first, call.last + 1):
                found += self._values.get(number, ())
        return found

    @staticmethod
    def _order(call: Call) -> tuple[int, ...]:
        """Return where within a call its own steps and its inner calls begin and end."""
        inner = (number - call.first for i in call.inner for number in (i.first, i.last))
        return (*(step.number - call.first for step in call.steps), *inner)
