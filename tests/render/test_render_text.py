from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from otelhook.render.shared.folding import folded
from otelhook.render.shared.terminal import cells, wrapped
from otelhook.render.text.page import render_text
from otelhook.sequence.document import Document, Participant, ParticipantKind, Protocol


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_the_seed_in_a_terminal_of_a_width(
    seed: Document, terminal: SnapshotAssertion, width: int
) -> None:
    assert render_text(seed, width) == terminal


def test_the_seed_in_ascii(seed: Document, terminal: SnapshotAssertion) -> None:
    assert render_text(seed, ascii=True) == terminal


def test_what_went_wrong_in_a_terminal(troubled: Document, terminal: SnapshotAssertion) -> None:
    assert render_text(troubled) == terminal


def test_a_list_where_lifelines_have_no_room(
    troubled: Document, terminal: SnapshotAssertion
) -> None:
    assert render_text(troubled, 44) == terminal


def test_many_participants_become_a_numbered_list(seed: Document) -> None:
    more = tuple(Participant(f"service-{n}", ParticipantKind.SERVICE) for n in range(9))
    text = render_text(replace(seed, participants=seed.participants + more))
    assert re.search(r"^ 1  openstack +→ keystone +GET /identity/$", text, re.MULTILINE)


def test_every_step_has_its_number_and_what_the_arrow_says(seed: Document) -> None:
    rows = [row for row in render_text(seed, 200).splitlines() if "│" in row]
    for step in seed.steps:
        (row,) = [row for row in rows if row.startswith(f"{step.number:>2} ")]
        assert step.title in row


def test_the_lifelines_stand_below_one_another_though_names_are_wide(seed: Document) -> None:
    wide = replace(
        seed, title="인증", groups=tuple(replace(g, title="한국어") for g in seed.groups)
    )
    rows = render_text(wide, 120).splitlines()
    start = next(index for index, row in enumerate(rows) if "┬" in row)
    first = rows[start].index("┬")
    for row in rows[start + 1 :]:
        if not row:
            break
        assert row[first] in "│├┼┤"


def test_no_escape_sequence_reaches_the_terminal(seed: Document) -> None:
    step = replace(seed.steps[0], label="/\x1b[2J\x1b]0;pwned\x07\x9b31mx\x08\u202e")
    text = render_text(replace(seed, steps=(step, *seed.steps[1:]), title="\x1b[31mred\x07"), 160)
    assert "GET /x\u2408\ufffd" in text
    assert text.startswith("red\u2407\n")
    assert set(re.findall(r"[\x00-\x1f\x7f-\x9f]", text)) == {"\n"}


@given(data=st.data())
def test_colors_change_nothing_but_colors(
    documents: st.SearchStrategy[Document], data: st.DataObject
) -> None:
    document = data.draw(documents)
    painted = render_text(document, color=True)
    bare = re.sub(r"\x1b\[\d*m", "", painted)
    lines = [line.rstrip() for line in render_text(document).splitlines()]
    assert [line.rstrip() for line in bare.splitlines()] == lines
    for line in painted.split("\n"):
        assert re.fullmatch(r"(?:[^\x1b]|\x1b\[\d+m[^\x1b]+\x1b\[0m)*", line)


def test_a_response_has_the_color_of_its_class(seed: Document, troubled: Document) -> None:
    painted = render_text(seed, color=True)
    assert "\x1b[32m◄ 201 CREATED" in painted
    assert "\x1b[36m◄ 300 MULTIPLE" in painted
    assert "\x1b[31m✗ timeout" in render_text(troubled, color=True)
    assert "\x1b[33m(retry)\x1b[0m" in render_text(troubled, color=True)


@given(data=st.data(), width=st.integers(0, 150), ascii=st.booleans())
def test_no_row_of_any_document_is_wider_than_the_terminal(
    documents: st.SearchStrategy[Document],
    data: st.DataObject,
    width: int,
    ascii: bool,  # noqa: A002, FBT001
) -> None:
    document = data.draw(documents)
    text = render_text(document, width, ascii=ascii)
    assert max(map(cells, text.split("\n"))) <= max(width, 30)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", text)
    assert text.isascii() or not ascii
    numbers = [int(n) for n in re.findall(r"^ *(\d+)  ", text, re.MULTILINE)]
    shown = [step.number for step in folded(document).steps]
    assert [n for n in numbers if n <= len(document.steps)][: len(shown)] == shown


def test_in_ascii_a_character_is_as_many_question_marks_as_it_has_cells(seed: Document) -> None:
    text = render_text(replace(seed, title="e\u0301 \ud55c"), ascii=True)
    assert text.split("\n")[0] == "e ??"


LONG = "the card was refused by the bank because it had been reported as stolen on Tuesday"


def flat(text: str) -> str:
    return " ".join(text.split())


def test_why_a_call_failed_is_said_whole(troubled: Document) -> None:
    steps = tuple(
        replace(step, message=LONG) if step.error == "timeout" else step for step in troubled.steps
    )
    assert steps != troubled.steps
    text = render_text(replace(troubled, steps=steps), width=60)
    assert flat(LONG) in flat(text)


def test_a_warning_is_said_whole(seed: Document) -> None:
    warning = f"Links lead to another trace: {LONG}."
    assert warning not in render_text(replace(seed, warnings=(warning,)), width=60)
    assert f"! {warning}" in flat(render_text(replace(seed, warnings=(warning,)), width=60))


@pytest.mark.parametrize(
    ("label", "beginning"),
    [
        ("publish a-queue-with-a-long-name", "publish"),
        ("invoke_agent a-very-careful-planner", "invoke"),
        ("SELECT samples_of_all_the_metrics", "SELECT"),
    ],
)
def test_words_on_a_narrow_arrow_keep_what_is_done(
    seed: Document, label: str, beginning: str
) -> None:
    first, *rest = seed.steps
    narrow = replace(first, method="", label=label, protocol=Protocol.MESSAGING)
    assert f"─ {beginning}" in render_text(replace(seed, steps=(narrow, *rest)), width=80)


@pytest.mark.parametrize("most", [1, 2, 5])
@given(text=st.text("ab 中…", max_size=80), width=st.integers(4, 20))
def test_a_text_in_rows_is_its_words_and_no_wider(most: int, text: str, width: int) -> None:
    words = flat(text)
    rows = wrapped("! ", words, width, most)
    assert len(rows) <= most
    assert all(cells(row) <= width for row in rows)
    told = "".join("".join(row.split()) for row in rows).removeprefix("!")
    whole = "".join(words.split())
    assert told == whole or (len(rows) == most and told.endswith("…"))
