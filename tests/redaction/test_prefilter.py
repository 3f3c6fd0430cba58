"""The quick look tells all kinds of secrets that a text may hold, however it is searched."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otelhook.redaction.rules import form_clues, placed, prefilter
from otelhook.redaction.rules.first_letters import Searches, found_among, found_in, letters_found
from otelhook.redaction.rules.place import Place
from otelhook.redaction.token_forms import FORMS

PIECES = sorted(
    {
        *prefilter._NAMES,
        *prefilter._SENTENCES,
        *prefilter._PLACES,
        *prefilter._USERINFO,
        *(re.sub(r"\(\?.*?\)|\[.*|[^\w -]", "", one) for one in prefilter._FURTHER_NAMES),
        *("mnemonic", "turnstile", "nt_hash", "answer", "otp", "-user", " code", " -p", "reset/a"),
        *("magic-link/x", "invite/x", "unsubscribe/q", "net user", "/user:", "htpasswd"),
        *(prefix for form in FORMS for prefix in form.prefixes),
        *("-", "_", ".", "~", "A1b2C3d4E5f6G7h8", "0123abcd-", " "),
    }
)
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=8).map("".join)

patient = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
"""The first text that is drawn loads tables of Unicode, which takes a busy machine seconds."""


def _slowly(text: str, table: Searches) -> bool:
    return any(pattern.search(text) is not None for _, pattern in table)


@patient
@given(texts, st.integers(0, 40))
def test_kinds_are_those_whose_own_patterns_are_found(text: str, repeated: int) -> None:
    text += "é" * repeated * 5  # on either side of what is remembered
    lower = text.lower()
    kinds = prefilter.FORMED if _slowly(text, form_clues._ANY) else 0
    for kind, table in prefilter._PATTERNS:
        kinds |= kind if _slowly(lower, table) else 0
    assert prefilter.what_may_be(text).kinds == kinds
    assert prefilter.may_hold_secrets(text) == (kinds != 0)


@patient
@given(texts, st.integers(0, 80))
def test_a_letter_is_found_where_one_of_its_patterns_is(text: str, repeated: int) -> None:
    text += "." * repeated * 5  # on either side of where all is one pattern
    for table in (prefilter._ANY, form_clues._ANY, placed._CLUES):
        matches = ((first, pattern.search(text)) for first, pattern in table)
        found = {first: match.start() for first, match in matches if match is not None}
        assert letters_found(text, table) == found
        assert found_in(text, table) == bool(found)


@patient
@given(texts)
def test_a_kind_is_found_from_where_the_first_of_its_letters_is(text: str) -> None:
    found = letters_found(text, prefilter._ANY)
    for _, table in prefilter._PATTERNS:
        assert found_among(text, table, found) == _slowly(text, table)


@patient
@given(texts)
def test_a_place_is_looked_for_where_one_of_its_clues_is(text: str) -> None:
    told = placed._told_by(letters_found(text, placed._CLUES))
    for place in placed.PLACES:
        if placed._may_be_in(place, text):
            assert place in told, place.kind


CORES = [place for place in placed.PLACES if place.core]


@pytest.mark.parametrize("place", CORES, ids=lambda place: place.kind)
@patient
@given(data=st.data())
def test_what_a_place_matches_has_the_places_core(place: Place, data: st.DataObject) -> None:
    whole = re.compile(place.pattern, re.MULTILINE)
    text = data.draw(st.from_regex(whole))
    assert whole.search(text) is None or re.search(place.core, text, re.MULTILINE)


@pytest.mark.parametrize("place", CORES, ids=lambda place: place.kind)
@pytest.mark.parametrize("text", ["mira@example.org", "a @ b: c", "\0a@\x01 b@c\x02:\ud8ff@\0 \n"])
def test_a_sign_that_a_places_clue_begins_with_is_not_its_core(place: Place, text: str) -> None:
    assert "@" in {clue[0] for clue in (*place.clues, *place.rare)}
    assert re.search(place.core, text, re.MULTILINE) is None


def test_every_character_that_forms_are_looked_for_by_has_work_to_do() -> None:
    """Each has a prefix that no other character's patterns find."""
    for first, _ in form_clues._ANY:
        if first in form_clues._MARKS:
            continue
        rest = tuple(one for one in form_clues._ANY if one[0] != first)
        alone = [
            prefix
            for form in FORMS
            for prefix in form.prefixes
            if found_in(prefix, form_clues._ANY) and not any(p.search(prefix) for _, p in rest)
        ]
        follows = [f for f in FORMS if f.follow and any(first in p for p in f.prefixes)]
        assert alone or follows, first
