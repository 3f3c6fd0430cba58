"""The quick look tells all kinds of secrets that a text may hold, however it is searched."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from otelhook.redaction.rules import form_clues, prefilter
from otelhook.redaction.rules.first_letters import Searches, found_in, letters_found
from otelhook.redaction.token_forms import FORMS

PIECES = sorted(
    {
        *prefilter._NAMES,
        *prefilter._SENTENCES,
        *prefilter._PLACES,
        *(re.sub(r"\(\?.*?\)|\[.*|[^\w -]", "", one) for one in prefilter._FURTHER_NAMES),
        *("mnemonic", "turnstile", "nt_hash", "answer", "otp", "-user", " code", " -p", "reset/a"),
        *("magic-link/x", "invite/x", "unsubscribe/q", "net user", "/user:", "htpasswd"),
        *(prefix for form in FORMS for prefix in form.prefixes),
        *("-", "_", ".", "~", "A1b2C3d4E5f6G7h8", "0123abcd-", " "),
    }
)
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=8).map("".join)


def _slowly(text: str, table: Searches) -> bool:
    return any(pattern.search(text) is not None for _, pattern in table)


@given(texts, st.integers(0, 40))
def test_kinds_are_those_whose_own_patterns_are_found(text: str, repeated: int) -> None:
    text += "é" * repeated * 5  # on either side of what is remembered
    lower = text.lower()
    kinds = prefilter.FORMED if _slowly(text, form_clues._ANY) else 0
    for kind, table in prefilter._PATTERNS:
        kinds |= kind if _slowly(lower, table) else 0
    assert prefilter.what_may_be(text) == kinds
    assert prefilter.may_hold_secrets(text) == (kinds != 0)


@given(texts)
def test_a_letter_is_found_where_one_of_its_patterns_is(text: str) -> None:
    table = prefilter._ANY
    found = {first for first, pattern in table if pattern.search(text) is not None}
    assert letters_found(text, table) == found
    assert found_in(text, table) == bool(found)


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
            if found_in(prefix, form_clues._ANY) and not found_in(prefix, rest)
        ]
        follows = [f for f in FORMS if f.follow and any(first in p for p in f.prefixes)]
        assert alone or follows, first
