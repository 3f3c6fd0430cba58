"""Where a rule begins and ends: one step further it hides too much, or too little."""

from __future__ import annotations

import json
import re

import pytest

from otelhook.redaction import Redactor, redact_command, redact_json, redact_text
from otelhook.redaction.formats.markup import redact_markup
from otelhook.redaction.rules import form_clues, prefilter, roles
from otelhook.redaction.rules.forms import hide_forms
from otelhook.redaction.rules.policy import looks_chosen
from otelhook.redaction.token_forms import FORMS

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


@pytest.mark.parametrize(
    ("value", "is_chosen"),
    [("a1b2c", False), ("a1b2c3", True), ("‹a1b2c3›", False), ("123456", False), ("abcdeF", True)],
)
def test_six_characters_may_be_chosen_and_five_may_not(value: str, *, is_chosen: bool) -> None:
    assert looks_chosen(value) is is_chosen


@pytest.mark.parametrize(
    ("attributes", "is_hidden"),
    [
        ('type="password"', True),
        ('TYPE="Password"', True),
        ('type="text"', False),
        ('kind="password"', False),
    ],
)
def test_a_field_is_secret_by_its_type_and_by_no_other_attribute_with_that_word(
    redactor: Redactor, attributes: str, *, is_hidden: bool
) -> None:
    # The other secret has the text looked at, whatever the field says.
    field = f'<a><password>hunter3y</password><input {attributes} value="hunter2x"/></a>'
    assert ("hunter2x" not in redact_markup(redactor, field).value) is is_hidden


def test_a_key_at_the_end_of_a_dotted_name_is_told_by_the_word_before_it_alone() -> None:
    assert roles.last_segment("fs.s3a.secret.key") == "secret_key"
    assert roles.last_segment("secret.public.key") == "public_key"


def test_columns_name_the_items_of_rows_and_of_no_list_beside_them(redactor: Redactor) -> None:
    rows = '"rows": [["7", "hunter2x"]]'
    for lists in (f'"tags": ["a", "plain"], {rows}', f'{rows}, "tags": ["a", "plain"]'):
        shown = redact_json(redactor, f'{{{lists}, "columns": ["id", "password"]}}').value
        assert "hunter2x" not in shown
        assert '"plain"' in shown


@pytest.mark.parametrize("mark", form_clues._MARKS)
def test_before_a_mark_stands_what_the_forms_that_end_with_it_have_there(mark: str) -> None:
    allowed = re.compile(form_clues._before_a_run(mark), re.ASCII)
    prefixes = {
        prefix for form in FORMS if not form.alone for prefix in form.prefixes if prefix[-1] == mark
    }
    assert prefixes
    before = {prefix[-2:-1] or "-" for prefix in prefixes}
    # A prefix that is the mark alone may follow any letter; of the others, each has its own.
    assert {sign for sign in before if not allowed.fullmatch(sign)} == set()
    if mark not in prefixes:
        printable = [chr(code) for code in range(33, 127)]
        assert {sign for sign in printable if allowed.fullmatch(sign)} == before
