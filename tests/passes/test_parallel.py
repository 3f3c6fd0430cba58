from __future__ import annotations

from otelhook.sequence.document import Group, GroupKind
from otelhook.sequence.passes import refine
from otelhook.sequence.transforms.parallel import frame_parallel


def interleaved(talk, caller="b"):
    one = talk.began(caller, "c", "GET /one")
    two = talk.began(caller, "d", "GET /two")
    talk.ended(one)
    three = talk.began(caller, "c", "GET /three")
    talk.ended(two)
    talk.ended(three)


def test_calls_that_interleave_stand_in_one_frame(talk):
    with talk.call("a", "b", "GET /"):
        talk.ask("b", "c", "GET /before")
        interleaved(talk)
        talk.ask("b", "c", "GET /after")
    groups = frame_parallel(talk.document()).groups
    assert groups == (Group(GroupKind.PAR, "3 calls at the same time", 4, 9),)


def test_calls_one_after_the_other_do_not(talk, parcels):
    talk.ask("a", "b", "GET /one")
    talk.ask("a", "c", "GET /two")
    assert frame_parallel(talk.document()).groups == ()
    assert frame_parallel(parcels).groups == ()


def test_a_frame_never_holds_steps_of_others(talk):
    one = talk.began("a", "b", "GET /one")
    two = talk.began("x", "y", "GET /strange")
    three = talk.began("a", "b", "GET /three")
    for request in (one, two, three):
        talk.ended(request)
    assert frame_parallel(talk.document()).groups == ()


def test_frames_are_drawn_only_if_asked(talk):
    interleaved(talk)
    document = talk.document()
    assert refine(document).groups == ()
    assert [g.kind for g in refine(document, parallel=True).groups] == [GroupKind.PAR]
