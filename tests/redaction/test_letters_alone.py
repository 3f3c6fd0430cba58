"""A text of nothing but letters: no name or sentence in it can tell of a secret behind it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.redaction import Redactor
from otelhook.redaction.formats.text import _APART, _hidden, hide_in_text
from otelhook.redaction.rules.name_pieces import PIECES
from otelhook.redaction.rules.password_words import CODE_WORDS, PASSWORD_WORDS

WORDS = [
    word
    for word in (*PIECES, *PASSWORD_WORDS, *CODE_WORDS, *PASSWORD_WORDS.values())
    if word.isalpha()
]
LETTERS = st.lists(
    st.one_of(
        st.sampled_from(
            [*WORDS, "password", "token", "curl", "mysql", "Hunter", "jWkQzXvT", "ist", "是", "は"]
        ),
        st.text(st.characters(categories=["L"]), min_size=1, max_size=9),
    ),
    min_size=1,
    max_size=6,
).map("".join)


@given(LETTERS)
def test_no_rule_that_is_left_out_would_find_anything(text: str) -> None:
    assert text.isalpha()
    places: list[str] = []
    redactor = Redactor.make(further_names=["word", "haus"])
    assert _hidden(redactor, text, _APART, places) == text
    assert places == []


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNNABCDEFGH",  # a form of letters alone
        "password:hunterhunter",
        "the password is Hunterhunter7",
        "パスワードは「Hunterhunter7」",
    ],
)
def test_what_is_told_otherwise_is_still_found(text: str) -> None:
    places: list[str] = []
    assert hide_in_text(Redactor.make(), text, places) != text
    assert places


def test_a_users_own_pattern_is_found_in_letters_alone() -> None:
    places: list[str] = []
    assert (
        hide_in_text(Redactor.make(patterns=["Geheim[a-z]{1,9}"]), "Geheimnis", places)
        != "Geheimnis"
    )


def test_what_reads_sentences_is_not_even_compiled_for_them() -> None:
    program = (
        "from otelhook.redaction import Redactor;"
        "from otelhook.redaction.formats.text import hide_in_text;"
        "from otelhook.redaction.rules import prose;"
        "hide_in_text(Redactor.make(), 'password', []);"
        "print('search' in vars(prose._SENTENCE));"
        "hide_in_text(Redactor.make(), 'the password is', []);"
        "print('search' in vars(prose._SENTENCE))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["False", "True"]
