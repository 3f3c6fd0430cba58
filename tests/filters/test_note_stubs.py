"""A first notes file: it is read back as no notes, and each entry fits once it has words."""

from __future__ import annotations

import sys
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otelhook.sequence.annotations.note_stubs import note_stubs
from otelhook.sequence.annotations.notes import annotate, parse_notes
from otelhook.sequence.annotations.summaries import summaries
from otelhook.sequence.document import Document, NotePlace

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def filled(text: str) -> str:
    return text.replace('text = ""', 'text = "Words."')


def test_a_file_that_is_not_filled_in_says_nothing(create: Document) -> None:
    assert parse_notes(note_stubs(create)) == ()


def test_every_entry_fits_what_it_was_made_for(create: Document) -> None:
    noted, unmatched = annotate(create, parse_notes(filled(note_stubs(create))))
    assert unmatched == ()
    places = [note.place for note in noted.notes]
    assert places.count(NotePlace.INTRODUCTION) == places.count(NotePlace.CLOSING) == 1
    starts = [note.first for note in noted.notes if note.place is NotePlace.STEPS]
    assert starts == [line.first for line in summaries(create)]


def test_entries_by_what_calls_are_fit_another_run_whose_numbers_differ(create: Document) -> None:
    moved = replace(
        create, steps=tuple(replace(step, number=step.number + 100) for step in create.steps)
    )
    rules = [r for r in parse_notes(filled(note_stubs(create))) if r.by_what_steps_are]
    assert rules
    assert annotate(moved, rules)[1] == ()


def test_calls_that_are_alike_are_named_by_their_numbers(create: Document) -> None:
    first = create.steps[0]
    alike = replace(
        create, steps=(*create.steps, replace(first, number=99, exchange=99)), groups=()
    )
    entries = tomllib.loads(note_stubs(alike))["notes"]
    asked = {(e.get("method"), e.get("path"), e.get("from")) for e in entries}
    assert (first.method, first.label, first.source) not in asked


HOSTILE = st.text(max_size=30) | st.sampled_from(
    ['"""', "\\", "\n[[notes]]\n", "]]>", "\x7f\x00\x85\u2028", "\ud800", '"\ntext = "x"\n', "'''"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=HOSTILE, path=HOSTILE, name=HOSTILE)
def test_captured_text_is_quoted_whatever_it_is(
    create: Document, title: str, path: str, name: str
) -> None:
    steps = tuple(
        replace(step, path=f"/{path}", label=f"/{path}", source=name or "a")
        for step in create.steps
    )
    entries = tomllib.loads(note_stubs(replace(create, title=title, steps=steps)))["notes"]
    assert {entry["text"] for entry in entries} == {""}
    assert entries[0] == {"document": "introduction", "text": ""}
    assert entries[-1] == {"document": "closing", "text": ""}
