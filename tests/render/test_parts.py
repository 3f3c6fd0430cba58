from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from otelhook.render.markdown.diagrams import diagrams
from otelhook.render.mermaid.diagram import mermaid_parts
from otelhook.render.mermaid.escaping import label_lines
from otelhook.render.mermaid.overview import LINES, render_overview
from otelhook.render.mermaid.pagination import TARGETS, DiagramLimits, part_starts, width_of
from otelhook.render.shared.folding import folded
from otelhook.render.shared.part_headings import headings
from otelhook.sequence.document import Document, Group, GroupKind

WIDE = 10**6


def _starts(document: Document, messages: int) -> list[int]:
    room = DiagramLimits(10**9, messages, WIDE)
    return sorted(part_starts(document, room, [1] * len(document.steps)))


def test_a_part_ends_where_the_fewest_exchanges_are_open(seed: Document) -> None:
    document = replace(seed, groups=())
    assert _starts(document, 14) == [13]
    assert _starts(document, 12) == [13]
    assert _starts(document, 40) == []


def test_a_part_does_not_end_within_a_frame_that_fits(seed: Document) -> None:
    document = replace(seed, groups=(Group(GroupKind.OPT, "together", 11, 14),))
    assert _starts(document, 13)[0] == 10
    assert not {12, 13, 14} & set(_starts(document, 13))


def test_a_frame_that_is_too_long_alone_is_divided(seed: Document) -> None:
    document = replace(seed, groups=(Group(GroupKind.OPT, "all", 1, 22),))
    assert _starts(document, 12) == [13]


def test_every_part_has_a_step_however_little_room_there_is(seed: Document) -> None:
    room = DiagramLimits(1, 1, 1)
    assert sorted(part_starts(seed, room, [9] * 22)) == list(range(2, 23))


def test_the_width_counts_long_lines_between_neighbours_only() -> None:
    names = ["a", "b", "c"]
    near = width_of(names, {frozenset("ab"): 24})
    assert near > width_of(names, {}) == width_of(names, {frozenset("ac"): 24})


def test_the_seed_is_one_part_for_every_target(seed: Document) -> None:
    assert {len(mermaid_parts(seed, room=room)) for room in TARGETS.values()} == {1}


def test_parts_declare_only_who_takes_part(seed: Document) -> None:
    first, second = mermaid_parts(replace(seed, groups=()), room=DiagramLimits(45_000, 12, WIDE))
    assert "participant swift-proxy-server" not in first
    assert "participant swift-proxy-server" in second
    assert "    autonumber 13 1\n" in second


def test_the_overview_names_the_steps_that_each_line_stands_for(seed: Document) -> None:
    text = render_overview(seed, TARGETS["mkdocs"])
    assert "autonumber" not in text
    found = re.findall(r"\((\d+-\d+)\)", text)
    assert found == ["1-4", "5-12", "6-11", "13-22", "14-15", "16-19", "17-18", "20-21"]


def test_calls_in_a_row_between_the_same_two_are_one_line(seed: Document) -> None:
    text = " ".join(render_overview(seed, TARGETS["mkdocs"]).replace("<br/>", " ").split())
    assert "openstack->>keystone: (1-4) 2 calls: GET /identity/, POST …/auth/tokens" in text
    assert "glance-api->>swift-proxy-server: (20-21) PUT" in text


def test_what_changes_something_is_named_first_and_signing_in_changes_nothing(
    seed: Document,
) -> None:
    two = replace(seed, steps=seed.steps[:2])
    assert headings(two, [(1, 2)])[1] == "GET /identity/ of keystone"
    whole = headings(seed, [(1, 22)])[1]
    assert "POST /v2/images of glance-api" in whole
    assert "PUT …/{image_id}/file of glance-api" in whole
    assert whole.endswith("more")


def test_an_overview_shows_no_deeper_level_than_has_room(seed: Document) -> None:
    text = render_overview(seed, DiagramLimits(45_000, 40, 560))
    assert re.findall(r"\((\d+-\d+)\)", text) == ["1-4", "5-22"]
    assert "swift" not in text


