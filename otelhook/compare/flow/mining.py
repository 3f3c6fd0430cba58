"""From many rows of calls to the one part that makes them all: an inductive miner.

A log falls apart where nothing crosses (either), where all goes one way (a row), where everything
follows everything (any order), or where an end leads back to a start (turns); each piece is mined
by itself. What falls apart in no way is taken call by call, and at worst is anything, any number
of times: each row of the log fits what comes out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from otelhook.compare.flow.graph import (
    Graph,
    Sets,
    any_order_cut,
    components,
    either_cut,
    loop_cut,
    row_cut,
)
from otelhook.compare.flow.tree import AnyOrder, Either, Nothing, Part, Row, Task, Turns

__all__ = ["Log", "Seen", "log_of", "mine"]

Trace = tuple[str, ...]


@dataclass(slots=True)
class Seen:
    """How often a row of calls was seen, and in which run first."""

    times: int = 0
    example: int = 0


Log = dict[Trace, Seen]


def log_of(traces: Iterable[tuple[Trace, int]]) -> Log:
    """Return a log of rows, each with the number of its run."""
    log: Log = {}
    for trace, run in traces:
        _add(log, trace, 1, run)
    return log


def _add(log: Log, trace: Trace, times: int, example: int) -> None:
    seen = log.setdefault(trace, Seen(0, example))
    seen.times += times


def mine(log: Log) -> Part:
    """Return a part that makes every row of the log.

    Args:
        log: with all rows that were seen; empty rows too.
    """
    if not log or set(log) == {()}:
        return Nothing()
    if () in log:
        return _optional(log)
    activities = {name for trace in log for name in trace}
    if len(activities) == 1:
        return _of_one(log, next(iter(activities)))
    graph = Graph.of(log)
    cuts: tuple[tuple[Callable[[Graph], Sets], Callable[[Log, Sets], Part]], ...] = (
        (either_cut, _either),
        (row_cut, _row),
        (any_order_cut, _any_order),
        (loop_cut, _turns),
    )
    for find, made in cuts:
        parts = find(graph)
        if len(parts) > 1:
            return made(log, parts)
    return _otherwise(log, graph)


def _optional(log: Log) -> Part:
    empty = log[()]
    rest = {trace: seen for trace, seen in log.items() if trace}
    body = mine(rest)
    taken = sum(seen.times for seen in rest.values())
    example = next(iter(rest.values())).example
    if isinstance(body, Either) and not body.is_optional:
        return Either(
            (*body.parts, Nothing()), (*body.seen, empty.times), (*body.examples, empty.example)
        )
    return Either((body, Nothing()), (taken, empty.times), (example, empty.example))


def _of_one(log: Log, name: str) -> Part:
    lengths = [len(trace) for trace in log]
    if max(lengths) == 1:
        return Task(name)
    return Turns(Task(name), Nothing(), min(lengths), max(lengths))


def _either(log: Log, parts: Sets) -> Part:
    logs: list[Log] = [{} for _ in parts]
    for trace, seen in log.items():
        where = next(index for index, part in enumerate(parts) if trace[0] in part)
        logs[where][trace] = seen
    return Either(
        tuple(mine(own) for own in logs),
        tuple(sum(seen.times for seen in own.values()) for own in logs),
        tuple(next(iter(own.values())).example for own in logs),
    )


def _projected(log: Log, parts: Sets) -> list[Log]:
    logs: list[Log] = [{} for _ in parts]
    for trace, seen in log.items():
        for own, part in zip(logs, parts, strict=True):
            kept = tuple(name for name in trace if name in part)
            _add(own, kept, seen.times, seen.example)
    return logs


def _row(log: Log, parts: Sets) -> Part:
    parts = _together(log, parts)
    return Row(tuple(_flat(Row, [mine(own) for own in _projected(log, parts)])))


def _together(log: Log, parts: Sets) -> Sets:
    """Join neighbours of which one never comes without the other: they are left out together."""
    lacking = [
        frozenset(number for number, trace in enumerate(log) if part.isdisjoint(trace))
        for part in parts
    ]
    group = list(range(len(parts)))
    for pivot in sorted(range(len(parts)), key=lambda index: len(lacking[index])):
        if not lacking[pivot] or group[pivot] != pivot:
            continue
        for step in (-1, 1):
            other = pivot + step
            while (
                0 <= other < len(parts)
                and group[other] == other
                and lacking[other] >= lacking[pivot]
            ):
                group[other] = pivot
                other += step
    joined: dict[int, set[str]] = {}
    for index, part in enumerate(parts):
        joined.setdefault(group[index], set()).update(part)
    return list(joined.values())


def _any_order(log: Log, parts: Sets) -> Part:
    return AnyOrder(tuple(_flat(AnyOrder, [mine(own) for own in _projected(log, parts)])))


def _flat(kind: type[Row | AnyOrder], parts: Iterable[Part]) -> Iterable[Part]:
    for part in parts:
        if isinstance(part, kind):
            yield from part.parts
        else:
            yield part


def _turns(log: Log, parts: Sets) -> Part:
    body, between = parts
    own: Log = {}
    gaps: Log = {}
    counts: list[int] = []
    for trace, seen in log.items():
        pieces = _pieces(trace, lambda one, other: (one in body) is not (other in body))
        turns = [piece for piece in pieces if piece[0] in body]
        counts.append(len(turns))
        for piece in pieces:
            _add(own if piece[0] in body else gaps, piece, seen.times, seen.example)
    if any(trace[0] in between or trace[-1] in between for trace in log):
        return _flower(log)  # no cut of ours leads here
    return Turns(mine(own), mine(gaps), min(counts), max(counts))


def _pieces(trace: Trace, splits: Callable[[str, str], bool]) -> list[Trace]:
    pieces: list[list[str]] = [[trace[0]]]
    for one, other in pairwise(trace):
        if splits(one, other):
            pieces.append([])
        pieces[-1].append(other)
    return [tuple(piece) for piece in pieces]


def _otherwise(log: Log, graph: Graph) -> Part:
    """Mine what does not fall apart."""
    for attempt in (_eventually_any_order, _once_in_each, _tau_loop, _one_beside):
        part = attempt(log, graph)
        if part is not None:
            return part
    return _flower(log)


def _eventually_any_order(log: Log, graph: Graph) -> Part | None:
    """Take calls for concurrent that came in both orders, though never directly in both."""
    if any(max(Counter(trace).values()) > 1 for trace in log):
        return None
    before: dict[str, set[str]] = defaultdict(set)
    for trace in log:
        for index, name in enumerate(trace):
            before[name].update(trace[index + 1 :])

    def bound(one: str, other: str) -> bool:
        return not (other in before[one] and one in before[other])

    parts = components(graph.nodes, bound)
    return _any_order(log, parts) if len(parts) > 1 else None


def _once_in_each(log: Log, graph: Graph) -> Part | None:
    """Put a call that comes once in each row beside the rest."""
    if len(graph.nodes) < 3:  # noqa: PLR2004 - two are simpler seen as turns
        return None
    counts: Mapping[Trace, Counter[str]] = {trace: Counter(trace) for trace in log}
    for name in sorted(graph.nodes):
        if all(count[name] == 1 for count in counts.values()):
            rest = graph.nodes - {name}
            inner = mine(_projected(log, [rest])[0])
            if not _is_flower(inner):
                return AnyOrder(tuple(_flat(AnyOrder, [Task(name), inner])))
    return None


def _tau_loop(log: Log, graph: Graph) -> Part | None:
    """Split rows where an end is followed by a start, if that makes more of them."""
    befores = (graph.ends, graph.nodes)
    for before in befores:
        own: Log = {}
        counts: list[int] = []
        for trace, seen in log.items():
            pieces = _pieces(trace, partial(_starts_anew, before, graph.starts))
            counts.append(len(pieces))
            for piece in pieces:
                _add(own, piece, seen.times, seen.example)
        if max(counts) > 1:
            return Turns(mine(own), Nothing(), min(counts), max(counts))
    return None


def _starts_anew(ends: set[str], starts: set[str], one: str, other: str) -> bool:
    return one in ends and other in starts


def _one_beside(log: Log, graph: Graph) -> Part | None:
    """Put any call beside the rest if the rest then falls apart."""
    for name in sorted(graph.nodes):
        rest = graph.nodes - {name}
        logs = _projected(log, [{name}, rest])
        smaller = Graph.of(logs[1])
        if any(len(cut(smaller)) > 1 for cut in (either_cut, row_cut, any_order_cut, loop_cut)):
            return AnyOrder(tuple(_flat(AnyOrder, map(mine, logs))))
    return None


def _flower(log: Log) -> Part:
    """Return what makes any row of these calls."""
    names = sorted({name for trace in log for name in trace})
    lengths = [len(trace) for trace in log]
    return Turns(Either(tuple(map(Task, names))), Nothing(), min(lengths), max(lengths))


def _is_flower(part: Part) -> bool:
    return (
        isinstance(part, Turns)
        and isinstance(part.body, Either)
        and all(isinstance(inner, Task) for inner in part.body.parts)
    )
