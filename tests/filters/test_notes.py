from __future__ import annotations

import re
from dataclasses import replace

import pytest

from otelhook.errors import ConfigError
from otelhook.sequence.annotations.notes import annotate, merged_notes, parse_notes
from otelhook.sequence.document import (
    Document,
    Group,
    GroupKind,
    Note,
    NotePlace,
    StepKind,
    Variable,
)

ENTRY = '[[notes]]\ntext = "x"\n'


def _numbers(document: Document, matching: str) -> list[int]:
    noted, _ = annotate(document, parse_notes(ENTRY + matching))
    return [note.first for note in noted.notes]


def test_an_entry_says_its_words_on_each_step_that_it_is_for(create: Document) -> None:
    notes = parse_notes(
        """
        [[notes]]
        method = "POST"
        path = "/identity/v3/auth/tokens"
        title = "Sign-in"
        text = "With a password."
        link = "https://example.org/tokens"

        [[notes]]
        status = 204
        text = "It is there."
        """
    )
    document, unmatched = annotate(create, notes)
    assert document.notes == (
        Note(2, 2, "With a password.", "Sign-in", "https://example.org/tokens", markdown=True),
        Note(11, 11, "It is there.", markdown=True),
    )
    assert unmatched == ()
    assert document.warnings == create.warnings


@pytest.mark.parametrize(
    ("matching", "numbers"),
    [
        ('path = "/v2/images/{id}"', [1]),
        ('path = "/v2/images/{id}/"', [1]),
        ('path = "/v2/images/{image_id}"\nkind = "response"', [12]),
        ('path = "*/tokens"', [2, 9]),
        ('path = "/identity/{version}/auth/{what}"', [2, 9]),
        ('path = "/identity/{version}"', []),
        ('path = "/identity/v3/limits.model"', []),
        ('from = "glance-api"\nto = "keystone"', [2, 4, 6]),
        ('from = "glance-api"\nto = "keystone"\nkind = "response"', [3, 5, 7]),
        ('from = "*"\nmethod = "head"', [8]),
        ("status = 201", [3, 12]),
        ('status = "2xx"', [3, 5, 7, 10, 11, 12]),
        ('status = "4xx"', []),
        ('status = 200\nkind = "request"', []),
        ('kind = "failure"', []),
    ],
)
def test_steps_are_matched_by_what_an_entry_names(
    create: Document, matching: str, numbers: list[int]
) -> None:
    assert _numbers(create, matching) == numbers


def test_an_entry_that_fits_no_step_is_reported(create: Document) -> None:
    notes = parse_notes('[[notes]]\nmethod = "PATCH"\ntitle = "Change"\n' + ENTRY + 'to = "z"\n')
    document, unmatched = annotate(create, notes)
    assert [note.position for note in unmatched] == [1, 2]
    assert document.warnings == (
        "Entry 1 of the notes file (Change) fits no step.",
        "Entry 2 of the notes file fits no step.",
    )
    assert document.steps == create.steps


def test_an_entry_of_a_list_for_many_documents_may_fit_no_step(create: Document) -> None:
    entries = '[[notes]]\nmethod = "PATCH"\ntitle = "Change"\n' + ENTRY + "status = 201\n"
    document, unmatched = annotate(create, parse_notes("optional = true\n" + entries))
    assert unmatched == ()
    assert document.warnings == create.warnings
    assert document.notes
    assert document.notes == annotate(create, parse_notes(entries))[0].notes


def test_notes_stand_in_the_order_of_their_steps(create: Document) -> None:
    document = merged_notes(merged_notes(create, [Note(5, 6, "b")]), [Note(2, 3, "a")])
    assert [note.text for note in document.notes] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[notes]\n", "the notes file is not valid TOML: "),
        (
            '[[note]]\ntext = "x"',
            r"should hold \[\[notes\]\] entries, 'optional' before them, and no",
        ),
        ('optional = "yes"', "'optional' should be true or false"),
        ('notes = "x"', r"should hold \[\[notes\]\] entries"),
        ("notes = [1]", "entry 1 of the notes file: expected a table"),
        (
            f'{ENTRY}method = "GET"\n{ENTRY}paht = "/"',
            "entry 2 of the notes file: unknown key 'paht'",
        ),
        (ENTRY, "say what it is on: method, path, from, to, kind, status, steps, group, before"),
        ('[[notes]]\nmethod = "GET"', "it says nothing: give title, text, link"),
        (f"{ENTRY}method = 1", "'method' should be text"),
        (f'{ENTRY}kind = "answer"', "'kind' should be one of request, response, failure"),
        (f"{ENTRY}status = 99", "'status' should be a number such as 201"),
        (f"{ENTRY}status = true", "'status' should be a number"),
    ],
)
def test_an_entry_that_cannot_be_used_is_said_in_one_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        parse_notes(text)
    assert "\n" not in str(caught.value)


