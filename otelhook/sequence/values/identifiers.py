"""Names for ids that stand in headers and bodies only: ``image_id`` for a body's ``image.id``.

`otelhook.sequence.values.variables` names what stands in paths and queries, and its names stay.
Here an id is named that a request hands on, because those are the ones that a reader meets again:
a list or a catalogue may bring hundreds that nobody uses. What redaction left of tokens has names
of its own (`otelhook.sequence.values.flows`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from itertools import count
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.sequence.document import Document, Step, StepKind, Variable
from otelhook.sequence.values.path_patterns import MADE_UP, NUMBER, as_name, singular
from otelhook.sequence.values.step_values import Value, ValueReader
from otelhook.sequence.values.traceable import spelled

__all__ = ["NAMES_LIMIT", "name_identifiers"]

NAMES_LIMIT: Final = 200
"""Values named here, in order of appearance: a longer table is not read."""

_MADE_UP: Final = lazy("|".join(MADE_UP))
_NUMBER: Final = lazy(NUMBER)
"""Whole values."""

_GENERIC: Final = frozenset({"id", "uuid", "pk", "key", "guid", "value", "ref", "self"})
"""Names that say less than what they stand in."""

_SAYS_ID: Final = lazy(r"(?:.*_)?(?:ids?|uuids?|guids?|refs?|keys?|numbers?|no|pk)")


class _Rank(IntEnum):
    """How much a name is worth; the lowest wins, of equals the first: who issued the value."""

    GIVEN = 0
    BODY = 1
    HEADER = 2
    NOTHING = 3


@dataclass(slots=True)
class _Found:
    """The best name for a value so far, and the exchanges that the value stands in."""

    name: str
    rank: _Rank
    exchange: int
    """The first that has it."""
    handed_on: bool = False
    """Whether another one has it too."""


def name_identifiers(
    document: Document,
    given: Mapping[str, str] | None = None,
    reader: ValueReader | None = None,
) -> Document:
    """Return the document with names for the ids that requests hand on in headers and bodies.

    Args:
        document: its own variables stay as they are.
        given: names by value, which win; such a value is named wherever it stands.
        reader: one that other passes share, which has read the steps then.
    """
    given = given or {}
    known = {variable.value for variable in document.variables}
    reader = reader or ValueReader.of(document.steps, given)
    names = _Names(given)
    wanted = {
        value[1]
        for step in document.steps
        if step.kind is StepKind.REQUEST
        for value in reader.values(step)
        if names.is_candidate(value)
    }
    wanted = (wanted | given.keys()) - known
    if not wanted:
        return document
    for step in document.steps:
        for place, text, _ in reader.values(step):
            if text in wanted:
                names.see(step, place, text)
    named = [
        (seen.name, text)
        for text, seen in names.found.items()
        if seen.rank is _Rank.GIVEN or seen.handed_on
    ]
    taken = {variable.name for variable in document.variables}
    added = tuple(Variable(_free(name, taken), text) for name, text in named[:NAMES_LIMIT])
    return replace(document, variables=(*document.variables, *added))


class _Names:
    """The best name for each value, and what the places of a message are worth as one."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.found: dict[str, _Found] = {}
        """By value, in order of appearance."""
        self._given = given
        # Bodies of a kind have the same places.
        self._named = lru_cache(4096)(_named)

    def is_candidate(self, value: Value) -> bool:
        """Return whether a value is an id by its form, or a number whose name says so."""
        place, text, is_token = value
        if is_token or not place.startswith(("header.", "body.")):
            return False
        if _MADE_UP.fullmatch(text):
            return True
        if not _NUMBER.fullmatch(text):
            return False
        name, _ = self._named(place, dashed=False)
        return _SAYS_ID.fullmatch(name) is not None

    def see(self, step: Step, place: str, text: str) -> None:
        """Learn that a value stands at a place of a step."""
        if text in self._given:
            name, rank = as_name(self._given[text]), _Rank.GIVEN
        else:
            name, rank = self._named(place, dashed="-" in text)
        best = self.found.get(text)
        if best is None:
            self.found[text] = _Found(name, rank, step.exchange)
            return
        best.handed_on = best.handed_on or step.exchange != best.exchange
        if rank < best.rank:
            best.name, best.rank = name, rank


def _named(place: str, *, dashed: bool) -> tuple[str, _Rank]:
    """Return a name for what stands at this place of a message.

    Args:
        place: as in `otelhook.sequence.document.Flow`.
        dashed: whether what stands there has a dash, as a UUID has and a number has not.
    """
    side, _, path = place.partition(".")
    if side == "header":
        return as_name(path.removeprefix("x-")) or "id", _Rank.HEADER
    keys = [_key(part) for part in path.split(".") if part and not part.isdecimal()]
    if side != "body" or not keys:
        return "id", _Rank.NOTHING
    own = singular(keys[-1])
    if own in _GENERIC:
        return (f"{singular(keys[-2])}_id", _Rank.BODY) if keys[1:] else ("id", _Rank.NOTHING)
    says_enough = not dashed or _SAYS_ID.fullmatch(own)
    return own if says_enough else f"{own}_id", _Rank.BODY


def _key(part: str) -> str:
    return as_name(spelled(part)) or "id"


def _free(name: str, taken: set[str]) -> str:
    """Return the name, or the first of ``name_2``, ``name_3`` that no other value has."""
    free = next(
        n for number in count(1) if (n := name if number == 1 else f"{name}_{number}") not in taken
    )
    taken.add(free)
    return free
