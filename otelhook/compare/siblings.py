"""Aligns the calls that were made for one call, in one run and in the other.

Order counts, but where calls ran at the same time in either run it says nothing: their identities
are then paired wherever they stand. A call that is made several times in a row counts as one, so
that a loop which turns more often is one difference.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from otelhook.compare.identity import Identity
from otelhook.compare.lists import common
from otelhook.sequence.call_tree import Call
from otelhook.sequence.document import Protocol

__all__ = ["Aligned", "Repeats", "align"]

_ALIKE: Final = 0.5
"""Share of the words of two operations, from which they are one that was changed."""

_WRITING: Final = frozenset({"POST", "PUT", "PATCH"})

Signed = Sequence[Callable[[Call], Hashable]]
"""Signs of a call, the one that says most first."""


@dataclass(slots=True)
class Repeats:
    """One call, made so often in a row by the one run and so often by the other."""

    before: list[Call]
    after: list[Call]
    spare: list[Call]
    """Those that have no pair, all of one run."""


@dataclass(slots=True)
class Aligned:
    """What became of two lists of calls."""

    pairs: list[tuple[Call, Call]] = field(default_factory=list[tuple[Call, Call]])
    moved: list[tuple[Call, Call]] = field(default_factory=list[tuple[Call, Call]])
    """Of the pairs, those whose order changed."""
    repeats: list[Repeats] = field(default_factory=list["Repeats"])
    removed: list[Call] = field(default_factory=list[Call])
    added: list[Call] = field(default_factory=list[Call])


@dataclass(slots=True)
class _Run:
    """One call, or the same several times in a row."""

    identity: Identity
    calls: list[Call]


def align(
    first: Sequence[Call],
    second: Sequence[Call],
    identities: tuple[Callable[[Call], Identity], Callable[[Call], Identity]],
    signs: Signed,
) -> Aligned:
    """Align two lists.

    Args:
        first: of one call's inner calls, in the one run.
        second: in the other.
        identities: what a call is, by run.
        signs: what a call was asked and answered; they tell calls of one identity apart.
    """
    found = Aligned()
    free = _at_once(first, identities[0]) | _at_once(second, identities[1])
    loose = (
        [call for call in first if identities[0](call) in free],
        [call for call in second if identities[1](call) in free],
    )
    _pair_loose(loose, identities, signs, found)
    runs = (
        _runs([call for call in first if identities[0](call) not in free], identities[0]),
        _runs([call for call in second if identities[1](call) not in free], identities[1]),
    )
    _pair_runs(runs, signs, found)
    found.pairs.sort(key=lambda pair: pair[0].first)
    return found


def _at_once(calls: Sequence[Call], identity: Callable[[Call], Identity]) -> set[Identity]:
    """Return the identities of calls of one caller that ran at the same time as another."""
    free: set[Identity] = set()
    last: dict[str, tuple[int, Call]] = {}
    for call in calls:
        known = last.get(call.request.source)
        end = call.steps[-1].number
        if known is not None and call.first < known[0]:
            free |= {identity(known[1]), identity(call)}
        if known is None or end > known[0]:
            last[call.request.source] = (end, call)
    return free


def _runs(calls: Sequence[Call], identity: Callable[[Call], Identity]) -> list[_Run]:
    runs: list[_Run] = []
    for call in calls:
        own = identity(call)
        if runs and runs[-1].identity == own:
            runs[-1].calls.append(call)
        else:
            runs.append(_Run(own, [call]))
    return runs


def _pair_loose(
    lists: tuple[list[Call], list[Call]],
    identities: tuple[Callable[[Call], Identity], Callable[[Call], Identity]],
    signs: Signed,
    found: Aligned,
) -> None:
    after: dict[Identity, list[Call]] = defaultdict(list)
    for call in lists[1]:
        after[identities[1](call)].append(call)
    before: dict[Identity, list[Call]] = defaultdict(list)
    for call in lists[0]:
        before[identities[0](call)].append(call)
    for identity in {**before, **after}:
        _pair_run(before.get(identity, []), after.get(identity, []), signs, found, ordered=False)


def _pair_runs(runs: tuple[list[_Run], list[_Run]], signs: Signed, found: Aligned) -> None:
    places = _common_runs(*runs)
    for before, after in _joined(places):
        _pair_run(
            [call for i in before for call in runs[0][i].calls],
            [call for j in after for call in runs[1][j].calls],
            signs,
            found,
        )
    taken = {i for i, _ in places}, {j for _, j in places}
    left = [
        [(n, run) for n, run in enumerate(side) if n not in taken[which]]
        for which, side in enumerate(runs)
    ]
    waiting: dict[Identity, list[_Run]] = defaultdict(list)
    for _, run in reversed(left[1]):
        waiting[run.identity].append(run)
    moved: set[int] = set()
    for _, run in left[0]:
        if waiting[run.identity]:
            other = waiting[run.identity].pop()
            moved |= {id(run), id(other)}
            found.moved.append((run.calls[0], other.calls[0]))
            _pair_run(run.calls, other.calls, signs, found)
    rest = [[(n, run) for n, run in side if id(run) not in moved] for side in left]
    _pair_changed(rest[0], rest[1], places, found)


def _common_runs(first: list[_Run], second: list[_Run]) -> list[tuple[int, int]]:
    """Return which runs are the same, each counted by its calls: long ones stay where they are.

    One of thirteen calls is the same as two of six and seven, with what now comes between them.
    """
    counts = [Counter[Identity](), Counter[Identity]()]
    for which, side in enumerate((first, second)):
        for run in side:
            counts[which][run.identity] += len(run.calls)
    # What the other list cannot have is left out: a loop may turn thousands of times more.
    listed = [
        [n for n, run in enumerate(side) for _ in run.calls[: max(1, counts[1 - w][run.identity])]]
        for w, side in enumerate((first, second))
    ]
    alike = common([first[n].identity for n in listed[0]], [second[n].identity for n in listed[1]])
    return list(dict.fromkeys((listed[0][i], listed[1][j]) for i, j in alike))


def _joined(places: Sequence[tuple[int, int]]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the runs of the one list and of the other that are one between them."""
    before: list[int] = []
    after: list[int] = []
    for i, j in places:
        if before and i != before[-1] and j != after[-1]:
            yield before, after
            before, after = [], []
        before += [i] if i not in before[-1:] else []
        after += [j] if j not in after[-1:] else []
    if before:
        yield before, after


