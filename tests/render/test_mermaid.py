from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from otelhook.render.mermaid.diagram import SIZE_LIMIT, mermaid_parts, render_mermaid
from otelhook.render.shared.folding import folded
from otelhook.sequence.document import Document, Group, GroupKind, Step, StepKind

MESSAGE = re.compile(r"^\s*[\w.-]+?(?:->>|-->>|--?x)[\w.-]+: (.*)$", re.MULTILINE)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _long(seed: Document, times: int) -> Document:
    steps: list[Step] = []
    for turn in range(times):
        steps += [replace(step, number=step.number + turn * len(seed.steps)) for step in seed.steps]
    whole = Group(GroupKind.LOOP, "the whole", 1, len(steps))
    return replace(seed, steps=tuple(steps), groups=(whole, *seed.groups))


def test_the_seed_is_drawn_as_its_author_drew_it(
    seed: Document, diagram: SnapshotAssertion
) -> None:
    assert render_mermaid(seed) == diagram


def test_failures_retries_guesses_and_nested_frames_are_drawn(
    troubled: Document, diagram: SnapshotAssertion
) -> None:
    assert render_mermaid(troubled) == diagram


def test_a_document_without_steps_is_drawn_as_its_participants(
    seed: Document, diagram: SnapshotAssertion
) -> None:
    assert render_mermaid(replace(seed, steps=(), groups=())) == diagram


def test_a_diagram_that_fits_is_one_text_with_all_participants(seed: Document) -> None:
    quiet = replace(seed, steps=seed.steps[:2], groups=())
    assert mermaid_parts(quiet) == (render_mermaid(quiet),)
    assert render_mermaid(quiet).count("participant ") == len(seed.participants)


def test_a_long_document_becomes_parts_below_the_limit_with_numbers_that_run_on(
    seed: Document,
) -> None:
    document = _long(seed, 100)
    parts = mermaid_parts(document)
    assert len(parts) > 1
    number = 1
    for part in parts:
        assert _units(part) <= SIZE_LIMIT
        assert f"autonumber{'' if number == 1 else f' {number} 1'}\n" in part
        number += len(MESSAGE.findall(part))
    assert number == len(document.steps) + 1


def test_a_frame_that_is_open_where_a_part_ends_is_closed_and_goes_on(seed: Document) -> None:
    first, second, *_ = mermaid_parts(_long(seed, 4), limit=2_000)
    assert first.rstrip().endswith("\n    end")
    assert "    loop the whole (continued)\n" in second
    for part in (first, second):
        assert len(re.findall(r"^\s*(?:loop|opt) ", part, re.MULTILINE)) == len(
            re.findall(r"^\s*end$", part, re.MULTILINE)
        )


def test_parts_in_one_text_say_where_each_begins(seed: Document) -> None:
    document = _long(seed, 100)
    parts = mermaid_parts(document)
    text = render_mermaid(document)
    assert text.startswith(f"%% part 1 of {len(parts)}: ")
    assert re.split(r"^%% part .*\n", text, flags=re.MULTILINE)[1:] == [
        *(f"{part}\n" for part in parts[:-1]),
        parts[-1],
    ]


def test_a_failure_in_the_direction_of_its_request_is_a_request_that_got_lost(
    troubled: Document,
) -> None:
    text = render_mermaid(troubled)
    assert "shop-xp3: ConnectionError" in text
    assert "stock--xshop: timeout" in text


def test_groups_that_overlap_are_left_out(seed: Document) -> None:
    groups = (
        Group(GroupKind.OPT, "kept", 3, 6),
        Group(GroupKind.OPT, "overlaps", 5, 9),
        Group(GroupKind.OPT, "backwards", 9, 8),
        Group(GroupKind.OPT, "nowhere", 20, 99),
    )
    text = render_mermaid(replace(seed, groups=groups))
    assert re.findall(r"opt (.*)", text) == ["kept"]


@given(data=st.data(), limit=st.integers(500, 3_000))
def test_any_document_keeps_its_steps_in_parts_of_any_size(
    documents: st.SearchStrategy[Document], data: st.DataObject, limit: int
) -> None:
    document = data.draw(documents)
    parts = mermaid_parts(document, limit)
    arrows = sum(len(MESSAGE.findall(part)) for part in parts)
    assert arrows == len(folded(document).steps)
    for part in parts:
        assert part.startswith("sequenceDiagram\n    autonumber")
        lines = [line.strip() for line in part.splitlines()]
        opened = sum(line.startswith(("opt ", "alt ", "loop ", "par ")) for line in lines)
        assert opened == lines.count("end")
        assert part.isprintable() or set(part) - {"\n"} <= set(filter(_may_be_drawn, part))


def _may_be_drawn(character: str) -> bool:
    return (
        character >= " " and not "\x7f" <= character <= "\x9f" and character not in "\u2028\u2029"
    )


def test_every_kind_of_step_has_an_arrow_of_its_own(troubled: Document) -> None:
    kinds = {step.kind for step in troubled.steps}
    assert kinds == set(StepKind)
    text = render_mermaid(troubled)
    assert all(arrow in text for arrow in ("->>", "-->>", "-x", "--x"))
