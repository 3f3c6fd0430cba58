"""Tokens are found without parsing bodies that cannot have one, and are the same tokens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from otelhook.sequence import compose
from otelhook.sequence.document import Body, Step
from otelhook.sequence.values.step_values import ValueReader
from tests.bench.documents import spans

STEP = compose(spans(2)).steps[0]
TEXT = "a8f3k2m9x7c1v5"


def _step(content: str, content_type: str = "application/json") -> Step:
    body = Body(content, content_type=content_type)
    return replace(STEP, headers=(), path="/", query="", body=body)


@pytest.mark.parametrize(
    "name",
    [
        *("token", "X-Auth-Token", "idToken", "refresh_tokens", "Authorization", "jwt", "Cookie"),
        *("session", "sessionId", "SESSION_ID", "api_key", "apiKeys", "access-key", "AUTHKEY"),
        *("auth_\u212aEY", "\\u0074oken", "deep.token", "\u0130_token"),
    ],
)
@pytest.mark.parametrize("shape", ['{{"{}": "{}"}}', '{{"a": {{"{}": ["b", "{}"]}}}}'])
def test_a_body_with_a_tokens_name_is_read(name: str, shape: str) -> None:
    step, reader = _step(shape.format(name, TEXT)), ValueReader()
    tokens = [value for value in reader.values(step) if value[2]]
    assert [text for _, text, _ in tokens] == [TEXT]
    assert list(ValueReader().tokens(step)) == tokens


@pytest.mark.parametrize("form", ["%74oken={}", "a=1&access_key={}"])
def test_a_forms_names_are_read_as_they_are_meant(form: str) -> None:
    step = _step(form.format(TEXT), "application/x-www-form-urlencoded")
    assert [text for _, text, _ in ValueReader().tokens(step)] == [TEXT]


def test_a_mark_is_a_token_whatever_it_is_called() -> None:
    mark = "‹token:0123456789abcdef›"
    assert [text for _, text, _ in ValueReader().tokens(_step(f'{{"a": "{mark}"}}'))] == [mark]
    spelled = f'["\\u2039{mark[1:]}"]'
    assert [text for _, text, _ in ValueReader().tokens(_step(spelled))] == [mark]


def test_other_values_are_no_tokens() -> None:
    step = _step(f'{{"id": "{TEXT}", "monkey": 1}}')
    assert [text for _, text, _ in ValueReader().values(step)] == [TEXT]
    assert not list(ValueReader().tokens(step))
