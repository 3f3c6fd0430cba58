from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.redaction import MARKER, Redactor
from otelhook.render import render
from otelhook.sequence.document import Address, Body, Command, Redaction, Variable
from otelhook.sequence.transforms.redact_document import clean

SECRET = "hunter2hunter2"
FERNET = "gAAAAABjrkD9cqBlaLtF1_FlWZfHjo2u7cJvLXX1HNPG-aFEylyLg7rBQwXEckDcnO"
HEX = "9f86d081884c7d659a2feaa0c55ad015"
PLAIN = "mapletree"
REDACTOR = Redactor.make()


@pytest.fixture
def leaky(talk):
    talk.ask(
        "a",
        "b",
        f"POST /v2/tokens/{HEX}?api_key={FERNET}&page=2",
        headers={"x-auth-token": FERNET, "cookie": f"s={SECRET}", "accept": "*/*"},
        sent={"user": {"name": "alice", "password": SECRET}},
        answer={"x-subject-token": FERNET},
        returned=f"<a><password>{SECRET}</password></a>",
    )
    talk.ended(talk.began("a", "b", "GET /x"), None, error=f"refused: password={SECRET}")
    steps = talk.steps
    leaking = Address("http", "", None, f"/run/{FERNET}/d.sock")
    steps[0] = replace(steps[0], address=leaking)
    steps[0] = replace(steps[0], other_body=Body(f'{{"secret": "{SECRET}", "n": 1}}'))
    steps[1] = replace(steps[1], reason=f"token={FERNET}")
    arguments = ("openstack", "--os-password", SECRET, "token", "issue")
    return replace(
        talk.document(),
        title=f"openstack --os-password {SECRET} token issue",
        variables=(Variable("token_id", HEX), Variable("page_id", "harmless-page")),
        command=Command(arguments, 0, f'{{"id": "x", "password": "{SECRET}"}}\n'),
    )


def test_no_secret_is_left_in_any_format(leaky):
    cleaned = clean(leaky, REDACTOR)
    for form in ("json", "html", "markdown", "text", "curl", "har"):
        text = str(render(cleaned, form))
        assert [secret for secret in (SECRET, FERNET, HEX) if secret in text] == [], form


def test_everything_else_stays(leaky):
    cleaned = clean(leaky, REDACTOR)
    first = cleaned.steps[0]
    assert first.body is not None
    assert cleaned.command is not None
    assert first.body.content == f'{{"user": {{"name": "alice", "password": "{MARKER}"}}}}'
    assert first.body.size == leaky.steps[0].body.size
    assert first.query.endswith("&page=2")
    assert [h.value for h in first.headers if h.name == "accept"] == ["*/*"]
    assert cleaned.variables[1] == leaky.variables[1]
    assert cleaned.command.arguments == ("openstack", "--os-password", MARKER, "token", "issue")
    assert cleaned.steps[2] is leaky.steps[2]


def test_what_was_hidden_is_listed_by_place(leaky):
    before = replace(leaky, redactions=(Redaction(2, "response.header.set-cookie"),))
    places = [(r.step, r.place) for r in clean(before, REDACTOR).redactions]
    assert places == [
        (1, "request.header.x-auth-token"),
        (1, "request.header.cookie"),
        (1, "request.body.user.password"),
        (1, "request.body.secret"),
        (1, "url.path"),
        (1, "url.query.api_key"),
        (1, "url.host"),
        (2, "response.header.set-cookie"),
        (2, "response.header.x-subject-token"),
        (2, "response.body.password"),
        (2, "url.path"),
        (2, "url.query.api_key"),
        (2, "reason"),
        (4, "error"),
    ]


def test_a_token_keeps_one_pseudonym_so_that_it_can_be_followed(leaky):
    first, second = clean(leaky, REDACTOR).steps[:2]
    tokens = {h.value for step in (first, second) for h in step.headers if "token" in h.name}
    assert len(tokens) == 1
    assert tokens.pop() in first.query


def test_cleaning_twice_changes_nothing(leaky):
    once = clean(leaky, REDACTOR)
    assert clean(once, REDACTOR) == once


def test_a_redactor_that_is_off_changes_nothing(leaky):
    assert clean(leaky, Redactor.make(enabled=False)) is leaky


def test_what_was_redacted_where_it_was_recorded_is_left_as_it_is(seed_document):
    cleaned = clean(seed_document, REDACTOR)
    assert cleaned == seed_document


texts = st.text(
    st.sampled_from('abc1{}[]":,=&;%/ ‹›é\n') | st.characters(), max_size=30
) | st.lists(
    st.sampled_from(
        [
            *("password", "token", "=", ":", '"', "{", "}", " ", "Bearer ", "/tokens/", "&", "--"),
            *(SECRET, FERNET, HEX, MARKER, "‹token:0123456789abcdef›", "http://u:p@h/"),
        ]
    ),
    max_size=8,
).map("".join)


@given(st.tuples(texts, texts, texts, texts), st.sampled_from(["", "application/json", "text/xml"]))
@settings(max_examples=100, deadline=None)
def test_any_document_is_cleaned_once(new_talk, drawn, kind):
    path, query, value, body = drawn
    talk = new_talk()
    headers = {"authorization": value, "x-note": value, "set-cookie": value, "content-type": kind}
    talk.ask(
        "a",
        "b",
        f"POST /{path}",
        200,
        headers=headers,
        sent=body,
        returned=body.encode("utf-8", "replace"),
    )
    talk.ended(talk.began("a", "b", "GET /x"), None, error=value)
    steps = [replace(step, query=query, label=step.path) for step in talk.steps]
    document = replace(
        talk.document(),
        title=value,
        steps=tuple(steps),
        variables=(Variable("v", value),),
        command=Command((path, value, "--password", query), 1, body),
    )
    once = clean(document, REDACTOR)
    assert clean(once, REDACTOR) == once


def test_a_variable_that_is_a_hidden_part_of_the_query_is_what_stands_there_now(talk):
    """By itself it is no more than a word; what it stood in says that it is a secret."""
    talk.ask("a", "b", f"GET /x?page=maplewood&password={PLAIN}")
    document = replace(
        talk.document(), variables=(Variable("word", PLAIN), Variable("page", "maplewood"))
    )
    cleaned = clean(document, REDACTOR)
    assert cleaned.steps[0].query == f"page=maplewood&password={MARKER}"
    assert [variable.value for variable in cleaned.variables] == [MARKER, "maplewood"]
