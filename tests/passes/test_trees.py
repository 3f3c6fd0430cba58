from __future__ import annotations

from otelhook.model import TraceId
from otelhook.sequence.call_tree import call_trees, own_runs
from otelhook.sequence.values.flows import find_flows

OTHER = TraceId("f" * 32)


def test_calls_know_their_steps_and_what_was_made_for_them(parcels):
    calls, outermost = call_trees(parcels.steps)
    assert [(c.first, c.last, c.size) for c in outermost] == [
        *((1, 2, 2), (3, 4, 2), (5, 10, 6), (11, 18, 8)),
    ]
    assert [(c.first, c.last) for c in outermost[3].inner] == [(12, 15), (16, 17)]
    assert len(calls) == 9
    assert all(call.is_whole for call in calls)


def test_a_call_without_an_end_or_with_others_in_between_is_not_whole(talk):
    one = talk.began("a", "b", "GET /1")
    two = talk.began("c", "d", "GET /2")
    talk.ended(one)
    talk.ended(two)
    talk.ask("a", "b", "GET /3")
    talk.began("a", "b", "GET /4")
    _, outermost = call_trees(talk.document().steps)
    assert [call.is_whole for call in outermost] == [False, False, True, False]
    assert [[call.first for call in run] for run in own_runs(outermost)] == [[5]]


def test_of_two_traces_at_once_each_keeps_its_own_calls(talk):
    first = talk.began("a", "b", "GET /first")
    talk.trace_id = OTHER
    other = talk.began("a", "b", "GET /other")
    talk.trace_id, talk.depth = first.trace_id, 1
    talk.ask("b", "c", "GET /inner", returned={"url": "http://d.test/v1/x"})
    talk.trace_id = OTHER
    talk.ask("b", "d", "GET /v1/x")
    talk.ended(first)
    talk.ended(other)
    document = talk.document()
    _, (one, two) = call_trees(document.steps)
    assert [call.request.path for call in one.inner] == ["/inner"]
    assert [call.request.path for call in two.inner] == ["/v1/x"]
    assert find_flows(document).flows == ()  # the address was told on the other occasion
