"""Where a rule begins and ends: one step further it hides too much, or too little."""

from __future__ import annotations

import json

import pytest

from otelhook.redaction import Redactor, redact_command, redact_json, redact_text
from otelhook.redaction.rules import prefilter, roles
from otelhook.redaction.rules.forms import hide_forms

TOKEN = "9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c"


@pytest.mark.parametrize(
    ("listed", "hidden"),
    [
        ("passwords:\n  - sunshine\n  - hunter2x\n", ["sunshine", "hunter2x"]),
        ("secrets:\n  - database\n  - hunter2x\n", ["hunter2x"]),
        ("secrets:\n  - password\n  - hunter2x\n", ["hunter2x"]),
    ],
)
def test_of_a_list_of_secrets_what_names_them_stays(
    redactor: Redactor, listed: str, hidden: list[str]
) -> None:
    shown = redact_text(redactor, listed).value
    gone = [word for word in listed.replace("-", " ").split()[1:] if word not in shown]
    assert gone == hidden
    assert redact_text(redactor, shown).value == shown


def test_the_variables_of_a_query_are_secret_by_their_use_and_only_there(
    redactor: Redactor,
) -> None:
    query = "mutation($p1: String!) { login(password: $p1) { id } }"
    body = {"query": query, "variables": {"p1": "plain one"}, "extensions": {"p1": "plain two"}}
    shown = redact_json(redactor, json.dumps(body)).value
    assert "plain one" not in shown
    assert "plain two" in shown


def test_of_what_is_said_to_be_a_secret_the_holder_is_hidden_and_no_remark(
    redactor: Redactor,
) -> None:
    made = "Xk3vQ9zR7mW2pL8tB5nJ"
    for key, is_hidden in (("result", True), ("comment", False)):
        resource = {"type": "random_password", "instances": [{"attributes": {key: made}}]}
        assert (made not in redact_json(redactor, json.dumps(resource)).value) is is_hidden, key


def test_a_table_is_read_where_small_letters_are_more_than_the_capitals(
    redactor: Redactor,
) -> None:
    """Then nothing is known of where names stand, and each line may be the headings."""
    table = "user,password\n\u0130lker,hunter2x\nmira,hunter3y\n"
    assert len(table.lower()) != len(table)
    shown = redact_text(redactor, table).value
    assert "hunter" not in shown
    assert "\u0130lker" in shown


@pytest.mark.parametrize("words", [0, 400])
def test_names_of_the_users_own_are_found_in_texts_of_any_length(words: int) -> None:
    redactor = Redactor.make(further_names=["acme_thing"])
    text = "a word " * words + "acme_thing=plain"
    assert "plain" not in redact_text(redactor, text).value


def test_what_was_found_by_its_form_is_listed_and_nothing_else(redactor: Redactor) -> None:
    places: list[str] = []
    hide_forms(redactor, "hvs. and ghp_ are prefixes", places)
    assert places == []
    hide_forms(redactor, "ghp_" + "a1B2" * 9, places)
    assert places == ["token"]


@pytest.mark.parametrize("value", ["hunter2x", "-hunter2x", "--hunter2x"])
def test_what_follows_an_option_that_takes_a_secret_is_it_whatever_it_begins_with(
    redactor: Redactor, value: str
) -> None:
    assert value not in redact_command(redactor, ["tool", "--password", value]).value


def test_a_marker_after_an_option_awaits_nothing_itself(redactor: Redactor) -> None:
    once = redact_command(redactor, ["tool", "--token", TOKEN, "visible"]).value
    assert redact_command(redactor, once).value == once
    assert once[-1] == "visible"


@pytest.mark.parametrize(
    "flags",
    [
        [getattr(roles, name) for name in roles.__all__ if isinstance(getattr(roles, name), int)],
        [
            *(prefilter.NAMED, prefilter.SAID, prefilter.FORMED, prefilter.COMMANDED),
            *(prefilter.LINKED, prefilter.PLACED, prefilter.MARKED, prefilter.LOGGED_IN),
        ],
    ],
    ids=["roles", "kinds"],
)
def test_flags_that_are_joined_are_bits_of_their_own(flags: list[int]) -> None:
    assert len(flags) >= 7
    assert sorted(flags) == [1 << bit for bit in range(len(flags))]
