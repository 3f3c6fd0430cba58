from __future__ import annotations

from dataclasses import replace

import pytest

from otelhook.sequence.document import Group, GroupKind
from otelhook.sequence.transforms.loops import fold_loops
from otelhook.sequence.transforms.merge_groups import with_groups


def loops(document):
    return [(g.title, g.first, g.last) for g in fold_loops(document).groups]


def poll(talk, number, status="BUILD", caller="a"):
    talk.ask(
        caller,
        "b",
        "GET /servers/1",
        headers={"traceparent": f"00-{number:032x}-1", "x-request-id": f"{number}"},
        answer={
            "date": f"Tue, 14 Nov 2023 22:13:{number:02} GMT",
            "etag": f'"{number}"',
            "x-compute-request-id": f"req-{number}",
            "content-length": str(100 + number),
        },
        returned={
            "server": {"status": status, "updated_at": number, "lastSeenTime": number},
            "seen": f"2023-11-14T22:13:{number:02}Z",
            "request_id": number,
        },
    )


def test_polls_that_differ_only_in_volatile_values_are_a_loop_with_their_count(talk):
    talk.ask("a", "b", "POST /servers", 202)
    for number in range(12):
        poll(talk, number)
    poll(talk, 12, "ACTIVE")
    document = talk.document()
    folded = fold_loops(document)
    assert loops(document) == [("12 times", 3, 26)]
    assert folded.groups[0].kind is GroupKind.LOOP
    assert folded.steps == document.steps


def test_a_call_once_is_no_loop(talk):
    poll(talk, 1)
    talk.ask("a", "b", "GET /servers/2")
    poll(talk, 2)
    assert loops(talk.document()) == []


def test_two_loops_stand_beside_each_other(talk):
    for number in range(5):
        poll(talk, number, "BUILD" if number < 2 else "ACTIVE")
    assert loops(talk.document()) == [("2 times", 1, 4), ("3 times", 5, 10)]


def test_different_callers_do_not_share_a_loop(talk):
    poll(talk, 1)
    poll(talk, 2, caller="c")
    assert loops(talk.document()) == []


@pytest.mark.parametrize(
    "second",
    [
        {"status": 404},
        {"returned": {"n": 2}},
        {"answer": {"x-kind": "other"}},
        {"sent": {"q": 1}},
        {"headers": {"accept": "text/plain"}},
    ],
)
def test_polls_that_differ_in_anything_else_are_no_loop(talk, second):
    talk.ask("a", "b", "GET /x", returned={"n": 1})
    talk.ask("a", "b", "GET /x", **{"returned": {"n": 1}, **second})
    assert loops(talk.document()) == []


def test_what_happens_within_polls_is_compared_too(talk):
    for inner in ("GET /check", "GET /check", "GET /check", "GET /other"):
        with talk.call("a", "b", "GET /x"):
            talk.ask("b", "c", inner)
    assert loops(talk.document()) == [("3 times", 1, 12)]


def test_loops_nest(talk):
    for _ in range(2):
        with talk.call("a", "b", "GET /x"):
            for _ in range(3):
                talk.ask("b", "c", "GET /y")
    assert loops(talk.document()) == [("2 times", 1, 16), ("3 times", 2, 7), ("3 times", 10, 15)]


def test_polls_that_run_into_each_other_are_no_loop(talk):
    one = talk.began("a", "b", "GET /x")
    two = talk.began("a", "b", "GET /x")
    talk.ended(one)
    talk.ended(two)
    assert loops(talk.document()) == []


def test_failures_repeat_like_answers(talk):
    for _ in range(3):
        talk.ended(talk.began("a", "b", "GET /x"), None, error="timeout")
    talk.began("a", "b", "GET /x")
    assert loops(talk.document()) == [("3 times", 1, 6)]


def test_no_loop_crosses_a_group_that_is_there(talk):
    for _ in range(4):
        talk.ask("a", "b", "GET /x")
    document = talk.document()

    def grouped(*groups):
        return loops(replace(document, groups=tuple(Group(GroupKind.OPT, "o", *g) for g in groups)))

    assert grouped((1, 8)) == [("o", 1, 8), ("4 times", 1, 8)]
    assert grouped((3, 4), (5, 6)) == [("4 times", 1, 8), ("o", 3, 4), ("o", 5, 6)]
    document = replace(document, steps=document.steps[:6])
    assert grouped((5, 8)) == [("o", 5, 8)]
    assert grouped((0, 2)) == [("o", 0, 2)]


def test_groups_are_added_once_and_stay_in_order(parcels):
    one, two = Group(GroupKind.LOOP, "x", 3, 8), Group(GroupKind.LOOP, "x", 3, 10)
    document = with_groups(parcels, [one, two])
    assert document.groups == (two, one)
    assert with_groups(document, [two, one]) == document


def test_folding_twice_changes_nothing(talk):
    for number in range(5):
        poll(talk, number)
    once = fold_loops(talk.document())
    assert fold_loops(once) == once
