"""An author's words put where they belong, and a list of those that belong nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches

from otelhook.sequence.annotations.note_file import ON_DOCUMENT, NoteRule, parse_notes
from otelhook.sequence.document import Document, Note, NotePlace, Step, StepKind

__all__ = ["NoteRule", "annotate", "merged_notes", "parse_notes"]

_NEAR = 0.5
"""How alike two texts are that one may have been meant by the other."""


def annotate(
    document: Document, notes: Sequence[NoteRule]
) -> tuple[Document, tuple[NoteRule, ...]]:
    """Put each entry's words on what it is for.

    Returns:
        The document, whose warnings name the entries that should fit and fit nothing, with what is
        nearest to them, and those entries.
    """
    used: set[int] = set()
    found: list[Note] = []
    for step in document.steps:
        for index, note in enumerate(notes):
            if note.by_what_steps_are and note.matches(step):
                used.add(index)
                found.append(_said(note, step.number, step.number))
    numbers = {step.number for step in document.steps}
    for index, note in enumerate(notes):
        if not note.by_what_steps_are:
            for placed in _placed(document, note, numbers):
                used.add(index)
                found.append(placed)
    unmatched = tuple(
        note for index, note in enumerate(notes) if index not in used and not note.optional
    )
    warnings = tuple(_unmatched(note, document) for note in unmatched)
    noted = merged_notes(document, found)
    return replace(noted, warnings=document.warnings + warnings), unmatched


def merged_notes(document: Document, notes: Sequence[Note]) -> Document:
    """Return the document with further notes, all in the order of their steps."""
    listed = sorted((*document.notes, *notes), key=lambda note: (note.first, note.last))
    return replace(document, notes=tuple(listed))


def _said(rule: NoteRule, first: int, last: int) -> Note:
    return Note(
        first,
        last,
        rule.text,
        rule.title,
        rule.link,
        markdown=True,
        place=rule.place,
        subject=rule.subject,
    )


def _placed(document: Document, rule: NoteRule, numbers: set[int]) -> Iterator[Note]:
    if rule.steps is not None:
        if numbers.issuperset(rule.steps):
            yield _said(rule, *rule.steps)
    elif rule.group:
        for group in document.groups:
            if group.title == rule.group:
                yield _said(rule, group.first, group.last)
    elif rule.place in ON_DOCUMENT or rule.subject in _names(document, rule.place):
        yield _said(rule, 0, 0)


def _names(document: Document, place: NotePlace) -> list[str]:
    if place is NotePlace.PARTICIPANT:
        return [participant.name for participant in document.participants]
    return [variable.name for variable in document.variables]


def _unmatched(rule: NoteRule, document: Document) -> str:
    called = f" ({rule.title})" if rule.title else ""
    nearest = _nearest(rule, document)
    hint = f"; the nearest is {nearest}" if nearest else ""
    what = "step" if rule.place in (NotePlace.STEPS, NotePlace.SECTION) else rule.place.value
    return f"Entry {rule.position} of the notes file{called} fits no {what}{hint}."


def _nearest(rule: NoteRule, document: Document) -> str:
    """Return what an entry may have meant; empty if nothing is like it."""
    if rule.steps is not None and document.steps:
        first, last = document.steps[0].number, document.steps[-1].number
        return f"{min(max(rule.steps[0], first), last)}"
    if rule.group:
        return _like(rule.group, [group.title for group in document.groups])
    if rule.subject:
        return _like(rule.subject, _names(document, rule.place))
    if not rule.template:
        return ""
    steps: dict[str, Step] = {}
    for step in document.steps:
        if step.kind is StepKind.REQUEST:
            steps.setdefault(f"{step.method} {step.label}", step)
    found = _like(f"{rule.method} {rule.template}".strip(), list(steps))
    return f"{found} ({steps[found].number})" if found else ""


def _like(wanted: str, known: list[str]) -> str:
    return next(iter(get_close_matches(wanted, known, 1, _NEAR)), "")
