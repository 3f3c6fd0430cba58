from __future__ import annotations

from typing import Any

from otelhook.model import SpanId, SpanKind
from otelhook.sequence.causality.span_tree import LOST, ROOT, build_tree
from otelhook.sequence.causality.walking import parents_first


def test_of_two_records_of_a_span_the_one_that_ended_later_is_kept(recorder: Any) -> None:
    one = recorder.span(SpanKind.SERVER, "a", 0, 5)
    later = recorder.span(SpanKind.SERVER, "a", 0, 9, span_id=one.span_id)
    assert build_tree([one, later]).spans == build_tree([later, one]).spans == (later,)


def test_records_that_contradict_each_other_are_chosen_alike_in_any_order(recorder: Any) -> None:
    one = recorder.span(SpanKind.SERVER, "a", 0, 5, {"x": 1})
    other = recorder.span(SpanKind.SERVER, "a", 0, 5, {"x": 2}, span_id=one.span_id)
    assert build_tree([one, other]).spans == build_tree([other, one]).spans


def test_near_is_the_next_end_of_a_call_and_top_the_highest_span_below_it(recorder: Any) -> None:
    server = recorder.span(SpanKind.SERVER, "a", 0, 9)
    work = recorder.span(SpanKind.INTERNAL, "a", 1, 8, parent=server.span_id)
    client = recorder.span(SpanKind.CLIENT, "a", 2, 7, parent=work.span_id)
    orphan = recorder.span(SpanKind.INTERNAL, "a", 3, 4, parent=SpanId("f" * 16))
    below = recorder.span(SpanKind.CLIENT, "a", 3, 4, parent=orphan.span_id)
    tree = build_tree(reversed(recorder.spans))
    at = {span.span_id: index for index, span in enumerate(tree.spans)}
    index = at[client.span_id]
    assert (tree.near[index], tree.top[index]) == (at[server.span_id], at[work.span_id])
    assert tree.near[at[server.span_id]] == ROOT
    index = at[below.span_id]
    assert (tree.near[index], tree.top[index]) == (LOST, at[orphan.span_id])


def test_cycles_are_cut_above_their_first_member_and_parents_come_first() -> None:
    parents = [4, 3, 1, 2, 0, 5, LOST, 1]
    order, cycles = parents_first(parents)
    assert cycles == 3
    assert parents == [ROOT, ROOT, 1, 2, 0, ROOT, LOST, 1]
    assert sorted(order) == list(range(8))
    place = {index: number for number, index in enumerate(order)}
    assert all(place[parent] < place[i] for i, parent in enumerate(parents) if parent >= 0)
