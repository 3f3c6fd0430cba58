from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from otelhook.sequence.call_tree import nesting
from otelhook.sequence.document import Document, Group, GroupKind
from otelhook.sequence.transforms.remove_exchanges import without_exchanges

TREES: st.SearchStrategy[list[Any]] = st.recursive(
    st.just([]), lambda inner: st.lists(inner, max_size=3), max_leaves=8
)


def _calls(call: Callable[..., Any], tree: list[Any], caller: str = "s0") -> list[Any]:
    return [
        call(caller, f"{caller}{i}", "GET /x", _calls(call, inner, f"{caller}{i}"))
        for i, inner in enumerate(tree)
    ]


def test_each_exchange_is_known_by_the_one_it_was_made_for(create: Document) -> None:
    assert nesting(create.steps) == {2: 1, 3: 1, 4: 1, 5: 1, 6: 5}


def test_calls_that_run_side_by_side_belong_to_whom_their_caller_serves(
    call: Callable[..., Any], made: Callable[[Sequence[Any]], Document]
) -> None:
    steps = made(
        [call("u", "a", "GET /", [call("a", "b", "GET /"), call("a", "c", "GET /")])]
    ).steps
    inner = [replace(steps[1], exchange=4, source=name, depth=2) for name in ("b", "c")]
    asked_both = [steps[0], steps[1], steps[3]]
    assert nesting([*asked_both, inner[0]])[4] == 2
    assert nesting([*asked_both, inner[1]])[4] == 3


@given(tree=TREES, data=st.data())
def test_what_is_left_is_a_document_of_its_own(
    call: Callable[..., Any],
    made: Callable[[Sequence[Any]], Document],
    tree: list[Any],
    data: st.DataObject,
) -> None:
    document = made(_calls(call, tree))
    numbers = sorted({step.exchange for step in document.steps})
    left_out = data.draw(st.sets(st.sampled_from(numbers)) if numbers else st.just(set[int]()))
    count = len(document.steps)
    ranges = st.tuples(st.integers(1, count), st.integers(1, count)) if count else st.nothing()
    groups = tuple(
        Group(GroupKind.OPT, "", min(pair), max(pair))
        for pair in (data.draw(st.lists(ranges, max_size=4)) if count else [])
    )
    kept = without_exchanges(replace(document, groups=groups), left_out)
    assert [step.number for step in kept.steps] == list(range(1, len(kept.steps) + 1))
    times = [step.time for step in kept.steps] or [0]
    if left_out:
        assert (kept.start_time, kept.duration) == (times[0], times[-1] - times[0])
    firsts = list(dict.fromkeys(step.exchange for step in kept.steps))
    assert firsts == list(range(1, len(firsts) + 1))
    assert len(kept.steps) == count - 2 * len(left_out)
    used = {name for step in kept.steps for name in (step.source, step.target)}
    assert {participant.name for participant in kept.participants} == used
    assert all(1 <= g.first <= g.last <= len(kept.steps) for g in kept.groups)
    parents = nesting(kept.steps)
    depths = {step.exchange: step.depth for step in kept.steps}
    for exchange, parent in parents.items():
        assert depths[exchange] == depths[parent] + 1
    assert {e for e, depth in depths.items() if depth == 0} == depths.keys() - parents.keys()
