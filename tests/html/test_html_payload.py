"""The data that stands in the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.render.html.payload import HEX_PREFIX_BYTES, build, embed
from otelhook.sequence.document import (
    Body,
    Document,
    Group,
    GroupKind,
    Header,
    Mark,
    Participant,
    ParticipantKind,
    Step,
    StepKind,
)

MakeStep = Callable[..., Step]


def _document(*steps: Step) -> Document:
    return Document(
        trace_ids=(steps[0].trace_id,) if steps else (),
        title="two",
        start_time=1_000_000,
        duration=1_000_000,
        span_count=2,
        participants=(
            Participant("a", ParticipantKind.CALLER),
            Participant("b", ParticipantKind.SERVICE, ("b1", "b2")),
        ),
        steps=steps,
    )


def test_a_small_document_in_full(plain_step: MakeStep) -> None:
    body = Body('{"k": 1}', 8, content_type="application/json")
    asks = plain_step(1, headers=(Header("host", "b"),), path="/things/7", query="x=1")
    answers = plain_step(2, headers=(Header("host", "b"),), body=body, marks=(Mark.LATE,))
    assert build(_document(asks, answers)) == {
        "title": "two",
        "traces": ["5b8efff798038103d269b633813fc60c"],
        "start": "1970-01-01 00:00:00.001 UTC",
        "duration": 1_000_000,
        "spans": 2,
        "participants": [
            {"name": "a", "kind": "caller"},
            {"name": "b", "kind": "service", "instances": ["b1", "b2"]},
        ],
        "steps": [
            {
                "n": 1,
                "kind": "request",
                "exchange": 1,
                "source": 0,
                "target": 1,
                "head": "GET",
                "label": "/things",
                "method": "GET",
                "path": "/things/7",
                "query": "x=1",
                "headers": [0],
                "at": 0,
            },
            {
                "n": 2,
                "kind": "response",
                "exchange": 1,
                "source": 1,
                "target": 0,
                "head": "200 OK",
                "label": "/things",
                "method": "GET",
                "status": 200,
                "headers": [0],
                "body": 0,
                "at": 1_000_000,
                "took": 1_000_000,
                "marks": ["late"],
            },
        ],
        "headers": [("host", "b")],
        "bodies": [{"type": "application/json", "size": 8, "kept": 8, "text": '{"k": 1}'}],
    }


def test_equal_bodies_are_kept_once(many_steps: Document) -> None:
    bodies = build(many_steps)["bodies"]
    assert isinstance(bodies, list)
    distinct = {step.body for step in many_steps.steps}
    assert len(bodies) == len(distinct) < len(many_steps.steps)


def test_a_binary_body_is_its_size_and_its_first_bytes(plain_step: MakeStep) -> None:
    step = plain_step(1, body=Body(bytes(range(256)) * 4, 9_000_000, truncated=True))
    prefix = bytes(range(HEX_PREFIX_BYTES)).hex()
    body = {"size": 9_000_000, "kept": 1024, "hex": prefix, "cut": True}
    assert build(_document(step))["bodies"] == [body]


def test_a_cut_text_says_how_many_bytes_it_has(plain_step: MakeStep) -> None:
    step = plain_step(1, body=Body("관리자", 100, truncated=True))
    assert build(_document(step))["bodies"] == [
        {"size": 100, "kept": 9, "cut": True, "text": "관리자"}
    ]


def test_an_empty_body_is_not_a_missing_one(plain_step: MakeStep) -> None:
    data = build(_document(plain_step(1, body=Body("", 0)), plain_step(2, body=None)))
    assert data["bodies"] == [{"size": 0, "kept": 0, "text": ""}]


def test_a_participant_that_only_a_step_names_is_shown(plain_step: MakeStep) -> None:
    data = build(_document(plain_step(1, target="stranger")))
    assert data["participants"] == [
        {"name": "a", "kind": "caller"},
        {"name": "b", "kind": "service", "instances": ["b1", "b2"]},
        {"name": "stranger", "kind": "service"},
    ]


def test_groups_that_cannot_be_drawn_are_left_out(plain_step: MakeStep) -> None:
    groups = (Group(GroupKind.OPT, "whole", 1, 2), Group(GroupKind.OPT, "beyond", 2, 9))
    document = replace(_document(plain_step(1), plain_step(2)), groups=groups)
    assert build(document)["groups"] == [{"kind": "opt", "title": "whole", "first": 1, "last": 2}]


def test_an_empty_document_has_data_too() -> None:
    assert build(_document())["steps"] == []


def test_a_failure_is_headed_by_its_error(plain_step: MakeStep) -> None:
    step = plain_step(2, kind=StepKind.FAILURE, status_code=None, reason="", error="timeout")
    steps = build(_document(step))["steps"]
    assert isinstance(steps, list)
    assert steps[0]["head"] == "timeout"


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_is_read_back_unchanged_and_never_ends_its_block(text: str) -> None:
    embedded = embed({"text": text, text: [text]})
    assert "<" not in embedded
    embedded.encode()
    assert json.loads(embedded) == {"text": text, text: [text]}


def test_what_html_forbids_is_escaped() -> None:
    assert embed({"t": "</script><!--\x80\ufffe\U0001ffff\ud800\u2028"}) == (
        '{"t":"\\u003c/script>\\u003c!--\\u0080\\ufffe\\ud83f\\udfff\\ud800\\u2028"}'
    )


def test_a_token_has_its_name_and_the_page_says_which_it_stands_for(plain_step: MakeStep) -> None:
    mark = "‹token:00000000000000aa›"
    asks = plain_step(1, headers=(Header("x-auth-token", mark),))
    body = Body(json.dumps({"token": mark}, ensure_ascii=False), 30)
    data = build(_document(asks, plain_step(2, body=body)))
    assert data["tokens"] == [["‹token 1›", mark]]
    assert data["headers"] == [("x-auth-token", "‹token 1›")]
    assert "00000000000000aa" not in json.dumps([data["steps"], data["bodies"]])
