from __future__ import annotations

import re
from dataclasses import replace

import pytest

from otelhook.render import render
from otelhook.render.mermaid.diagram import mermaid_parts
from otelhook.render.mermaid.overview import render_overview
from otelhook.render.mermaid.pagination import TARGETS, DiagramLimits
from otelhook.render.shared.folding import folded, folds
from otelhook.render.svg.picture import svg_parts
from otelhook.sequence.document import Flow, Group, GroupKind, Mark, Note
from otelhook.sequence.transforms.loops import fold_loops
from otelhook.sequence.transforms.remove_exchanges import without_exchanges


def numbers(document):
    return [step.number for step in document.steps]


@pytest.fixture
def polled(talk):
    """A call, twelve equal polls with a call in each, and the one that answers otherwise."""
    talk.ask("cli", "api", "POST /servers", 202)
    for turn in range(13):
        with talk.call("cli", "api", "GET /servers/1", returned={"status": turn == 12}):
            talk.ask("api", "db", "GET /rows/1")
    talk.ask("cli", "api", "DELETE /servers/1", 204)
    return fold_loops(talk.document())


def test_the_first_iteration_stays_and_the_numbers_after_it_too(polled):
    shown = folded(polled)
    assert numbers(shown) == [1, 2, 3, 4, 5, 6, *range(51, 57)]
    assert [(g.title, g.first, g.last) for g in shown.groups] == [("12 times (3-50)", 3, 6)]
    assert folded(shown) == shown


def test_loops_within_the_iteration_that_stays_are_folded_too(talk):
    for _ in range(2):
        with talk.call("a", "b", "GET /x"):
            for _ in range(3):
                talk.ask("b", "c", "GET /y")
    shown = folded(fold_loops(talk.document()))
    assert numbers(shown) == [1, 2, 3, 8]
    assert [(g.title, g.first, g.last) for g in shown.groups] == [
        ("2 times (1-16)", 1, 8),
        ("3 times (2-7)", 2, 3),
    ]
    assert [(fold.first, fold.last) for fold in folds(fold_loops(talk.document()))] == [
        (4, 7),
        (9, 16),
    ]


def test_a_frame_that_ended_in_a_repetition_ends_with_the_iteration_that_stays(polled):
    around = Group(GroupKind.OPT, "all the polls", 1, 50)
    shown = folded(replace(polled, groups=(around, *polled.groups)))
    assert [(g.first, g.last) for g in shown.groups] == [(1, 6), (3, 6)]


def test_a_loop_that_nobody_counted_is_drawn_whole(polled):
    (loop,) = polled.groups
    for times in (0, 1, 7, -12):
        document = replace(polled, groups=(replace(loop, times=times),))
        assert folded(document) == document
    steps = tuple(replace(s, number=s.number * 2) for s in polled.steps)
    gaps = replace(polled, steps=steps, groups=(replace(loop, first=6, last=100, times=5),))
    assert folded(gaps) == gaps


def test_what_a_filter_leaves_of_equal_iterations_stays_a_counted_loop(polled):
    inner = {step.exchange for step in polled.steps if step.target == "db"}
    (loop,) = without_exchanges(polled, inner).groups
    assert (loop.first, loop.last, loop.times) == (3, 26, 12)
    (loop,) = without_exchanges(polled, {min(inner)}).groups
    assert (loop.first, loop.last, loop.times) == (3, 48, 0)


def test_calls_that_a_mark_tells_apart_do_not_hide_each_other(talk):
    for _ in range(4):
        talk.ask("a", "b", "GET /x")
    steps = list(talk.document().steps)
    steps[6] = replace(steps[6], marks=(Mark.RETRY,))
    (loop,) = fold_loops(replace(talk.document(), steps=tuple(steps))).groups
    assert (loop.first, loop.last, loop.times) == (1, 6, 3)


def test_mermaid_goes_on_with_the_number_after_the_loop(polled):
    (text,) = mermaid_parts(polled)
    assert text.count("GET /rows/1") == 2
    assert "    loop 12 times (3-50)\n" in text
    assert "    end\n    autonumber 51 1\n" in text
    assert text.count("autonumber") == 2


def test_a_part_that_begins_after_a_loop_needs_its_number_once(polled):
    first, second = mermaid_parts(polled, room=DiagramLimits(45_000, 6, None))
    assert first.count("autonumber") == 1
    assert second.count("autonumber") == 1
    assert "autonumber 51 1" in second


def test_plantuml_goes_on_with_the_number_after_the_loop(polled):
    text = str(render(polled, "plantuml"))
    assert re.findall(r"autonumber (\d+)", text) == ["1", "51"]
    assert text.count(" : GET") == 2 + 2


def test_text_and_pictures_show_one_iteration_and_count_every_step(polled):
    text = str(render(polled, "text"))
    assert "56 steps" in text
    assert "loop [12 times (3-50)]" in text
    rows = re.findall(r"^ *(\d+) +[│╭╰]?", text.split("\n\n", 1)[1], re.MULTILINE)
    assert rows == [str(number) for number in numbers(folded(polled))]
    svg = str(render(polled, "svg"))
    assert "56 steps" in svg
    assert "12 times (3-50)" in svg
    assert svg.count("/rows/1") == str(render(folded(polled), "svg")).count("/rows/1")
    assert "Steps 1 to 6 of 56 steps" in svg_parts(polled, 6)[0]


def test_the_overview_counts_a_loop_on_its_line(polled):
    text = render_overview(polled, TARGETS["mkdocs"])
    assert "(3-50) GET /servers /1 200, 12 times" in text.replace("<br/>", " ")
    assert "(51-54) GET /servers/1 200\n" in text.replace("<br/>", " ")


def test_the_page_shows_the_repeated_steps_once_and_links_to_them_still_lead_somewhere(polled):
    flow = Flow(55, "path", 46, "body.id", "id")
    note = Note(9, 9, "said once")
    page = str(render(replace(polled, flows=(flow,), notes=(note,)), "markdown"))
    assert "### (6) " in page
    assert not re.search(r"### \((7|50)\) ", page)
    assert "### (51) " in page
    assert '<span id="step-46"></span>`(7-50)` repeat `(3-6)`: 12 times in all' in page
    assert "[(46)](#step-46)" in page


def test_data_formats_keep_every_step(polled):
    assert str(render(polled, "json")).count('"/rows/1"') > 26
    assert str(render(polled, "har")).count("/rows/1") == 13
    assert str(render(polled, "markdown")).partition("## Full log")[2].count("/rows/1") >= 13
