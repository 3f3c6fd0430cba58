"""Each column of a token's row matters, and says what the row's own samples say."""

from __future__ import annotations

import re
from random import Random

import pytest

from otelhook.redaction import Redactor
from otelhook.redaction.rules.entropy import entropy_bits
from otelhook.redaction.rules.forms import hide_forms
from otelhook.redaction.token_forms import FORMS, Form
from otelhook.redaction.token_forms.addresses import ADDRESSES
from tests.redaction.corpus.values import make

SAMPLES = 100
A_LONG_RUN = re.compile(r"(?=[\w.-]{16})[a-z_.-]{0,24}?[0-9A-Z]", re.ASCII)
"""What follows a mark in most tokens, and in little else: that is looked for once for all rows."""
PIECE = re.compile(r"\{(b64x|base32x|[A-Za-z]+)(\d+)\}")


def named(form: Form) -> str:
    return f"{form.kind} {form.prefixes[0]}"


def rests(form: Form) -> list[str]:
    """Return what may follow the prefix of a form: for a recipe many, else the one."""
    if "{" not in form.sample:
        return [form.sample]
    return [make(form.sample, f"{named(form)} {number}") for number in range(SAMPLES)]


def dull(recipe: str) -> str:
    """Return text after a recipe in which each piece is two characters over and over."""

    def piece(match: re.Match[str]) -> str:
        pair = {"up": "A1", "base32x": "A2", "Hex": "A1", "dig": "11", "let": "ab"}.get(
            match[1], "a1"
        )
        size = int(match[2])
        return (pair * size)[:size]

    return PIECE.sub(piece, recipe)


def shown(redactor: Redactor, text: str) -> str:
    return hide_forms(redactor, text, [], placed=False)


@pytest.mark.parametrize("form", FORMS, ids=named)
def test_a_prefix_is_looked_for_alone_where_a_long_run_does_not_tell_its_tokens(form: Form) -> None:
    ends_with_a_mark = {prefix[-1] in "_.~-" for prefix in form.prefixes}
    others = [rest for rest in rests(form) if not A_LONG_RUN.match(f"{rest} then")]
    assert form.alone is (True in ends_with_a_mark and len(others) > SAMPLES // 50)


@pytest.mark.parametrize("form", FORMS, ids=named)
def test_of_an_address_the_secret_path_is_hidden_and_of_a_token_all(
    redactor: Redactor, form: Form
) -> None:
    for prefix in form.prefixes:
        recipe = form.before_sample + prefix + form.sample
        token = make(recipe, named(form)) if "{" in form.sample + form.before_sample else recipe
        text = shown(redactor, f"it was {token} then")
        assert token not in text
        assert (prefix in text) is (form in ADDRESSES)


@pytest.mark.parametrize("form", FORMS, ids=named)
def test_what_words_may_look_like_has_to_be_random_and_nothing_else_has(
    redactor: Redactor, form: Form
) -> None:
    token = dull(form.before_sample) + form.prefixes[-1] + dull(form.sample)
    text = f"it was {token} then"
    assert (shown(redactor, text) == text) is (form.bits > 0)


@pytest.mark.parametrize(
    ("head", "bits"),
    [("rnd_", 60), ("EAAA" + "a1" * 8, 80), ("A" * 21 + "a1" * 20, 100)],
    ids=["unlike words", "random", "very random"],
)
def test_how_random_a_token_has_to_be_is_known_to_a_bit(
    redactor: Redactor, head: str, bits: int
) -> None:
    random = Random(1)
    below = above = ""
    while not (below and above):
        letters = "".join(random.sample("abcdefghijklmnopqrstuvwxyz0123456789", 14))
        tail = "".join(random.choices(letters[: random.randrange(3, 15)], k=32))
        estimate = entropy_bits(tail)
        if bits - 1 <= estimate < bits:
            below = head + tail
        elif bits <= estimate < bits + 1:
            above = head + tail
    assert shown(redactor, below) == below
    assert above not in shown(redactor, above)
