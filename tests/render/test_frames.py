from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from otelhook.render.shared.frames import DEPTH_LIMIT, drawable_groups, placed_steps
from otelhook.sequence.document import Document, Group, GroupKind


def _groups(*ranges: tuple[int, int]) -> tuple[Group, ...]:
    return tuple(Group(GroupKind.OPT, f"{a}-{b}", a, b) for a, b in ranges)


def test_an_outer_group_opens_before_an_inner_one_however_they_are_listed(seed: Document) -> None:
    document = replace(seed, groups=_groups((2, 3), (2, 9), (4, 9)))
    assert [group.title for group in drawable_groups(document)] == ["2-9", "2-3", "4-9"]


def test_nesting_ends_where_nobody_could_see_it(seed: Document) -> None:
    document = replace(seed, groups=_groups(*((n, 22 - n) for n in range(1, 11))))
    assert len(drawable_groups(document)) == DEPTH_LIMIT


@given(ranges=st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=9))
def test_frames_open_and_close_in_pairs_whatever_the_groups(
    seed: Document, ranges: list[tuple[int, int]]
) -> None:
    depth = 0
    for placed in placed_steps(replace(seed, groups=_groups(*ranges))):
        depth += len(placed.opens)
        assert depth <= DEPTH_LIMIT
        depth -= placed.closes
        assert depth >= 0
    assert depth == 0
