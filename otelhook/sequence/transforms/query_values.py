"""Queries that differ in their values only: what stays of one, and what its values are.

One query for each row of another (N+1) is one statement over and over. Its literals, its
parameters and the number of rows that it returns change; verb, tables and columns do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from otelhook.lazy_patterns import lazy
from otelhook.sequence.document import Body, Step, StepKind
from otelhook.sequence.protocols.database import PARAMETERS
from otelhook.sequence.values.json_leaves import Leaf
from otelhook.sequence.vocabulary import Protocol

__all__ = ["Asked", "asked_of", "differences"]

_LOOKED_AT: Final = 4096
"""Characters of a statement in which values are looked for; what follows has to be equal."""

_VALUE: Final = lazy(
    r"""
    (?P<comment>/\*.*?\*/|--[^\n]*)
  | (?P<quoted>'(?:[^'\\]|\\.|'')*')
  | (?P<uuid>(?<![\w-])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![\w-]))
  | (?P<number>(?<![\w.$@%])\d{1,40}(?:\.\d{1,40})?(?![\w.]))
  | (?P<mark>\$\d{1,5}|\?|%s)
    """,
    re.VERBOSE | re.DOTALL,
)
"""What may change, and the marks that stand for parameters; comments carry ids of traces."""

_COLUMN: Final = lazy(
    r"""(?i)(?P<column>[a-z_]\w{0,63})["`\]]?(?:\s{0,4}(?:=|<>|!=|<=?|>=?)\s{0,4}(?:'\Z)?"""
    r"""|\s{1,4}(?:like|in)\s{0,4}\(?\s{0,4}|:|\s{1,4}(?<=limit\ )|\s{1,4}(?<=offset\ ))\Z"""
)
_ROWS: Final = lazy(r"(\d{1,18}) rows?")
_INTEGER: Final = lazy(r"\d{1,18}")
_SHOWN: Final = 2

Value = tuple[str, str]
"""What it is called, empty if nothing tells, and how it is spelled."""


class Asked(NamedTuple):
    """A step of a query without its values."""

    step: Step
    """Without what `shape` and `values` hold."""
    shape: Hashable
    values: tuple[Value, ...]


def asked_of(step: Step, leaves: Callable[[Body | None], tuple[Leaf, ...]]) -> Asked | None:
    """Take a query, or the number of rows that answered one, apart; None if it is neither."""
    if step.protocol is not Protocol.DATABASE:
        return None
    if step.kind is not StepKind.REQUEST:
        rows = _ROWS.fullmatch(step.answer)
        return Asked(replace(step, answer=""), "rows", (("rows", rows[1]),)) if rows else None
    if step.body is None or not isinstance(step.body.content, str):
        return None
    listed = leaves(step.body)
    if listed:
        shape: Hashable = tuple((path, _verb(path, value)) for path, value in listed)
        values = tuple((path.rpartition(".")[2], str(value)) for path, value in listed)
        marks: tuple[str, ...] = ()
    else:
        shape, values, marks = _taken_apart(step.body.content)
    given = [header for header in step.headers if header.name.startswith(PARAMETERS)]
    headers = tuple(header for header in step.headers if header not in given)
    parameters = tuple((_name(h.name, marks), h.value) for h in given)
    bare = replace(step, headers=headers, body=None)
    return Asked(bare, (shape, tuple(h.name for h in given)), values + parameters)


def _verb(path: str, value: object) -> object:
    """Return what at the top of a command as JSON is not a value: ``{"find": "items", ...}``."""
    return None if "." in path or _INTEGER.fullmatch(str(value)) else value


@lru_cache(maxsize=1024)
def _taken_apart(statement: str) -> tuple[str, tuple[Value, ...], tuple[str, ...]]:
    """Return a statement without its values, the values, and the columns of its marks in order."""
    text, rest = statement[:_LOOKED_AT], statement[_LOOKED_AT:]
    values: list[Value] = []
    marks: list[str] = []

    def stand_in(match: re.Match[str]) -> str:
        if match.lastgroup == "comment":
            return ""
        before = text[max(0, match.start() - 80) : match.start()]
        column = _COLUMN.search(before)
        name = column["column"] if column else ""
        if match.lastgroup == "mark":
            marks.append(name)
            return match.group()
        values.append((name, match.group().strip("'")))
        return "?"

    shape = _VALUE.sub(stand_in, text)
    return shape.strip() + rest, tuple(values), tuple(marks)


def _name(header: str, marks: Sequence[str]) -> str:
    """Return what a parameter is called: by its own name, else by the column it is compared to."""
    last = header.rpartition(".")[2]
    if last.isdecimal():
        number = int(last[:5])
        return marks[number] if number < len(marks) else ""
    if last == "parameters":
        return marks[0] if len(marks) == 1 else ""
    return last


def differences(iterations: Sequence[Sequence[Value]]) -> str:
    """Return how calls that repeat differ: ``id 1 to 12``, ``9 values of id``; else empty.

    Args:
        iterations: the values of each, equally many and in the same order.
    """
    found: dict[str, None] = {}
    told: set[tuple[str, ...]] = set()
    for column in zip(*iterations, strict=False):
        spelled = tuple(value for _, value in column)
        name = column[0][0]
        # A value may be recorded twice: in the statement, and as a parameter of it.
        if len(set(spelled)) > 1 and (spelled not in told or name == "rows"):
            told.add(spelled)
            found.setdefault(_difference(name, spelled))
    named = list(found)
    more = len(named) - _SHOWN
    return ", ".join([*named[:_SHOWN], *([f"and {more} more"] if more > 0 else [])])


def _difference(name: str, values: Sequence[str]) -> str:
    distinct = set(values)
    numbers = sorted(_numbers(distinct))
    whole = len(numbers) == len(distinct)
    if name == "rows" and whole:
        return f"{numbers[0]} to {numbers[-1]} rows"
    if name and whole and len(values) == len(numbers) == numbers[-1] - numbers[0] + 1:
        return f"{name} {numbers[0]} to {numbers[-1]}"
    return f"{len(distinct)} values of {name}" if name else f"{len(distinct)} values"


def _numbers(values: set[str]) -> Iterator[int]:
    return (int(value) for value in values if _INTEGER.fullmatch(value) and value.isascii())