def test_an_empty_file_has_no_entries(create: Document) -> None:
    assert annotate(create, parse_notes("# nothing yet\n")) == (create, ())
    assert parse_notes(ENTRY + "status = 201")[0].kind is StepKind.RESPONSE


# -- by number, range, frame, name, and on the document itself -------------------------------------


@pytest.mark.parametrize(
    ("on", "where"),
    [
        ("steps = 6", (6, 6, NotePlace.STEPS, "")),
        ('steps = "6-9"', (6, 9, NotePlace.STEPS, "")),
        ('steps = "(6 \u2013 9)"', (6, 9, NotePlace.STEPS, "")),
        ("before = 3", (3, 3, NotePlace.SECTION, "")),
        ('group = "signs in"', (2, 5, NotePlace.STEPS, "")),
        ('participant = "keystone"', (0, 0, NotePlace.PARTICIPANT, "keystone")),
        ('variable = "image_id"', (0, 0, NotePlace.VARIABLE, "image_id")),
        ('variable = "{image_id}"', (0, 0, NotePlace.VARIABLE, "image_id")),
        ('document = "introduction"', (0, 0, NotePlace.INTRODUCTION, "")),
        ('document = "diagram"', (0, 0, NotePlace.DIAGRAM, "")),
        ('document = "closing"', (0, 0, NotePlace.CLOSING, "")),
    ],
)
def test_words_stand_where_an_entry_puts_them(
    create: Document, on: str, where: tuple[int, int, NotePlace, str]
) -> None:
    framed = replace(
        create,
        groups=(Group(GroupKind.OPT, "signs in", 2, 5),),
        variables=(Variable("image_id", "1"),),
    )
    document, unmatched = annotate(framed, parse_notes(f"{ENTRY}{on}\n"))
    (note,) = document.notes
    assert (note.first, note.last, note.place, note.subject) == where
    assert unmatched == ()


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("steps = 60", "fits no step; the nearest is 12."),
        ('steps = "6-90"', "fits no step; the nearest is 6."),
        ("before = 99", "fits no step; the nearest is 12."),
        ('group = "sign in"', "fits no step; the nearest is signs in."),
        ('participant = "keystne"', "fits no participant; the nearest is keystone."),
        ('variable = "q"', "fits no variable."),
        (
            'path = "/v2/image"\nmethod = "POST"',
            "fits no step; the nearest is POST /v2/images/{image_id} (1).",
        ),
    ],
)
def test_an_entry_that_fits_nothing_names_the_nearest(create: Document, on: str, said: str) -> None:
    framed = replace(create, groups=(Group(GroupKind.OPT, "signs in", 2, 5),))
    document, unmatched = annotate(framed, parse_notes(f"{ENTRY}{on}\n"))
    assert len(unmatched) == 1
    assert document.warnings[-1] == f"Entry 1 of the notes file {said}"


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("steps = 0", "'steps' should be a step's number, or a range such as"),
        ('steps = "9-6"', "'steps' should be a step's number"),
        ("steps = true", "'steps' should be a step's number"),
        ('before = "x"', "'before' should be a step's number"),
        ("group = 1", "'group' should be text"),
        ('document = "middle"', "'document' should be one of introduction, diagram, closing"),
        ('steps = 1\nmethod = "GET"', "'steps' says what it is on: leave out method"),
        ('steps = 1\ngroup = "x"', "'steps' says what it is on: leave out group"),
    ],
)
def test_an_entry_that_contradicts_itself_is_said_in_one_line(on: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        parse_notes(f"{ENTRY}{on}\n")