def _pair_run(
    before: list[Call],
    after: list[Call],
    signs: Signed,
    found: Aligned,
    *,
    ordered: bool = True,
) -> None:
    """Pair calls of one identity: those that were asked and answered alike, then in their order."""
    if not before or not after:
        found.removed += before
        found.added += after
        return
    if len(before) == len(after) == 1:
        found.pairs.append((before[0], after[0]))
        return
    alike: list[tuple[int, int]] = []
    rest = list(range(len(before))), list(range(len(after)))
    for sign in signs:
        told = [sign(before[n]) for n in rest[0]], [sign(after[n]) for n in rest[1]]
        same = common(*told) if ordered else _likenesses(*told)
        alike += ((rest[0][i], rest[1][j]) for i, j in same)
        taken = {i for i, _ in alike}, {j for _, j in alike}
        rest = (
            [n for n in rest[0] if n not in taken[0]],
            [n for n in rest[1] if n not in taken[1]],
        )
    # Who gives up does so at the beginning: what the last attempts came to is compared.
    short = min(map(len, rest))
    alike += zip(rest[0][len(rest[0]) - short :], rest[1][len(rest[1]) - short :], strict=True)
    found.pairs += [(before[i], after[j]) for i, j in alike]
    if len(before) != len(after):
        paired = {id(call) for pair in found.pairs[-len(alike) :] for call in pair}
        longer = before if len(before) > len(after) else after
        spare = [call for call in longer if id(call) not in paired]
        found.repeats.append(Repeats(before, after, spare))


def _likenesses(first: list[Hashable], second: list[Hashable]) -> list[tuple[int, int]]:
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for index in range(len(second) - 1, -1, -1):
        waiting[second[index]].append(index)
    return [(index, waiting[own].pop()) for index, own in enumerate(first) if waiting[own]]


def _pair_changed(
    before: list[tuple[int, _Run]],
    after: list[tuple[int, _Run]],
    places: Sequence[tuple[int, int]],
    found: Aligned,
) -> None:
    """Pair what is left between the same neighbours if it is the same but for its operation."""
    gaps: dict[int, list[_Run]] = defaultdict(list)
    for place, run in after:
        gaps[bisect_left(places, place, key=itemgetter(1))].append(run)
    for place, run in before:
        candidates = gaps[bisect_left(places, place, key=itemgetter(0))]
        best = max(
            candidates, key=lambda other: _likeness(run.identity, other.identity), default=None
        )
        if best is None or _likeness(run.identity, best.identity) < _ALIKE:
            found.removed += run.calls
            continue
        candidates.remove(best)
        found.pairs += zip(run.calls, best.calls, strict=False)
        short = min(len(run.calls), len(best.calls))
        spare = run.calls[short:] + best.calls[short:]
        if spare:
            found.repeats.append(Repeats(run.calls, best.calls, spare))
    found.added += (call for listed in gaps.values() for run in listed for call in run.calls)
    found.added.sort(key=lambda call: call.first)


def _likeness(first: Identity, second: Identity) -> float:
    """Return how much of two operations is the same; 0 between other participants."""
    ends = (first.caller, first.callee, first.operation[0])
    if ends != (second.caller, second.callee, second.operation[0]):
        return 0
    methods = {first.operation[1], second.operation[1]}
    if first.operation[0] == Protocol.HTTP.value and len(methods) > 1:
        # A call that reads is none that writes; of two that write one may stand for the other.
        same_path = first.operation[2] == second.operation[2]
        return float(same_path and methods <= _WRITING)
    words = [
        {*operation[1].split(), *filter(None, operation[2].replace("/", " ").split())}
        for operation in (first.operation, second.operation)
    ]
    return len(words[0] & words[1]) / max(len(words[0] | words[1]), 1)
