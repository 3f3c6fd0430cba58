"""Notes that a reader writes in the page: where they stand, the file they become, the next run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from otelhook.sequence.annotations.note_file import parse_notes
from otelhook.sequence.annotations.notes import annotate
from otelhook.sequence.document import Document, NotePlace, Step

pytestmark = pytest.mark.chromium

Page = Any
Open = Callable[..., Page]
NASTY = 'a "quoted" \\ back\nslash """ \x07 \x7f \u2028 end\n\n[[notes]]\nbefore = 1'
CATCH_DOWNLOAD = (
    "URL.createObjectURL = (blob) => { blob.text().then((t) => window.saved = t);"
    " return 'data:text/plain,'; };"
    " HTMLAnchorElement.prototype.click = function () { window.named = this.download; }"
)


def write(page: Page, where: str, text: str, title: str = "") -> None:
    """Write a note on the selected step and keep it."""
    page.press("w")
    page.js(
        f"""(() => {{
          const form = document.querySelector('#writing');
          const option = [...form.on.options].find((o) => o.textContent === {json.dumps(where)});
          form.on.value = option.value;
          form.elements.title.value = {json.dumps(title)};
          form.text.value = {json.dumps(text)};
          form.requestSubmit();
        }})()"""
    )


def saved(page: Page) -> str:
    """Return the file that the page gives to be downloaded."""
    page.js(CATCH_DOWNLOAD)
    page.click("#save-notes")
    page.wait("window.saved !== undefined")
    assert page.js("window.named") == "notes.toml"
    return str(page.js("window.saved"))


def notes_shown(page: Page) -> list[str]:
    found = page.js("[...document.querySelectorAll('#detail .note')].map((n) => n.textContent)")
    assert isinstance(found, list)
    return found


def test_a_note_stands_on_its_step_and_comes_back_on_another_run(
    opened: Open, image_create: Document
) -> None:
    bare = replace(image_create, notes=())
    page = opened(bare)
    page.press("j", "j")
    write(page, "this step, in any run", "Which *project*?", "Sign-in")
    assert notes_shown(page) == ["Sign-inWhich *project*?in no file yet Remove"]
    file = saved(page)
    later = [replace(step, number=step.number + 10) for step in bare.steps]
    noted, unmatched = annotate(replace(bare, steps=tuple(later), groups=()), parse_notes(file))
    assert unmatched == ()
    (note,) = noted.notes
    assert (note.first, note.title, note.text) == (13, "Sign-in", "Which *project*?")


@pytest.mark.parametrize("text", [NASTY, "''' ${1} </script>", "\\u0041 é 你 \U0001f600", '"' * 7])
def test_whatever_is_written_is_one_entry_of_a_valid_file(
    opened: Open, image_create: Document, text: str
) -> None:
    page = opened(replace(image_create, notes=()))
    write(page, "step 1", text)
    (rule,) = parse_notes(saved(page))
    assert rule.text == text
    assert rule.steps == (1, 1)


def test_words_stand_on_ranges_names_and_the_document_as_well(
    opened: Open, image_create: Document
) -> None:
    page = opened(replace(image_create, notes=()))
    page.press("j", "j")
    for where in ("steps 3-4", "before step 3", "openstack", "the document's introduction"):
        write(page, where, f"On {where}.")
    rules = parse_notes(saved(page))
    assert [(rule.place, rule.steps, rule.subject) for rule in rules] == [
        (NotePlace.STEPS, (3, 4), ""),
        (NotePlace.SECTION, (3, 3), ""),
        (NotePlace.PARTICIPANT, None, "openstack"),
        (NotePlace.INTRODUCTION, None, ""),
    ]
    page.js("document.querySelector('#about').open = true")
    page.wait("document.querySelector('#about-body').textContent.includes('introduction.')")


def test_steps_that_are_alike_are_named_by_number_first(
    opened: Open, plain_step: Callable[..., Step], image_create: Document
) -> None:
    steps = (plain_step(1), replace(plain_step(1), number=2, exchange=2))
    page = opened(replace(image_create, steps=steps, groups=(), notes=(), flows=(), highlights=()))
    page.press("w")
    options = page.js("[...document.querySelector('#writing').on.options].map((o) => o.text)")
    assert options[:2] == ["step 1", "all 2 steps like it, in any run"]


def test_what_is_written_stays_until_it_is_saved_or_removed(
    opened: Open, image_create: Document
) -> None:
    bare = replace(image_create, notes=())
    page = opened(bare)
    write(page, "step 1", "First.")
    write(page, "step 1", "Second.")
    page = opened(bare)
    assert page.js("document.querySelector('#save-notes').textContent") == "Save 2 notes"
    page.js("document.querySelector('#detail .note button').click()")
    assert notes_shown(page) == ["Second.in no file yet Remove"]
    assert parse_notes(saved(page))[0].text == "Second."
    page = opened(bare)
    assert page.js("document.querySelector('#save-notes').hidden") is True
    assert notes_shown(page) == []


def test_escape_leaves_a_note_unwritten(opened: Open, image_create: Document) -> None:
    page = opened(replace(image_create, notes=()))
    page.press("w")
    page.type("half a th")
    page.press("Escape")
    assert page.js("document.querySelector('#writing')") is None
    assert page.js("document.querySelector('#save-notes').hidden") is True
