"""Redaction's forms and the scanner's are two tables: a row without its like in the other fails."""

from __future__ import annotations

import pytest

from otelhook.redaction import Redactor, redact_text
from otelhook.redaction.token_forms import FORMS
from otelhook.scan.place import Place
from otelhook.scan.places import PLACES
from otelhook.scan.scanner import leftovers
from otelhook.scan.token_forms import FORMS as SCANNED
from otelhook.scan.token_forms import Form
from tests.redaction.corpus.values import make

REDACTOR = Redactor.make().for_trace("0af7651916cd43dd8448eb211c80319c")
SAMPLES = 8


def made(recipe: str, where: str) -> str:
    return make(recipe, where) if "{" in recipe else recipe


def found(text: str) -> list[str]:
    return [leftover.kind for leftover in leftovers([(1, text)]) if leftover.is_sure]


@pytest.mark.parametrize(
    "form", SCANNED, ids=[f"{form.kind} {form.needles[0]}" for form in SCANNED]
)
def test_what_the_scanner_knows_by_its_form_redaction_hides(form: Form) -> None:
    seen = hidden = 0
    for number in range(SAMPLES):
        token = made(form.sample, f"scanned {number}")
        text = f"it was {token} then"
        seen += form.kind in found(text)
        # The beginning of a key's file is its form; the key is what comes after it.
        hidden += "private key" in form.kind or token[-8:] not in redact_text(REDACTOR, text).value
    assert seen >= SAMPLES - 1
    assert hidden >= SAMPLES - 1, f"no row of redaction's hides the {form.kind} {form.needles}"


@pytest.mark.parametrize(
    ("kind", "recipe"),
    [
        (form.kind, form.before_sample + prefix + form.sample)
        for form in FORMS
        for prefix in form.prefixes
    ],
)
def test_what_redaction_hides_by_its_form_the_scanner_knows(kind: str, recipe: str) -> None:
    texts = [f"it was {made(recipe, f'hidden {number}')} then" for number in range(SAMPLES)]
    missed = [text for text in texts if not found(text)]
    assert len(missed) <= 1, f"no row of the scanner's finds the {kind}: {missed[:1]}"


@pytest.mark.parametrize("place", PLACES, ids=[place.sample for place in PLACES])
def test_each_place_that_the_scanner_knows_is_found_by_its_own_row(place: Place) -> None:
    assert place.needle in place.sample
    match = place.pattern.search(place.sample)
    assert match
    assert match["value"].endswith(("hunter2x", "481516"))
    assert place.kind in found(place.sample)
