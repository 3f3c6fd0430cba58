"""The JSON form's first version: read as what it means today, and written for its readers.

Version 1 knew HTTP only: no protocol, no outcome, and three kinds of participants. What it has no
word for is told in the words that it has: an answer of another protocol as a reason phrase, a
database as a callee, an error over another protocol as a failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from otelhook.sequence.document import (
    GroupKind,
    Mark,
    NotePlace,
    Outcome,
    ParticipantKind,
    Protocol,
    StepKind,
)

__all__ = ["FIRST_VERSION", "as_first", "from_first"]

FIRST_VERSION: Final = 1

_NEW_IN_STEPS: Final = (
    *("protocol", "operation", "outcome", "answer", "message", "span_ids"),
    "address",
)
_NEW_IN_NOTES: Final = ("markdown", "place", "subject")
_ON_STEPS: Final = NotePlace.STEPS.value
_NEW: Final = ("inner_spans", "counts")
_KINDS: Final = frozenset({ParticipantKind.SERVICE, ParticipantKind.CALLER, ParticipantKind.CALLEE})
_FIRST_ERROR: Final = 400
"""The first of HTTP's status codes that are errors (RFC 9110, 15)."""

_Plain = dict[str, Any]


def from_first(top: Mapping[str, object]) -> dict[str, object]:
    """Return a document of version 1 with the outcomes that its statuses and kinds tell.

    What is damaged stays so: the reader says where.
    """
    # What is called like a newer field is none: it was ignored, and still is.
    kept = {name: value for name, value in top.items() if name not in _NEW}
    steps = kept.get("steps")
    if not isinstance(steps, list):
        return kept
    kept["steps"] = [_with_outcome(step) for step in cast("list[object]", steps)]
    notes = kept.get("notes")
    if isinstance(notes, list):
        kept["notes"] = [_without(note, _NEW_IN_NOTES) for note in cast("list[object]", notes)]
    return kept


def _without(value: object, names: tuple[str, ...]) -> object:
    if not isinstance(value, dict):
        return value
    own = cast("dict[str, object]", value).items()
    return {name: item for name, item in own if name not in names}


def _with_outcome(step: object) -> object:
    if not isinstance(step, dict):
        return step
    given = cast("dict[str, object]", _without(cast("object", step), _NEW_IN_STEPS))
    outcome: Outcome | None = None
    status = given.get("status_code")
    if given.get("kind") == StepKind.FAILURE.value:
        outcome = Outcome.UNANSWERED
    elif given.get("kind") == StepKind.RESPONSE.value and isinstance(status, int):
        outcome = Outcome.ERROR if status >= _FIRST_ERROR else Outcome.OK
    return {**given, "outcome": None if outcome is None else outcome.value}


def _group(group: _Plain) -> _Plain:
    """Return a frame; what may go several ways is what may be left out, in version 1."""
    kind = GroupKind.OPT.value if group["kind"] == GroupKind.ALT.value else group["kind"]
    return {name: item for name, item in group.items() if name != "branches"} | {"kind": kind}


def as_first(plain: _Plain) -> _Plain:
    """Return a document, as what ``json`` can write, in version 1."""
    top = {name: value for name, value in plain.items() if name not in _NEW}
    return {
        **top,
        "version": FIRST_VERSION,
        "participants": [_participant(participant) for participant in plain["participants"]],
        "steps": [_step(step) for step in plain["steps"]],
        "groups": [_group(group) for group in plain["groups"]],
        "notes": [_note(note) for note in plain["notes"] if note["place"] == _ON_STEPS],
    }


def _note(plain: _Plain) -> _Plain:
    return {name: value for name, value in plain.items() if name not in _NEW_IN_NOTES}


def _participant(plain: _Plain) -> _Plain:
    kind = plain["kind"]
    known = kind in {known.value for known in _KINDS}
    return {**plain, "kind": kind if known else ParticipantKind.CALLEE.value}


def _step(plain: _Plain) -> _Plain:
    step = {name: value for name, value in plain.items() if name not in _NEW_IN_STEPS}
    step["marks"] = [mark for mark in plain["marks"] if mark != Mark.INFERRED.value]
    if plain["protocol"] == Protocol.HTTP.value or plain["kind"] == StepKind.REQUEST.value:
        return step
    answer = plain["answer"] or plain["message"]
    if plain["kind"] == StepKind.FAILURE.value or plain["outcome"] == Outcome.ERROR.value:
        return {**step, "kind": StepKind.FAILURE.value, "error": plain["error"] or answer}
    return {**step, "reason": plain["reason"] or answer}
