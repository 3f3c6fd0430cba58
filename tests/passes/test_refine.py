from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.render.shared.frames import drawable_groups
from otelhook.sequence.document import Document, Step
from otelhook.sequence.passes import refine


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
