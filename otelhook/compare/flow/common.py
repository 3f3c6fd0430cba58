"""The flow that many runs have in common."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from otelhook.compare.flow.mining import log_of, mine
from otelhook.compare.flow.model import Flow, Level, Node, RarePath, plain_name
from otelhook.compare.flow.runs import NamedRun, Run, RunCall, read_runs
from otelhook.compare.flow.tree import Either, Nothing, Part, Turns, tasks
from otelhook.errors import NotRecordedError
from otelhook.render.shared.units import count

__all__ = ["NamedRun", "common_flow"]

_ALIKE: Final = 0.3
"""Share of outermost calls in common, under which a run is one of another operation."""

_RARE: Final = 0.1
"""Share of runs up to which a way is rare."""

_SHOWN: Final = 3
"""Other operations that are named."""

_DEEPEST: Final = 100


@dataclass(slots=True)
class _Listed:
    """Calls that were made for one call, in one run."""

    calls: Sequence[RunCall]
    run: int


def common_flow(runs: Iterable[NamedRun]) -> Flow:
    """Return the flow of the runs that succeeded; those of another operation are left out.

    Raises:
        NotRecordedError: there is no run with a step in it.
    """
    read = list(read_runs(runs))
    whole = [run for run in read if run.outermost]
    if not whole:
        message = "there is no run with a step in it: name traces of one operation"
        raise NotRecordedError(message)
    usual = Counter(run.kinds for run in whole).most_common(1)[0][0]
    alike = [run for run in whole if _likeness(run.kinds, usual) >= _ALIKE]
    good = [run for run in alike if not run.failure]
    others = [run for run in whole if _likeness(run.kinds, usual) < _ALIKE]
    remarks = _remarks(len(read) - len(whole), others, good=bool(good))
    miner = _Miner(good or alike)
    level = miner.level([_Listed(run.outermost, i) for i, run in enumerate(miner.runs)])
    title = Counter(run.title for run in alike).most_common(1)[0][0]
    rare = tuple(miner.rare(level))
    failures = tuple(_failures(alike))
    return Flow(title, len(miner.runs), level, rare, failures, tuple(remarks))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


def _failures(runs: Sequence[Run]) -> Iterator[RarePath]:
    found: dict[str, list[str]] = defaultdict(list)
    for run in runs:
        if run.failure:
            found[run.failure].append(run.name)
    for what, names in sorted(found.items(), key=lambda item: -len(item[1])):
        yield RarePath(what, len(names), names[0])


def _remarks(empty: int, others: Sequence[Run], *, good: bool) -> Iterator[str]:
    if empty:
        yield f"{count(empty, 'run')} without a step left out."
    if others:
        named: dict[str, str] = {}
        for run in others:
            named.setdefault(run.title, run.name)
        shown = [f"{title} (run {name})" for title, name in list(named.items())[:_SHOWN]]
        more = len(named) - len(shown)
        shown += [f"{more} more"] if more else []
        yield f"{count(len(others), 'run')} of another operation left out: {'; '.join(shown)}."
    if not good:
        yield "No run succeeded: the flow is of those that failed."


class _Miner:
    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = runs

    def level(self, lists: Sequence[_Listed], depth: int = 0) -> Level:
        """Mine lists of calls, each made for the same call in one run, and what is within them."""
        named = self._named(lists)
        order = mine(
            log_of((tuple(names), own.run) for names, own in zip(named, lists, strict=True))
        )
        calls: dict[str, list[tuple[RunCall, int]]] = defaultdict(list)
        for names, own in zip(named, lists, strict=True):
            for name, call in zip(names, own.calls, strict=True):
                calls[name].append((call, own.run))
        nodes = {task.name: self._node(task.name, calls[task.name], depth) for task in tasks(order)}
        return Level(order, nodes)

    def _node(self, name: str, calls: list[tuple[RunCall, int]], depth: int) -> Node:
        words = Counter(call.word for call, _ in calls)
        inside = Level()
        if depth < _DEEPEST and any(call.inner for call, _ in calls):
            inside = self.level([_Listed(call.inner, run) for call, run in calls], depth + 1)
        usual = words.most_common(1)[0][0]
        return Node(
            plain_name(name),
            tuple((word, times) for word, times in words.most_common() if word),
            inside,
            len(calls),
            # The first of them is the first at its place, and has its steps.
            next(call.steps for call, _ in calls if call.word == usual),
        )

    def _named(self, lists: Sequence[_Listed]) -> list[list[str]]:
        """Name calls; one that each run makes equally often, with others between, by its place."""
        named = [[call.task for call in own.calls] for own in lists]
        counts: dict[str, set[int]] = defaultdict(set)
        apart: set[str] = set()
        for names in named:
            places: dict[str, list[int]] = defaultdict(list)
            for index, name in enumerate(names):
                places[name].append(index)
            for name, own in places.items():
                counts[name].add(len(own))
                if own[-1] - own[0] >= len(own):
                    apart.add(name)
        split = {name for name in apart if len(counts[name]) == 1}
        return [_with_places(names, split) for names in named]

    def rare(self, level: Level, within: str = "") -> Iterator[RarePath]:
        """Yield the ways that few runs went."""
        waiting: list[Part] = [level.order]
        while waiting:
            part = waiting.pop()
            if isinstance(part, Either):
                yield from self._rare_of(part, within)
            if isinstance(part, Turns):
                waiting += (part.body, part.between)
            elif not isinstance(part, Nothing):
                waiting += getattr(part, "parts", ())
        for node in level.nodes.values():
            yield from self.rare(node.inside, node.name)

    def _rare_of(self, part: Either, within: str) -> Iterator[RarePath]:
        total = sum(part.seen)
        for own, seen, example in zip(part.parts, part.seen, part.examples, strict=False):
            if seen > total * _RARE:
                continue
            first = next(tasks(own), None)
            what = plain_name(first.name) if first else "left out"
            if not first:
                others = [task for other in part.parts for task in tasks(other)]
                what = f"without {plain_name(others[0].name)}" if others else what
            where = f"{what}, within {within}" if within else what
            yield RarePath(where, seen, self.runs[example].name)


def _with_places(names: list[str], split: set[str]) -> list[str]:
    seen: Counter[str] = Counter()
    made: list[str] = []
    for name in names:
        seen[name] += 1
        made.append(f"{name} #{seen[name]}" if name in split else name)
    return made
