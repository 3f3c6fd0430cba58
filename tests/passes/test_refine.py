from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.render.shared.frames import drawable_groups
from otelhook.sequence.document import Body, Document, Step, StepKind
from otelhook.sequence.passes import refine
from otelhook.sequence.values import step_values
from otelhook.sequence.values.json_leaves import Leaf, body_leaves
from tests.passes.conftest import Conversation


def test_refining_finds_flows_highlights_and_loops_at_once(talk, parcels):
    refined = refine(parcels)
    assert refined.flows
    assert refined.highlights
    for _ in range(3):
        talk.ask("a", "b", "GET /x")
    assert [g.title for g in refine(talk.document()).groups] == ["3 times"]


def test_an_empty_document_stays_one():
    empty = Document((), "empty trace", 0, 0, 0, (), ())
    assert refine(empty, parallel=True) == empty


def test_steps_and_all_that_was_there_stay(parcels):
    refined = refine(parcels, parallel=True)
    kept = replace(refined, flows=(), highlights=(), groups=parcels.groups)
    assert kept == parcels


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=40, deadline=None)
def test_any_conversation_is_refined_once_and_its_groups_nest(new_talk, seed, parallel):
    talk = new_talk()
    dice = random.Random(seed)
    waiting: list[Step] = []
    for _ in range(dice.randrange(40)):
        if waiting and dice.random() < 0.5:
            talk.ended(waiting.pop(dice.randrange(len(waiting))))
        else:
            talk.depth = dice.randrange(min(3, len(waiting) + 1))
            waiting.append(talk.began(*dice.sample("abc", 2), f"GET /{dice.randrange(2)}"))
    document = talk.document()
    refined = refine(document, parallel=parallel)
    assert refine(refined, parallel=parallel) == refined
    assert drawable_groups(refined) == refined.groups


def _shop(talk: Conversation, calls: int) -> Document:
    """Each call sends the id that the call before it returned, and returns one of its own."""
    ids = [f"{number:08x}-1111-4222-8333-444455556666" for number in range(calls + 1)]
    for number, (last, own) in enumerate(pairwise(ids)):
        what = f"POST /carts/{number}"
        talk.ask("a", "b", what, sent={"from": last}, returned={"cart": {"id": own}})
    return talk.document()


def test_a_body_is_parsed_once_for_all_passes(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, parsed = _shop(talk, 40), list[Body | None]()

    def counted(body: Body | None) -> tuple[Leaf, ...]:
        parsed.append(body)
        return body_leaves(body)

    monkeypatch.setattr(step_values, "body_leaves", counted)
    monkeypatch.setattr(step_values, "_AT_HAND", 0)
    refine(document)
    assert len(parsed) == 80
    assert len(set(parsed)) == 80


def test_a_document_larger_than_what_is_kept_of_it_is_the_same(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = _shop(talk, 40)
    whole = refine(document)
    for room in (0, 500, 3_000):
        monkeypatch.setattr(step_values, "_KEPT", room)
        monkeypatch.setattr(step_values, "_AT_HAND", room)
        assert refine(document) == whole
    assert whole.variables


@pytest.mark.parametrize("key", ["{}", "{1}-{0}"], ids=["of a kind", "of kinds of their own"])
def test_a_reader_keeps_no_more_than_its_room(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setattr(step_values, "_KEPT", 8_000_000)
    reader = step_values.ValueReader()
    step = _shop(talk, 1).steps[0]
    for number in range(120):
        ids = [f"{n:08x}-{number:04x}-4222-8333-444455556666" for n in range(2_000)]
        leaves = {key.format(n, number): value for n, value in enumerate(ids)}
        one = replace(step, headers=(), body=Body(json.dumps(leaves)))
        assert [text for _, text, _ in reader.values(one)][-2_000:] == ids
    kept = sum(len(content) for content, _, _ in reader._leaves)
    assert 0 < kept <= step_values._AT_HAND
    (read,) = reader._kept.values()
    held = [*reader._kinds, *(one.values for one in read.values())]
    assert sum(len(str(part)) for parts in held for part in parts) <= step_values._KEPT
    assert 0 < len(read) < 120


def test_of_answers_only_what_requests_send_is_followed(talk: Conversation) -> None:
    steps = _shop(talk, 40).steps
    reader = step_values.ValueReader.of(steps)
    answers = [step for step in steps if step.kind is StepKind.RESPONSE]
    sent = {
        text
        for step in steps
        if step.kind is StepKind.REQUEST
        for _, text, _ in step_values.ValueReader().values(step)
    }
    whole = step_values.ValueReader()
    for step in answers:
        wanted = [value for value in whole.values(step) if value[2] or value[1] in sent]
        assert list(reader.values(step)) == wanted
    assert any(list(reader.values(step)) != list(whole.values(step)) for step in answers)
