"""The flow that many runs have in common."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from otelhook.compare.flow.mining import log_of, mine
from otelhook.compare.flow.model import (
    Flow,
    Level,
    Node,
    RarePath,
    answer_word,
    plain_name,
    task_name,
)
from otelhook.compare.flow.tree import Either, Nothing, Part, Turns, tasks
from otelhook.compare.identity import Names, identity_of, names_of
from otelhook.compare.signs import answer_of
from otelhook.errors import NotRecordedError
from otelhook.render.shared.units import count
from otelhook.sequence.call_tree import Call, call_trees
from otelhook.sequence.document import Document, Outcome, Step

__all__ = ["NamedRun", "common_flow"]

_ALIKE: Final = 0.3
"""Share of outermost calls in common, under which a run is one of another operation."""

_RARE: Final = 0.1
"""Share of runs up to which a way is rare."""

_SHOWN: Final = 3
"""Other operations that are named."""

_DEEPEST: Final = 100
_BAD: Final = frozenset({Outcome.ERROR, Outcome.UNANSWERED})


@dataclass(frozen=True, slots=True)
class NamedRun:
    """One run, and what it can be found by."""

    name: str
    document: Document


@dataclass(slots=True)
class _Run:
    name: str
    document: Document
    names: Names
    outermost: list[Call]
    kinds: frozenset[str]


@dataclass(slots=True)
class _Listed:
    """Calls that were made for one call, in one run."""

    calls: list[Call]
    run: int


def common_flow(runs: Iterable[NamedRun]) -> Flow:
    """Return the flow of the runs that succeeded; those of another operation are left out.

    Raises:
        NotRecordedError: there is no run with a step in it.
    """
    read = [_read(run) for run in runs]
    whole = [run for run in read if run.outermost]
    if not whole:
        message = "there is no run with a step in it: name traces of one operation"
        raise NotRecordedError(message)
    usual = Counter(run.kinds for run in whole).most_common(1)[0][0]
    alike = [run for run in whole if _likeness(run.kinds, usual) >= _ALIKE]
    good = [run for run in alike if not _failed(run)]
    failures = _failures([run for run in alike if _failed(run)])
    others = [run for run in whole if _likeness(run.kinds, usual) < _ALIKE]
    remarks = _remarks(len(read) - len(whole), others, good=bool(good))
    miner = _Miner(good or alike)
    level = miner.level([_Listed(run.outermost, i) for i, run in enumerate(miner.runs)])
    title = Counter(run.document.title for run in alike).most_common(1)[0][0]
    rare = tuple(miner.rare(level))
    return Flow(title, len(miner.runs), level, rare, tuple(failures), tuple(remarks))


def _read(run: NamedRun) -> _Run:
    names = names_of(run.document)
    _, outermost = call_trees(run.document.steps)
    kinds = frozenset(task_name(identity_of(call, names)) for call in outermost)
    return _Run(run.name, run.document, names, outermost, kinds)


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


def _failed(run: _Run) -> bool:
    command = run.document.command
    if command is not None and command.exit_code:
        return True
    answer = answer_of(run.outermost[-1])
    return answer is not None and answer.outcome in _BAD


def _failures(runs: Sequence[_Run]) -> Iterator[RarePath]:
    found: dict[str, list[str]] = defaultdict(list)
    for run in runs:
        calls, _ = call_trees(run.document.steps)
        failed = [(call, answer_of(call)) for call in calls]
        said = [
            f"{task_name(identity_of(call, run.names))}: {answer.head}"
            for call, answer in failed
            if answer is not None and answer.outcome in _BAD
        ]
        found[said[-1] if said else "the command failed, no call did"].append(run.name)
    for what, names in sorted(found.items(), key=lambda item: -len(item[1])):
        yield RarePath(what, len(names), names[0])


def _remarks(empty: int, others: Sequence[_Run], *, good: bool) -> Iterator[str]:
    if empty:
        yield f"{count(empty, 'run')} without a step left out."
    if others:
        named: dict[str, str] = {}
        for run in others:
            named.setdefault(run.document.title, run.name)
        shown = [f"{title} (run {name})" for title, name in list(named.items())[:_SHOWN]]
        more = len(named) - len(shown)
        shown += [f"{more} more"] if more else []
        yield f"{count(len(others), 'run')} of another operation left out: {'; '.join(shown)}."
    if not good:
        yield "No run succeeded: the flow is of those that failed."


class _Miner:
    def __init__(self, runs: Sequence[_Run]) -> None:
        self.runs = runs

    def level(self, lists: Sequence[_Listed], depth: int = 0) -> Level:
        """Mine lists of calls, each made for the same call in one run, and what is within them."""
        named = self._named(lists)
        order = mine(
            log_of((tuple(names), own.run) for names, own in zip(named, lists, strict=True))
        )
        calls: dict[str, list[tuple[Call, int]]] = defaultdict(list)
        for names, own in zip(named, lists, strict=True):
            for name, call in zip(names, own.calls, strict=True):
                calls[name].append((call, own.run))
        nodes = {task.name: self._node(task.name, calls[task.name], depth) for task in tasks(order)}
        return Level(order, nodes)

    def _node(self, name: str, calls: list[tuple[Call, int]], depth: int) -> Node:
        words = Counter(answer_word(answer_of(call)) for call, _ in calls)
        inside = Level()
        if depth < _DEEPEST and any(call.inner for call, _ in calls):
            inside = self.level([_Listed(call.inner, run) for call, run in calls], depth + 1)
        usual = words.most_common(1)[0][0]
        example, run = next(
            (call, run) for call, run in calls if answer_word(answer_of(call)) == usual
        )
        names = self.runs[run].names
        return Node(
            plain_name(name),
            tuple((word, times) for word, times in words.most_common() if word),
            inside,
            len(calls),
            tuple(_renamed(example, names)),
        )

    def _named(self, lists: Sequence[_Listed]) -> list[list[str]]:
        """Name calls; one that each run makes equally often, with others between, by its place."""
        named = [
            [task_name(identity_of(call, self.runs[own.run].names)) for call in own.calls]
            for own in lists
        ]
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


def _renamed(call: Call, names: Names) -> Iterator[Step]:

    for step in call.steps:
        yield replace(step, source=names[step.source], target=names[step.target])
