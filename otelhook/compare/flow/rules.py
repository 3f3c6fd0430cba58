"""A flow's file: the outline, what must hold of headers and bodies, and limits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, cast

from otelhook.compare.flow.model import Level
from otelhook.compare.flow.outline import parse_outline
from otelhook.compare.flow.tree import AnyOrder, Either, Part, Row, Task, Turns
from otelhook.compare.flow.writing import VERSION
from otelhook.compare.ignoring import Ignored, parse_entry
from otelhook.errors import ConfigError, DamagedDataError
from otelhook.toml_text import parse_toml

__all__ = ["FlowRules", "Must", "parse_flow"]

_KEYS: Final = frozenset({"version", "operation", "runs", "flow", "must", "limits"})
_LIMITS: Final = frozenset({"steps", "seconds"})
_MUST: Final = ("header", "body", "is", "matches", "absent", "seconds")


@dataclass(frozen=True, slots=True)
class Must:
    """What must hold of the steps that it is for."""

    number: int
    """1..n in its file."""
    steps: Ignored
    """Which steps, in the language of notes."""
    place: str
    """``header.x-auth-token`` or ``body.image.status``; empty if only the time is limited."""
    value: str | None = None
    pattern: re.Pattern[str] | None = None
    absent: bool = False
    seconds: float | None = None
    """How long the step may have taken since its request."""


@dataclass(frozen=True, slots=True)
class FlowRules:
    """What a run is checked against."""

    operation: str
    level: Level
    musts: tuple[Must, ...] = ()
    steps: int | None = None
    """How many steps a run may have."""
    seconds: float | None = None
    """How long it may take."""


def parse_flow(text: str, named: str) -> FlowRules:
    """Read a flow's file.

    Args:
        text: of the file.
        named: the file, for messages.

    Raises:
        ConfigError: it cannot be used: not TOML, an unknown key, a contradiction.
        DamagedDataError: a newer otelhook wrote it.
    """
    data = parse_toml(text, f"{named}:")
    _known(data, _KEYS, named)
    _check_version(data.get("version"), named)
    outline = data.get("flow")
    if not isinstance(outline, str) or not outline.strip():
        message = f"{named}: 'flow' should be the outline as text; otelhook flow writes one"
        raise ConfigError(message)
    level = parse_outline(outline, named)
    limits = data.get("limits", {})
    if not isinstance(limits, dict):
        message = f"{named}: [limits] should be a table of steps and seconds"
        raise ConfigError(message)
    table = cast("dict[str, object]", limits)
    _known(table, _LIMITS, f"{named}: [limits]")
    steps, seconds = _number(table, "steps", named), _number(table, "seconds", named)
    if steps is not None and steps < (least := _least(level)):
        message = f"{named}: it contradicts itself: no run has fewer than {least} steps, and "
        message += f"[limits] has steps = {steps:g}"
        raise ConfigError(message)
    listed = data.get("must", [])
    if not isinstance(listed, list):
        message = f"{named}: expected [[must]] entries"
        raise ConfigError(message)
    musts = tuple(
        _must(item, number, f"{named}: [[must]] {number}")
        for number, item in enumerate(cast("list[object]", listed), 1)
    )
    _check_contradictions(musts, named)
    operation = data.get("operation", "")
    return FlowRules(
        operation if isinstance(operation, str) else "",
        level,
        musts,
        None if steps is None else int(steps),
        seconds,
    )


def _known(given: Mapping[str, object], known: frozenset[str], where: str) -> None:
    for name in given:
        if name not in known:
            message = f"{where}: unknown key {name!r}; known: {', '.join(sorted(known))}"
            raise ConfigError(message)


def _check_version(version: object, named: str) -> None:
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        what = "it has no version" if version is None else f"{version!r} is not a valid version"
        message = f"{named}: {what}: write version = {VERSION} before the rest"
        raise ConfigError(message)
    if version > VERSION:
        message = f"{named}: its version is {version}, and this otelhook reads up to {VERSION}: "
        message += "update otelhook, or write the flow anew with otelhook flow"
        raise DamagedDataError(message)


def _number(table: Mapping[str, object], key: str, named: str) -> float | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        message = f"{named}: {key!r} should be a number above 0"
        raise ConfigError(message)
    return float(value)


def _least(level: Level) -> int:
    """Return how many steps a run has at least; an answer is not sure to be recorded."""
    return _least_of(level.order, level)


def _least_of(part: Part, level: Level) -> int:
    if isinstance(part, Task):
        return 1 + _least(level.nodes[part.name].inside)
    if isinstance(part, Row | AnyOrder):
        return sum(_least_of(inner, level) for inner in part.parts)
    if isinstance(part, Either):
        return min(_least_of(inner, level) for inner in part.parts)
    return part.least * _least_of(part.body, level) if isinstance(part, Turns) else 0


def _must(given: object, number: int, where: str) -> Must:
    if not isinstance(given, dict):
        message = f"{where}: expected a table"
        raise ConfigError(message)
    entry = cast("dict[str, object]", given)
    steps = parse_entry({k: v for k, v in entry.items() if k not in _MUST}, where, needed=False)
    header, body = _text(entry, "header", where), _text(entry, "body", where)
    place = f"header.{header.lower()}" if header else f"body.{body}" if body else ""
    seconds = _number(entry, "seconds", where)
    if bool(header) is bool(body) and not (seconds is not None and not header):
        message = f"{where}: it needs header or body, one of them, or seconds"
        raise ConfigError(message)
    value, pattern = entry.get("is"), _text(entry, "matches", where)
    absent = entry.get("absent", False)
    if not isinstance(absent, bool):
        message = f"{where}: 'absent' should be true or false"
        raise ConfigError(message)
    if sum((value is not None, bool(pattern), absent)) > 1:
        message = f"{where}: it contradicts itself: give one of is, matches and absent"
        raise ConfigError(message)
    return Must(number, steps, place, _spelled(value), _compiled(pattern, where), absent, seconds)


def _check_contradictions(musts: Sequence[Must], named: str) -> None:
    """Compare rules for the same place of the same steps.

    Raises:
        ConfigError: nothing can fit both of two.
    """
    known: dict[tuple[Ignored, str], list[Must]] = {}
    for must in musts:
        if must.place:
            known.setdefault((must.steps, must.place), []).append(must)
    for group in known.values():
        for one, other in combinations(group, 2):
            if _excludes(one, other) or _excludes(other, one):
                message = f"{named}: it contradicts itself: nothing can fit both [[must]] "
                message += f"{one.number} and [[must]] {other.number}"
                raise ConfigError(message)


def _excludes(one: Must, other: Must) -> bool:
    if one.absent:
        return not other.absent
    if one.value is None or other.absent:
        return False
    if other.pattern is not None:
        return other.pattern.search(one.value) is None
    return other.value not in (None, one.value)


def _spelled(value: object) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(entry: Mapping[str, object], key: str, where: str) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str):
        message = f"{where}: {key!r} should be text"
        raise ConfigError(message)
    return value


def _compiled(pattern: str, where: str) -> re.Pattern[str] | None:
    if not pattern:
        return None
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"{where}: the pattern {pattern!r} cannot be used: {error}"
        raise ConfigError(message) from None
