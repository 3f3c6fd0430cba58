"""Values in paths that deserve a name: ``/v2/images/{image_id}``.

What counts as such a value (`PATTERNS`), and how a name is made of the segment before it
(`SINGULARS`, `VERSION`), is data. The same value has the same name wherever it appears.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from otelhook.sequence.document import Variable

__all__ = ["PATTERNS", "Pattern", "Route", "Variables", "name_values", "singular"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A form of value that deserves a name."""

    regex: re.Pattern[str]
    """Found within one segment of a path, between characters that are no letters or digits."""
    name: str = ""
    """The name to give; empty if the segment before it tells."""
    plural_only: bool = False
    """Whether it counts only after a plural, as ``/users/1234`` but not ``/v1/1234``."""


def _pattern(regex: str, name: str = "", *, plural_only: bool = False) -> Pattern:
    edges = rf"(?<![0-9A-Za-z])(?:{regex})(?![0-9A-Za-z])"
    return Pattern(re.compile(edges), name, plural_only)


PATTERNS: Final[tuple[Pattern, ...]] = (
    _pattern(r"AUTH_[0-9A-Za-z]+", "account"),
    _pattern(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
    _pattern(r"[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32}"),
    _pattern(r"[0-9A-HJKMNP-TV-Z]{26}"),  # ULID
    _pattern(r"(?=[a-f]*[0-9])[0-9a-f]{24}"),  # MongoDB's ObjectId
    _pattern(r"[0-9]{6,18}"),
    _pattern(r"[0-9]{4,5}", plural_only=True),
)
"""In this order; the first that matches at a place wins."""

VERSION: Final = re.compile(r"v\d+(\.\d+)*|\d+\.\d+", re.IGNORECASE)
"""Segments that say nothing of what follows them."""

IRREGULAR: Final[dict[str, str]] = {
    "addresses": "address",
    "aliases": "alias",
    "children": "child",
    "data": "data",
    "indices": "index",
    "metadata": "metadata",
    "news": "news",
    "os": "os",
    "people": "person",
    "releases": "release",
    "databases": "database",
    "caches": "cache",
    "series": "series",
    "statuses": "status",
}
SINGULARS: Final[tuple[tuple[str, str], ...]] = (
    ("ies", "y"),
    ("sses", "ss"),
    ("shes", "sh"),
    ("ches", "ch"),
    ("xes", "x"),
    ("zes", "z"),
    ("ss", "ss"),
    ("us", "us"),
    ("is", "is"),
    ("s", ""),
)
"""English endings, the first that fits."""

_GENERIC: Final = frozenset({"id", "uuid", "pk", "key", "guid"})
"""Names in a route that say less than the segment before them."""

_PARAMETER: Final = re.compile(
    r"\{(?P<brace>[^{}:]*)(?::[^{}]*)?\}|<(?:[^<>:]*:)?(?P<angle>[^<>]*)>|:(?P<colon>\w+)"
)
"""A route's parameter: ``{id}``, ``{id:\\d+}``, ``<id>``, ``<int:id>``, ``:id``."""


class _Rank(IntEnum):
    """How much a name is worth; the lowest wins."""

    GIVEN = 0
    ROUTE = 1
    FIXED = 2
    PLURAL = 3
    WORD = 4
    QUERY = 5
    NOTHING = 6


@dataclass(frozen=True, slots=True)
class Route:
    """One path as it was called, with its template (``http.route``) and query if known."""

    path: str
    template: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Variables:
    """Labels by the paths asked for, and the table of values in order of first appearance."""

    labels: tuple[str, ...]
    table: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class _Found:
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


def singular(word: str) -> str:
    """Return the singular of an English plural, as far as a table of endings goes."""
    lower = word.lower()
    if lower in IRREGULAR:
        return IRREGULAR[lower]
    if len(lower) > 2:  # noqa: PLR2004 - "os" and "ns" are no plurals
        for ending, instead in SINGULARS:
            if lower.endswith(ending):
                return lower.removesuffix(ending) + instead
    return lower


def _is_unique(value: str) -> bool:
    return len(value) >= 16  # noqa: PLR2004 - shorter ones (42, alice) mean many things


def _find(route: Route, given: Mapping[str, str], patterns: Sequence[Pattern]) -> Iterator[_Found]:
    by_route = _parameters(route)
    at, before = 0, ""
    for number, segment in enumerate(route.path.split("/")):
        end = at + len(segment)
        if segment in given:
            yield _Found(at, end, segment, _word(given[segment]), _Rank.GIVEN)
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
                before = _word(segment)
            elif literal and segment:
                before = ""
        at = end + 1
    for pair in route.query.split("&"):
        key, _, value = pair.partition("=")
        for pattern in patterns:
            if pattern.regex.fullmatch(value) and not pattern.plural_only:
                name = pattern.name or _word(key) or "id"
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


def _word(text: str) -> str:
    """Return a name of lower-case letters, digits and underscores."""
    return re.sub(r"[^0-9a-z]+", "_", text.lower()).strip("_")


def _parameters(route: Route) -> dict[int, str]:
    """Return from the number of a path's segment to its name in the route's template.

    A framework knows its template from where it is mounted, so the template is laid over the end
    of the path. A template that does not fit is no template of this path.
    """
    if not _PARAMETER.search(route.template):
        return {}
    path = route.path.split("/")
    template = route.template.strip("/").split("/")
    trailing = route.template.endswith("/") and route.path.endswith("/")
    first = len(path) - len(template) - int(trailing)
    if first < 0:
        return {}
    names: dict[int, str] = {}
    for number, part in enumerate(template, first):
        match = _PARAMETER.fullmatch(part)
        if match is None and part != path[number] and not _PARAMETER.search(part):
            return {}
        if match is not None and path[number]:
            name = _word(next(group for group in match.groups() if group is not None))
            names[number] = name or "id"
    return names


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
