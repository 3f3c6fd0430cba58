"""Where a rule begins and where it ends: the shortest, the longest, the last and the unusual."""

from __future__ import annotations

import math

import pytest

from otelhook.redaction import Redactor, redact_body, redact_command, redact_text
from otelhook.redaction.rules.entropy import entropy_bits, has_entropy

MARK = "‹redacted›"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "media_type", "shown"),
    [
        # the shortest text that is looked into
        ('{"note":"pin=1234"}', "application/json", f'{{"note":"pin={MARK}"}}'),
        # a cell that is empty is a cell where no frame stands around the row
        ("id | note | password\na |  | hunter2x", "", f"id | note | password\na |  | {MARK}"),
        ("| id | password |\n| a | hunter2x |", "", f"| id | password |\n| a | {MARK} |"),
        # a form is one only if it says so, or is one from end to end
        ("x=1&password=%22hunter2", FORM, f"x=1&password={MARK}"),
        ('{"password": "hunter2&x=1"}', FORM, f'{{"password": "{MARK}"}}'),
        # markup that does not begin with a tag
        ("x <input name=pin value=hunter2>", "text/html", f"x <input name=pin value={MARK}>"),
        ("x <secret><a>hunter22</a></secret>", "text/xml", f"x <secret><a>{MARK}</a></secret>"),
    ],
)  # fmt: skip
def test_a_secret_at_an_edge_is_hidden(
    redactor: Redactor, body: str, media_type: str, shown: str
) -> None:
    assert redact_body(redactor, body, media_type).value == shown


@pytest.mark.parametrize(
    "text",
    [
        "Could not find token: no such token was issued",
        "arn:aws:secretsmanager:eu:1:secret:prod/db",
        "urn:shop:secret:of-all",
    ],
)
def test_a_message_about_a_secret_stays(redactor: Redactor, text: str) -> None:
    assert redact_text(redactor, text).value == text


@pytest.mark.parametrize(
    "text",
    ["Could not find token: a1b2c3d4e5f6", "token:a1b2c3d4e5f6", "unknown token: A1b2c3d4e5f6 x"],
)
def test_a_token_in_a_message_about_it_goes(redactor: Redactor, text: str) -> None:
    assert MARK in redact_text(redactor, text).value.replace("‹token:", MARK)


def test_entropy_is_shannons_times_the_places_that_do_not_repeat() -> None:
    assert entropy_bits("a1") == pytest.approx(2.0)
    assert entropy_bits("aa11") == pytest.approx(1.0 * 4)
    assert entropy_bits("aaa1") == pytest.approx((2 - 3 * math.log2(3) / 4) * 4)
    assert entropy_bits("a1" * 16) == pytest.approx(1.0 * 4)
    assert entropy_bits("abcdefgh12345678") == pytest.approx(4.0 * 16)
    assert entropy_bits("x" * 50 + "abcdefgh12345678" * 2) == pytest.approx(4.0 * 18)


@pytest.mark.parametrize("text", ["", "abc", "123", "a 1", "ä1"])
def test_what_is_no_token_has_no_entropy(text: str) -> None:
    assert entropy_bits(text) == 0.0
    assert not has_entropy(text, 0.1)


@pytest.mark.parametrize("text", ["a1", "aa11", "aaa1", "a1" * 16, "abcdefgh12345678", "z9" * 9])
def test_a_bound_that_is_just_reached_is_reached(text: str) -> None:
    bits = entropy_bits(text)
    assert has_entropy(text, bits)
    assert not has_entropy(text, bits + 1e-3)


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (["mysql", "-phunter2"], ["mysql", f"-p{MARK}"]),
        (["mysql", "-p"], ["mysql", "-p"]),
        (["mysql", "--port=1"], ["mysql", "--port=1"]),
        (["curl", "-ume:hunter2"], ["curl", f"-ume:{MARK}"]),
    ],
)
def test_an_option_with_its_secret_attached(
    redactor: Redactor, command: list[str], shown: list[str]
) -> None:
    assert list(redact_command(redactor, command).value) == shown
