"""Values in paths that deserve a name: ``/v2/images/{image_id}``.

What counts as such a value is data (`otelhook.sequence.values.path_patterns`); its name is given,
or the parameter's in the route, or made of the segment before it. The same value has the same name
wherever it appears.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from otelhook.sequence.document import Variable
from otelhook.sequence.values.path_patterns import PATTERNS, VERSION, Pattern, as_name, singular
from otelhook.sequence.values.routes import Route, parameters

__all__ = ["Variables", "name_values"]


_GENERIC: Final = frozenset({"id", "uuid", "pk", "key", "guid"})
"""Names in a route that say less than the segment before them."""


class _Rank(IntEnum):
    """How much a name is worth; the lowest wins."""

    GIVEN = 0
    ROUTE = 1
    FIXED = 2
    PLURAL = 3
    WORD = 4
    QUERY = 5
    NOTHING = 6


class Variables(NamedTuple):
    """Labels by the paths asked for, and the table of values in order of first appearance."""

    labels: tuple[str, ...]
    table: tuple[Variable, ...]


class _Found(NamedTuple):
    """A value at ``start`` to ``end`` of a path (in its query: -1, -1), and a name for it."""

    start: int
    end: int
    value: str
    name: str
    rank: _Rank

    @property
    def key(self) -> tuple[str, str]:
        """What has one name: a value that is unique by itself, else one of this name only."""
        return (self.value, "" if _is_unique(self.value) else self.name)


def name_values(
    routes: Sequence[Route],
    given: Mapping[str, str],
    patterns: Sequence[Pattern] = PATTERNS,
) -> Variables:
    """Find the values in paths and queries, name them, and write the labels.

    Args:
        routes: in order of appearance; the label of each is in the same place of the result.
        given: names by value, which win.
        patterns: what counts as a value.
    """
    seen: dict[Route, tuple[_Found, ...]] = {}
    for route in routes:
        if route not in seen:
            seen[route] = tuple(_find(route, given, patterns))
    best: dict[tuple[str, str], _Found] = {}
    for found in (found for listed in seen.values() for found in listed):
        known = best.get(found.key)
        if known is None or found.rank < known.rank:
            best[found.key] = found  # a dict keeps the place of the first appearance
    names = _unique_names(best)
    labels = {route: _label(route.path, listed, names) for route, listed in seen.items()}
    table = tuple(Variable(name, key[0]) for key, name in names.items())
    return Variables(tuple(labels[route] for route in routes), table)


def _is_unique(value: str) -> bool:
    return len(value) >= 16  # noqa: PLR2004 - shorter ones (42, alice) mean many things


def _find(route: Route, given: Mapping[str, str], patterns: Sequence[Pattern]) -> Iterator[_Found]:
    by_route = parameters(route)
    at, before = 0, ""
    for number, segment in enumerate(route.path.split("/")):
        end = at + len(segment)
        if segment in given:
            yield _Found(at, end, segment, as_name(given[segment]), _Rank.GIVEN)
        elif number in by_route:
            name = by_route[number]
            generic = name in _GENERIC and before
            yield _Found(
                at, end, segment, f"{singular(before)}_{name}" if generic else name, _Rank.ROUTE
            )
        else:
            literal = True
            for found in _in_segment(segment, at, before, patterns):
                literal = False
                yield found
            if literal and segment and not VERSION.fullmatch(segment):
                before = as_name(segment)
            elif literal and segment:
                before = ""
        at = end + 1
    for pair in route.query.split("&"):
        key, _, value = pair.partition("=")
        for pattern in patterns:
            if pattern.regex.fullmatch(value) and not pattern.plural_only:
                name = pattern.name or as_name(key) or "id"
                yield _Found(-1, -1, value, name, _Rank.QUERY)
                break


def _in_segment(
    segment: str, at: int, before: str, patterns: Sequence[Pattern]
) -> Iterator[_Found]:
    """Find values within a segment, such as the whole of it, or of ``<uuid>.json``."""
    taken: list[tuple[int, int]] = []
    plural = singular(before) != before
    for pattern in patterns:
        if pattern.plural_only and not plural:
            continue
        for match in pattern.regex.finditer(segment):
            start, end = match.span()
            if any(start < stop and begin < end for begin, stop in taken):
                continue
            taken.append((start, end))
            name, rank = _from_before(before, plural=plural)
            if pattern.name:
                name, rank = pattern.name, _Rank.FIXED
            yield _Found(at + start, at + end, match.group(), name, rank)


def _from_before(before: str, *, plural: bool) -> tuple[str, _Rank]:
    if not before:
        return "id", _Rank.NOTHING
    return f"{singular(before)}_id", _Rank.PLURAL if plural else _Rank.WORD


def _unique_names(best: Mapping[tuple[str, str], _Found]) -> dict[tuple[str, str], str]:
    """Give different values of one name the numbers 2, 3, ... in order of appearance."""
    names: dict[tuple[str, str], str] = {}
    counts: dict[str, int] = {}
    taken = {found.name for found in best.values()}
    for key, found in best.items():
        count = counts.get(found.name, 0) + 1
        name = found.name
        while count > 1 and (name := f"{found.name}_{count}") in taken:
            count += 1
        counts[found.name] = count
        taken.add(name)
        names[key] = name
    return names


def _label(path: str, listed: Iterable[_Found], names: Mapping[tuple[str, str], str]) -> str:
    parts: list[str] = []
    at = 0
    for found in sorted((f for f in listed if f.start >= 0), key=lambda f: f.start):
        parts += [path[at : found.start], "{", names[found.key], "}"]
        at = found.end
    return "".join(parts) + path[at:]
