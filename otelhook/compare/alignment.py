"""Aligns two runs by what their calls are and where in the call tree they were made.

From the outermost calls inwards, what was made for one call is aligned with what was made for its
pair. What is then left in both runs is looked for elsewhere: a call that is made for another one
now, or through a service in between, has moved.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from otelhook.compare.identity import Identity, Names, identity_of, names_of
from otelhook.compare.renaming import renaming
from otelhook.compare.siblings import Repeats, align
from otelhook.compare.signs import Signs
from otelhook.sequence.call_tree import Call, call_trees
from otelhook.sequence.document import Document

__all__ = ["Alignment", "Run", "aligned"]


@dataclass(slots=True)
class Run:
    """One of the two documents, as calls."""

    document: Document
    names: Names
    calls: list[Call]
    outermost: list[Call]
    known: dict[int, Identity] = field(default_factory=dict[int, Identity])
    parents: dict[int, Call] = field(default_factory=dict[int, Call])
    """From the first step of a call to the call that it was made for."""

    def parent(self, call: Call) -> Call | None:
        """Return the call that another one was made for."""
        if not self.parents:
            self.parents = {inner.first: outer for outer in self.calls for inner in outer.inner}
        return self.parents.get(call.first)

    def identity(self, call: Call) -> Identity:
        """Return what a call is."""
        own = self.known.get(call.request.exchange)
        if own is None:
            own = self.known[call.request.exchange] = identity_of(call, self.names)
        return own


@dataclass(slots=True)
class Alignment:
    """Which calls of two runs are the same."""

    runs: tuple[Run, Run]
    renamed: dict[str, str]
    """From a participant's name in the second run to that in the first."""
    pairs: list[tuple[Call, Call]] = field(default_factory=list[tuple[Call, Call]])
    moved: list[tuple[Call, Call]] = field(default_factory=list[tuple[Call, Call]])
    repeats: list[Repeats] = field(default_factory=list[Repeats])
    removed: list[list[Call]] = field(default_factory=list[list[Call]])
    """Calls in a row that the first run has alone, the outermost of them."""
    added: list[list[Call]] = field(default_factory=list[list[Call]])


def aligned(before: Document, after: Document) -> Alignment:
    """Return which calls of two documents are the same; their work grows with their length."""
    first, second = _run(before), _run(after)
    others = renaming((first.calls, second.calls), (first.names, second.names), (before, after))
    for run, known_as in ((first, others.before), (second, others.after)):
        run.names = {name: known_as.get(own, own) for name, own in run.names.items()}
    found = Alignment((first, second), others.changed)
    _Aligner(found).all()
    return found


def _run(document: Document) -> Run:
    calls, outermost = call_trees(document.steps)
    return Run(document, names_of(document), calls, outermost)


