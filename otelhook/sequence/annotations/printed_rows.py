"""The rows of what a command printed: JSON, a drawn table, columns, or CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, cast

from otelhook.lazy_patterns import lazy
from otelhook.sequence.values.traceable import spelled

__all__ = ["Row", "printed_rows"]

Row: TypeAlias = Mapping[str, str]
"""Values by name, as `spelled`, blanks as underscores."""

_LONGEST: Final = 100_000
_NOTHING: Final = frozenset({"", "None", "null", "-"})
_GAP: Final = lazy(r"\t+| {2,}")
_PAIR: Final = 2


def printed_rows(output: str) -> Iterator[tuple[Row, ...]]:
    """Yield what the output can be read as, the likeliest first: an object, or a list of them."""
    text = output.strip()
    if len(text) > _LONGEST:
        return
    if text.startswith(("{", "[")):
        yield from _of_json(text)
        return
    for split in _SPLITS:
        cells = split(text)
        if len(cells) > 1 and len(cells[0]) > 1 and len({len(row) for row in cells}) == 1:
            yield from _of_table(cells)
            return


def _of_json(text: str) -> Iterator[tuple[Row, ...]]:
    try:
        data: object = json.loads(text)
    except (ValueError, RecursionError):
        return
    listed = cast("list[object]", data) if isinstance(data, list) else [data]
    objects = [cast("dict[str, object]", each) for each in listed if isinstance(each, dict)]
    yield tuple(
        _row((name, str(v)) for name, v in each.items() if isinstance(v, str | int | float))
        for each in objects
    )


def _of_table(cells: Sequence[Sequence[str]]) -> Iterator[tuple[Row, ...]]:
    heading, *rest = cells
    if len(heading) == _PAIR:  # fields and their values, below a heading that says so, or a list
        yield (_row((row[0], row[1]) for row in rest),)
    yield tuple(_row(zip(heading, row, strict=True)) for row in rest)


def _row(pairs: Iterator[tuple[str, str]]) -> Row:
    named = ((spelled(name.strip()).replace(" ", "_"), text.strip()) for name, text in pairs)
    return {name: text for name, text in named if text not in _NOTHING}


def _drawn(text: str) -> list[list[str]]:
    """Split a table with bars; lines without one are its rules."""
    return [line.strip().strip("|").split("|") for line in text.splitlines() if "|" in line]


def _columns(text: str) -> list[list[str]]:
    return [_GAP.split(line.strip()) for line in text.splitlines() if line.strip()]


def _comma_separated(text: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(text.splitlines(), strict=True) if row]
    except csv.Error:
        return []


_SPLITS: Final[tuple[Callable[[str], list[list[str]]], ...]] = (_drawn, _columns, _comma_separated)
