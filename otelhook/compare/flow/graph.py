"""Which call directly follows which, and how a set of calls falls apart by that.

The cuts are those of the inductive miner (Leemans, Fahland, van der Aalst: Discovering
block-structured process models from event logs, 2013).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import pairwise

__all__ = ["Graph", "Sets", "any_order_cut", "components", "either_cut", "loop_cut", "row_cut"]

Sets = list[set[str]]


@dataclass(slots=True)
class Graph:
    """What directly follows what in a log."""

    nodes: set[str] = field(default_factory=set[str])
    follows: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    starts: set[str] = field(default_factory=set[str])
    ends: set[str] = field(default_factory=set[str])

    @classmethod
    def of(cls, traces: Iterable[tuple[str, ...]]) -> Graph:
        """Read a log; empty traces say nothing."""
        graph = cls()
        for trace in traces:
            if not trace:
                continue
            graph.nodes.update(trace)
            graph.starts.add(trace[0])
            graph.ends.add(trace[-1])
            for one, other in pairwise(trace):
                graph.follows[one].add(other)
        return graph

    def has(self, one: str, other: str) -> bool:
        """Return whether a call directly follows another."""
        return other in self.follows.get(one, ())


def components(nodes: Iterable[str], linked: Callable[[str, str], bool]) -> Sets:
    """Return the sets of nodes that are linked with one another, in a fixed order."""
    left = sorted(nodes)
    found: Sets = []
    while left:
        part, waiting = {left[0]}, [left.pop(0)]
        while waiting:
            top = waiting.pop()
            near = [node for node in left if linked(top, node) or linked(node, top)]
            part.update(near)
            waiting += near
            left = [node for node in left if node not in part]
        found.append(part)
    return found


def either_cut(graph: Graph) -> Sets:
    """Return sets between which nothing follows."""
    return components(graph.nodes, graph.has)


def _reachable(
    follows: Mapping[str, AbstractSet[str]], nodes: Iterable[str]
) -> dict[str, set[str]]:
    reach: dict[str, set[str]] = {}
    for node in nodes:
        seen: set[str] = set()
        waiting = list(follows.get(node, ()))
        while waiting:
            top = waiting.pop()
            if top not in seen:
                seen.add(top)
                waiting += follows.get(top, ())
        reach[node] = seen
    return reach


def row_cut(graph: Graph) -> Sets:
    """Return sets in an order in which there is a way forward only."""
    reach = _reachable(graph.follows, graph.nodes)

    def same(one: str, other: str) -> bool:
        return (other in reach[one]) == (one in reach[other])

    parts = components(graph.nodes, same)
    # Within a set there may be no way between two, and then each may lie elsewhere to a third.
    while crossed := _crossed(parts, reach):
        one, other = crossed
        parts = [part for part in parts if part not in crossed] + [one | other]
    ahead = [
        sum(_leads(part, other, reach) for other in parts if other is not part) for part in parts
    ]
    order = sorted(range(len(parts)), key=lambda index: -ahead[index])
    return [parts[index] for index in order]


def _leads(one: set[str], other: set[str], reach: Mapping[str, set[str]]) -> bool:
    return any(reach[node] & other for node in one)


def _crossed(parts: Sets, reach: Mapping[str, set[str]]) -> tuple[set[str], set[str]] | None:
    """Return two sets between which there are ways both forward and back."""
    for index, one in enumerate(parts):
        for other in parts[index + 1 :]:
            if _leads(one, other, reach) and _leads(other, one, reach):
                return one, other
    return None


def any_order_cut(graph: Graph) -> Sets:
    """Return sets of which each call follows, and is followed by, each of the others'."""

    def bound(one: str, other: str) -> bool:
        return not (graph.has(one, other) and graph.has(other, one))

    parts = components(graph.nodes, bound)
    whole = [part for part in parts if part & graph.starts and part & graph.ends]
    rest = [part for part in parts if part not in whole]
    if len(whole) > 1 and rest:
        whole[0] = whole[0].union(*rest)
        rest = []
    return whole if not rest else []


def loop_cut(graph: Graph) -> Sets:
    """Return the body of a loop, then what comes between its turns; empty if there is no loop."""
    body = graph.starts | graph.ends
    between: Sets = []
    inner = graph.nodes - body
    for part in components(inner, graph.has):
        if _is_between(part, graph):
            between.append(part)
        else:
            body |= part
    return [body, set[str]().union(*between)] if between else []


def _is_between(part: set[str], graph: Graph) -> bool:
    """Return whether a set is entered from all ends only, and left to all starts only."""
    others = graph.nodes - part
    into = {one for one in others if graph.follows.get(one, set[str]()) & part}
    out = {node for one in part for node in graph.follows.get(one, ()) if node not in part}
    if not into <= graph.ends or not out <= graph.starts:
        return False
    entries = {node for one in into for node in graph.follows[one] if node in part}
    exits = {one for one in part if graph.follows.get(one, set[str]()) & others}
    return all(graph.has(end, entry) for end in graph.ends for entry in entries) and all(
        graph.has(leave, start) for leave in exits for start in graph.starts
    )