class _Aligner:
    def __init__(self, found: Alignment) -> None:
        self._found = found
        first, second = found.runs
        self._identities: tuple[Callable[[Call], Identity], Callable[[Call], Identity]]
        self._identities = first.identity, second.identity
        signs = Signs()
        self._signs = signs.whole, signs.own
        self._removed: dict[int, Call] = {}
        self._added: dict[int, Call] = {}
        self._attempts: dict[int, int] = {}
        """From a call of a repetition to that repetition, both by `id`."""
        self._elsewhere: tuple[set[int], set[int]] = set(), set()

    def all(self) -> None:
        first, second = self._found.runs
        self._descend(first.outermost, second.outermost)
        self._find_elsewhere()
        self._found.removed = self._rows(first, self._removed)
        self._found.added = self._rows(second, self._added)
        self._found.pairs.sort(key=lambda pair: pair[0].first)

    def _descend(self, first: Sequence[Call], second: Sequence[Call]) -> None:
        """Align two lists, and what was made for each pair; nothing here recurses."""
        waiting = deque([(first, second)])
        while waiting:
            for before, after in self._by_caller(*waiting.popleft()):
                waiting += ((b.inner, a.inner) for b, a in self._level(before, after))

    def _level(self, before: list[Call], after: list[Call]) -> list[tuple[Call, Call]]:
        level = align(before, after, self._identities, self._signs)
        self._found.pairs += level.pairs
        self._found.moved += level.moved
        self._found.repeats += level.repeats
        for repeats in level.repeats:
            own = (*repeats.before, *repeats.after)
            self._attempts |= dict.fromkeys(map(id, own), id(repeats))
        self._removed |= {call.first: call for call in level.removed}
        self._added |= {call.first: call for call in level.added}
        return level.pairs

    def _by_caller(
        self, first: Sequence[Call], second: Sequence[Call]
    ) -> Iterator[tuple[list[Call], list[Call]]]:
        """Split lists by who calls: what different callers do has no order."""
        listed: dict[str, tuple[list[Call], list[Call]]] = {}
        for which, calls in enumerate((first, second)):
            for call in calls:
                caller = self._identities[which](call).caller
                listed.setdefault(caller, ([], []))[which].append(call)
        yield from listed.values()

    def _find_elsewhere(self) -> None:
        """Pair what only one run has at its place with the same call at another place."""
        spare = self._spare()
        waiting: dict[Hashable, list[Call]] = defaultdict(list)
        for call in reversed(list(_within([*self._added.values(), *spare[1]]))):
            for key in self._keys(1, call):
                waiting[key].append(call)
        # The outermost first: what it was made for moves with it.
        for call in list(_within([*self._removed.values(), *spare[0]])):
            if call.first in self._elsewhere[0]:
                continue
            for key in self._keys(0, call):
                others = waiting[key]
                while others and others[-1].first in self._elsewhere[1]:
                    others.pop()
                if others:
                    self._pair_elsewhere(call, others.pop())
                    break
        # What was one more of a row and has its pair elsewhere is no repetition.
        for repeats in self._found.repeats:
            side = repeats.before if len(repeats.before) > len(repeats.after) else repeats.after
            gone = self._elsewhere[0 if side is repeats.before else 1]
            side[:] = [c for c in side if c not in repeats.spare or c.first not in gone]
        self._found.repeats = [r for r in self._found.repeats if len(r.before) != len(r.after)]

    def _spare(self) -> tuple[list[Call], list[Call]]:
        """Return the calls of repetitions that have no pair, by run."""
        spare: tuple[list[Call], list[Call]] = ([], [])
        for repeats in self._found.repeats:
            spare[0 if len(repeats.before) > len(repeats.after) else 1].extend(repeats.spare)
        return spare

    def _pair_elsewhere(self, call: Call, other: Call) -> None:
        self._elsewhere[0].update(inner.first for inner in _within([call]))
        self._elsewhere[1].update(inner.first for inner in _within([other]))
        self._found.pairs.append((call, other))
        if not self._is_of_one_row(call, other):
            self._found.moved.append((call, other))
        self._removed.pop(call.first, None)
        self._added.pop(other.first, None)
        self._descend(call.inner, other.inner)

    def _is_of_one_row(self, call: Call, other: Call) -> bool:
        """Return whether two calls were made for attempts of one call, be it the first or last."""
        first, second = self._found.runs
        parents = first.parent(call), second.parent(other)
        if parents[0] is None or parents[1] is None:
            return False
        rows = self._attempts.get(id(parents[0])), self._attempts.get(id(parents[1]))
        same = self._identities[0](call) == self._identities[1](other)
        return same and rows[0] is not None and rows[0] == rows[1]

    def _keys(self, which: int, call: Call) -> tuple[Hashable, Hashable]:
        """Return what a call that moved is known by: the better likeness first."""
        own = self._identities[which](call)
        return own, (own.callee, own.operation)

    @staticmethod
    def _rows(run: Run, left: dict[int, Call]) -> list[list[Call]]:
        """Return calls in rows: those that one caller made one after the other."""
        rows: list[list[Call]] = []
        following: dict[int, int] = {}
        for listed in (run.outermost, *(call.inner for call in run.calls)):
            for call, after in pairwise(listed):
                following[call.first] = after.first
        for first in sorted(left):
            call = left[first]
            same = rows and rows[-1][-1].request.source == call.request.source
            if same and following.get(rows[-1][-1].first) == first:
                rows[-1].append(call)
            else:
                rows.append([call])
        return rows


def _within(calls: Sequence[Call]) -> Iterator[Call]:
    """Yield calls with all that was made for them, each before what is within it."""
    waiting = list(calls)[::-1]
    while waiting:
        call = waiting.pop()
        yield call
        waiting += call.inner[::-1]