def test_an_overview_has_all_steps_of_very_many_calls(seed: Document) -> None:
    steps = tuple(
        replace(seed.steps[n % 2], number=n + 1, exchange=n // 2 + 1, label=f"/{n // 2}")
        for n in range(200)
    )
    text = render_overview(replace(seed, steps=steps, groups=()), TARGETS["gitlab"])
    assert "(1-200) 100 calls: GET /0," in text.replace("<br/>", " ")


def _ends(place: int, callee: str) -> dict[str, Any]:
    """Return who a request, or every second step its answer, is from and to."""
    ends = ("a", callee) if place % 2 == 0 else (callee, "a")
    return dict(zip(("source", "target"), ends, strict=True))


def test_calls_of_many_that_do_not_fit_are_told_over_their_caller(seed: Document) -> None:
    steps = tuple(
        replace(
            seed.steps[n % 2],
            number=n + 1,
            exchange=n // 2 + 1,
            **_ends(n, f"b{n // 2 % 3}"),
        )
        for n in range(400)
    )
    text = render_overview(replace(seed, steps=steps, groups=()), TARGETS["mkdocs"])
    assert text.count("Note over a: ") == LINES
    assert "8 calls to b0," in text.replace("<br/>", " ")
    assert "-400)" in text


def test_the_least_of_very_many_participants_share_a_lifeline(seed: Document) -> None:
    steps = tuple(
        replace(
            seed.steps[n % 2],
            number=n + 1,
            exchange=n // 2 + 1,
            **_ends(n, f"b{n // 2}"),
        )
        for n in range(40)
    )
    text = render_overview(replace(seed, steps=steps, groups=()), TARGETS["mkdocs"])
    assert " others\n" in text
    assert text.count("participant ") <= 8
    assert "b19: GET" in text.replace("<br/>", " ")


@given(data=st.data(), messages=st.integers(1, 5), width=st.integers(1, 2_000))
def test_diagrams_of_any_document_have_all_its_steps_once(
    documents: st.SearchStrategy[Document], data: st.DataObject, messages: int, width: int
) -> None:
    document = data.draw(documents)
    found = diagrams(document, DiagramLimits(4_500, messages, width))
    # The overview has no numbers; a participant may be called so.
    parts = [diagram.text for diagram in found if re.match(r".*\n *autonumber\b", diagram.text)]
    arrow = re.compile(r"^\s*[\w.-]+?(?:->>|-->>|--?x)[\w.-]+: ", re.MULTILINE)
    counts = [len(arrow.findall(part)) for part in parts]
    assert sum(counts) == len(folded(document).steps)
    assert max(counts) <= messages
    assert len(found) == len(parts) + (len(parts) > 1)


def test_no_part_is_of_one_call_where_its_neighbour_has_room(seed: Document) -> None:
    """A message between two whose names are long stands between calls of others."""
    steps = [replace(seed.steps[0], number=n, exchange=n) for n in range(1, 31)]
    long = "a-notifier-with-a-name-that-is-as-wide-as-half-a-page-of-a-book"
    for at in (14, 15):
        steps[at] = replace(steps[at], source=long, target=f"{long}-too")
    document = replace(seed, steps=tuple(steps), groups=())
    width = 900
    starts = sorted(part_starts(document, DiagramLimits(10**9, 40, width), [1] * 30))
    assert starts
    bounds = [1, *starts, 31]
    assert min(end - begin for begin, end in pairwise(bounds)) > 2
    # Where a neighbour has no room, a part stays small.
    few = sorted(part_starts(document, DiagramLimits(10**9, 14, width), [1] * 30))
    assert {15, 17} <= set(few)


def test_calls_that_only_ever_begin_do_not_make_a_part_of_every_step(seed: Document) -> None:
    steps = tuple(replace(seed.steps[0], number=n, exchange=n) for n in range(1, 201))
    assert len(_starts(replace(seed, steps=steps, groups=()), 40)) < 200 // 10


def test_a_label_is_laid_out_once_for_its_width_and_its_text(seed: Document) -> None:
    """More labels than are remembered, which a second look at all would lay out again."""
    steps = tuple(
        replace(seed.steps[0], number=n, exchange=n, label=f"/orders/of/a/long/path/{n}/items")
        for n in range(1, 5_001)
    )
    document = replace(seed, steps=steps, groups=(), notes=(), highlights=(), flows=())
    label_lines.cache_clear()
    parts = mermaid_parts(document, room=DiagramLimits(45_000))
    assert len(parts) > 100
    assert label_lines.cache_info().misses == 5_000
