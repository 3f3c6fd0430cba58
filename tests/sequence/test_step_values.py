"""Which values of a step can be followed from one step to another, and what tokens are called."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from otelhook.model import SpanKind
from otelhook.sequence import assemble
from otelhook.sequence.document import Document, Flow
from otelhook.sequence.values.step_values import ValueReader, token_names

IMAGE = "a42bfade-78ec-4c95-b7b4-272ba265072c"
ONE, TWO = "‹token:0123456789abcdef›", "‹token:fedcba9876543210›"


def asked(recorder: Any, query: str = "", **headers: str) -> Document:
    """Return the document of one request."""
    attributes: dict[str, object] = {"http.request.method": "GET", "url.path": "/"}
    attributes |= {"url.query": query} if query else {}
    attributes |= {
        f"http.request.header.{name.replace('_', '-')}": (value,) for name, value in headers.items()
    }
    recorder.span(SpanKind.SERVER, "a", 0, 100, attributes)
    return assemble(recorder.spans)


def test_of_a_query_an_id_and_a_token_can_be_followed_and_a_number_cannot(recorder: Any) -> None:
    request = asked(recorder, f"page=2&image={IMAGE}&key={ONE}&sort=name").steps[0]
    found = list(ValueReader().values(request))
    assert found == [("query", IMAGE, False), ("query", ONE, True)]


def test_a_token_has_the_name_that_a_flow_of_tokens_gives_it(recorder: Any) -> None:
    document = asked(recorder, x_auth_token=ONE, x_subject_token=TWO)
    flows = tuple(
        Flow(1, place, source_step=0, source_place="", name=name)
        for place, name in (
            ("header.x-auth-token", "image_id"),
            ("header.x-subject-token", "token 7"),
        )
    )
    assert token_names(replace(document, flows=flows)) == {ONE: "token 1", TWO: "token 7"}
