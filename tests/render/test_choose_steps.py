from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.errors import ConfigError, NotRecordedError
from otelhook.render import FORMATS, render
from otelhook.sequence.document import Document, Group, GroupKind, Note, Variable
from otelhook.sequence.transforms.choose_steps import only_steps, parse_steps


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("7", [7]), ("5-8", [5, 6, 7, 8]), ("-2", [1, 2]), ("1-2, 9", [1, 2, 9])],
)
def test_steps_are_named_by_numbers_and_ranges(text: str, numbers: list[int]) -> None:
    assert [number for found in parse_steps(text) for number in found] == numbers


def test_an_open_range_goes_to_the_end() -> None:
    assert 10**8 in parse_steps("20-")[0]
    assert 19 not in parse_steps("20-")[0]


@pytest.mark.parametrize("text", ["", "-", "a", "3-1", "0", "1,,2", "1..2", "²"])
def test_what_names_no_steps_is_reported(text: str) -> None:
    with pytest.raises(ConfigError, match="names no steps"):
        parse_steps(text)


def test_steps_keep_their_numbers_and_the_rest_goes(seed: Document) -> None:
    shown = only_steps(seed, parse_steps("6-9"))
    assert [step.number for step in shown.steps] == [6, 7, 8, 9]
    assert shown.steps == seed.steps[5:9]
    names = {name for step in shown.steps for name in (step.source, step.target)}
    assert [p.name for p in shown.participants] == [
        p.name for p in seed.participants if p.name in names
    ]
    assert {one.step for one in shown.highlights} <= {6, 7, 8, 9}
    assert {one.step for one in shown.redactions} <= {6, 7, 8, 9}
    assert all({flow.step, flow.source_step} <= {6, 7, 8, 9} for flow in shown.flows)
    assert shown.warnings[-1] == "Shown are 4 of 22 steps, from 6 to 9."


def test_frames_and_notes_shrink_to_what_is_left(seed: Document) -> None:
    framed = replace(
        seed,
        groups=(Group(GroupKind.LOOP, "", 1, 4, times=2), Group(GroupKind.OPT, "", 5, 10)),
        notes=(Note(1, 6, "both"), Note(1, 2, "gone"), Note(0, 0, "around")),
    )
    shown = only_steps(framed, parse_steps("4-6"))
    assert [(g.first, g.last, g.times) for g in shown.groups] == [(4, 4, 0), (5, 6, 0)]
    assert [(note.first, note.last, note.text) for note in shown.notes] == [
        (4, 6, "both"),
        (0, 0, "around"),
    ]
    whole = only_steps(framed, parse_steps("1-4"))
    assert whole.groups[0].times == 2


def test_a_variable_goes_with_the_last_label_that_has_it(seed: Document) -> None:
    labels = ("/a/{image_id}", "/b")
    steps = tuple(replace(seed.steps[i], label=label) for i, label in enumerate(labels))
    made = replace(seed, steps=steps, variables=(Variable("image_id", "1"), Variable("v", "2")))
    assert [v.name for v in only_steps(made, [range(2, 3)]).variables] == ["v"]
    assert [v.name for v in only_steps(made, [range(1, 2)]).variables] == ["image_id", "v"]


def test_steps_that_are_not_there_are_reported_with_those_that_are(seed: Document) -> None:
    with pytest.raises(NotRecordedError, match="the steps are 1 to 22"):
        only_steps(seed, parse_steps("23-"))


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_draws_some_of_the_steps(troubled: Document, form: str) -> None:
    first, last = 3, 8
    shown = only_steps(troubled, [range(first, last + 1)])
    assert render(shown, form)


@given(data=st.data())
def test_any_choice_of_steps_keeps_what_it_names(data: st.DataObject, seed: Document) -> None:
    first = data.draw(st.integers(1, 22))
    last = data.draw(st.integers(first, 30))
    shown = only_steps(seed, [range(first, last + 1)])
    numbers = [step.number for step in shown.steps]
    assert numbers == list(range(first, min(last, 22) + 1))
    ranges = [(group.first, group.last) for group in shown.groups]
    ranges += [(note.first, note.last) for note in shown.notes if note.first]
    assert all(numbers[0] <= first <= last <= numbers[-1] for first, last in ranges)
