"""Pseudonyms under the names that flows give them."""

from __future__ import annotations

from dataclasses import replace

from otelhook.render.html.payload import build
from otelhook.render.markdown.page import render_markdown
from otelhook.render.shared.token_names import with_token_names
from otelhook.sequence.document import Body, Document, Header
from otelhook.sequence.values.flows import find_flows

ONE, TWO = "‹token:0123456789abcdef›", "‹token:fedcba9876543210›"


def _signed(seed: Document) -> Document:
    """The seed with pseudonyms for its first token, and one that is met on the way."""
    steps = []
    for step in seed.steps:
        headers = tuple(
            Header(h.name, ONE if h.name in {"x-auth-token", "x-subject-token"} else h.value)
            for h in step.headers
        )
        body = Body(f'{{"refresh_token": "{TWO}", "shown": "‹redacted›"}}', 60)
        steps.append(replace(step, headers=headers, body=body if step.number == 4 else step.body))
    return find_flows(replace(seed, steps=tuple(steps)))


def test_a_token_has_one_short_name_on_the_page_and_its_pseudonym_in_the_log(
    seed: Document,
) -> None:
    page, _, log = render_markdown(_signed(seed)).partition("## Full log")
    assert "X-Subject-Token: ‹token 1›" in page
    assert "X-Auth-Token: ‹token 1›" in page
    assert '"refresh_token": "‹token 2›"' in page
    assert "token:0123" not in page
    assert f"X-Auth-Token: {ONE}" in log
    assert f'"refresh_token": "{TWO}"' in log


def test_what_is_no_pseudonym_stays_as_it_is(seed: Document) -> None:
    named = with_token_names(_signed(seed))
    assert '"shown": "‹redacted›"' in str(named.steps[3].body)
    assert with_token_names(seed) is seed
    assert build(named)["steps"]
