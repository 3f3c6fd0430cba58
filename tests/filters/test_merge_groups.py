"""Frames that are added: of any, those that cross none that is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from otelhook.sequence.document import Group, GroupKind
from otelhook.sequence.transforms.merge_groups import with_groups

STEPS = 8
spans = st.tuples(st.integers(1, STEPS), st.integers(1, STEPS)).map(
    lambda ends: tuple(sorted(ends))
)


def crosses(one: Group, other: Group) -> bool:
    """Return whether each has a step that the other has not, and both have one in common."""
    mine, theirs = (set(range(group.first, group.last + 1)) for group in (one, other))
    return bool(mine & theirs and mine - theirs and theirs - mine)


def nested(ends: Sequence[tuple[int, int]], title: str) -> list[Group]:
    """Return a group for each pair that crosses none before it."""
    found: list[Group] = []
    for first, last in ends:
        group = Group(GroupKind.LOOP, title, first, last)
        if not any(crosses(group, other) for other in found):
            found.append(group)
    return found


@given(own=st.lists(spans, max_size=4), more=st.lists(spans, max_size=4))
def test_what_crosses_none_is_added_and_nothing_else(
    made: Callable[..., Any], call: Any, own: Any, more: Any
) -> None:
    document = made([call("a", "b", f"GET /{number}") for number in range(STEPS // 2)])
    before, added = nested(own, "own"), nested(more, "more")
    document = with_groups(document, before)
    after = with_groups(document, added)
    expected = {*before, *(g for g in added if not any(crosses(g, other) for other in before))}
    assert set(after.groups) == expected
    places = [(g.first, -g.last) for g in after.groups]
    assert places == sorted(places)
