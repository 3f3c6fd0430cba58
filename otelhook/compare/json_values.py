"""What differs between two JSON values, each difference at the highest place that has it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeGuard

from otelhook.compare.findings import Change
from otelhook.compare.lists import common
from otelhook.compare.signs import Number, json_sign
from otelhook.compare.values import same_value

__all__ = ["Difference", "json_differences", "spelled"]

_LONGEST: Final = 500
"""Characters of a value that are kept to be shown."""

_NAMES: Final = ("id", "name", "key")
"""Under which an item of a list has its name, the first that it has."""

_STRANGE: Final = 8
"""So many keys that one of two tables lacks, and they are two things and not one that changed."""
_TWO: Final = 2
"""One key that is gone and one that is new: that may be a name that changed."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between two messages."""

    change: Change
    place: str
    before: str = ""
    after: str = ""


def spelled(value: object) -> str:
    """Return a JSON value in a line, cut if it is long."""
    text = _plain(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _plain(value: object) -> str:
    if isinstance(value, Number):
        return str(value)
    # What stands in for numbers is text to json; it is shown in quotes within containers only.
    return json.dumps(value, ensure_ascii=False)


def json_differences(before: object, after: object, place: str) -> Iterator[Difference]:
    """Yield what differs; nesting is limited by who parsed them.

    Args:
        before: a value as `otelhook.compare.signs.json_value` returns it.
        after: likewise.
        place: dotted path of both.
    """
    if _is_table(before) and _is_table(after):
        yield from _of_tables(before, after, place)
    elif _is_list(before) and _is_list(after):
        yield from _of_lists(before, after, place)
    elif not _same(before, after, place):
        yield Difference(Change.CHANGED, place, spelled(before), spelled(after))


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _same(before: object, after: object, place: str) -> bool:
    key = _key(place)
    if isinstance(before, str) and isinstance(after, str):
        if isinstance(before, Number) is not isinstance(after, Number):
            return False
        return same_value(key, before, after)
    return json_sign(before, key) == json_sign(after, key)


def _key(place: str) -> str:
    """Return the key that a value stands under, through lists."""
    *_, last = [part for part in place.split(".") if not part.isdecimal()] or [""]
    return last


def _of_tables(
    before: dict[str, object], after: dict[str, object], place: str
) -> Iterator[Difference]:
    gone = [key for key in before if key not in after]
    new = [key for key in after if key not in before]
    unlike = len(gone) + len(new)
    shared = len(before) - len(gone)
    most = _STRANGE if shared or not gone else _TWO
    if shared < unlike and unlike > most:
        yield Difference(Change.CHANGED, place, spelled(before), spelled(after))
        return
    for key in gone:
        other = _other_name(key, before, after, gone, new)
        if other is not None:
            new.remove(other)
            yield Difference(Change.RENAMED, f"{place}.{key}", key, other)
        else:
            yield Difference(Change.REMOVED, f"{place}.{key}", spelled(before[key]))
    for key in new:
        yield Difference(Change.ADDED, f"{place}.{key}", after=spelled(after[key]))
    for key, value in before.items():
        if key in after:
            yield from json_differences(value, after[key], f"{place}.{key}")


def _other_name(
    key: str,
    before: dict[str, object],
    after: dict[str, object],
    gone: list[str],
    new: list[str],
) -> str | None:
    """Return what a key is called now: a new key with its value that no other can be."""
    sign = json_sign(before[key])
    alike = [other for other in new if json_sign(after[other]) == sign]
    rivals = [other for other in gone if json_sign(before[other]) == sign]
    return alike[0] if len(alike) == 1 == len(rivals) else None


def _of_lists(before: list[object], after: list[object], place: str) -> Iterator[Difference]:
    key = _key(place)
    signs = [[json_sign(item, key) for item in side] for side in (before, after)]
    if Counter(signs[0]) == Counter(signs[1]):
        return  # in another order, as what was a set has in every run
    taken = common(*signs)
    rest = (
        _left(before, {i for i, _ in taken}),
        _left(after, {j for _, j in taken}),
    )
    waiting = Counter[Hashable](signs[1][j] for j in rest[1])
    elsewhere = [i for i in rest[0] if waiting[signs[0][i]]]
    gone = [i for i in rest[0] if i not in elsewhere]
    moved = Counter[Hashable](signs[0][i] for i in elsewhere)
    new = [j for j in rest[1] if not moved[signs[1][j]]]
    pairs = _named_alike(before, after, gone, new)
    if len(gone) == len(new) or len(before) == len(after):
        short = min(len(gone), len(new))
        pairs += zip(gone[:short], new[:short], strict=True)
        del gone[:short], new[:short]
    yield from _of_pairs([(i, before[i], after[j]) for i, j in sorted(pairs)], place)
    yield from _items(Change.REMOVED, before, gone, place)
    yield from _items(Change.ADDED, after, new, place)


def _named_alike(
    before: list[object], after: list[object], gone: list[int], new: list[int]
) -> list[tuple[int, int]]:
    """Take those out of ``gone`` and ``new`` that have the same name, and return them as pairs."""
    waiting = {name: j for j in reversed(new) if (name := _named(after[j])) is not None}
    pairs: list[tuple[int, int]] = []
    for i in list(gone):
        name = _named(before[i])
        j = None if name is None else waiting.pop(name, None)
        if j is not None:
            pairs.append((i, j))
            gone.remove(i)
            new.remove(j)
    return pairs


def _named(item: object) -> tuple[str, str] | None:
    """Return by what an item of a list is known, if somebody chose it."""
    if not _is_table(item):
        return None
    return next(
        ((key, value) for key in _NAMES if isinstance(value := item.get(key), str) and value), None
    )


def _of_pairs(pairs: list[tuple[int, object, object]], place: str) -> Iterator[Difference]:
    """Yield what differs in items of a list; the same in several of them is one difference."""
    found: dict[Hashable, list[tuple[str, Difference]]] = {}
    for index, old, new in pairs:
        for one in json_differences(old, new, f"{place}.{index}"):
            within = one.place.removeprefix(f"{place}.{index}")
            values = (one.before, one.after) if one.change is Change.CHANGED else ()
            found.setdefault((one.change, within, values), []).append((within, one))
    for (within, one), *others in found.values():
        yield replace(one, place=f"{place}.*{within}") if others else one


def _left(items: list[object], taken: set[int]) -> list[int]:
    return [index for index in range(len(items)) if index not in taken]


def _items(
    change: Change, values: list[object], indices: list[int], place: str
) -> Iterator[Difference]:
    """Yield one difference for all items that only one list has."""
    if not indices:
        return
    shown = spelled(values[indices[0]])
    if len(indices) > 1:
        shown += f" and {len(indices) - 1} more"
    is_gone = change is Change.REMOVED
    where = f"{place}.{indices[0]}"
    yield Difference(change, where, shown if is_gone else "", "" if is_gone else shown)
