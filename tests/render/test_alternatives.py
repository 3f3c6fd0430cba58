"""An alternative is one frame whose branches are told apart, in every format that draws frames."""

from __future__ import annotations

from dataclasses import replace

import pytest

from otelhook.render import render
from otelhook.render.json import from_json
from otelhook.render.shared.frames import placed_steps
from otelhook.sequence.document import Branch, Document, Group, GroupKind
from otelhook.sequence.transforms.remove_exchanges import without_exchanges


@pytest.fixture
def either(seed: Document) -> Document:
    """Its first six steps: an alternative of three ways, two steps each."""
    ways = (Branch(3, "in 5 of 9 runs"), Branch(5, "in <1> of 9 runs"))
    steps = tuple(
        replace(step, number=number, exchange=(number + 1) // 2)
        for number, step in enumerate(seed.steps[:6], 1)
    )
    group = Group(GroupKind.ALT, "in 3 of 9 runs", 1, 6, branches=ways)
    return replace(seed, steps=steps, groups=(group,), notes=())


def test_a_branch_turns_before_its_first_step(either: Document) -> None:
    turns = {placed.step.number: placed.turn for placed in placed_steps(either)}
    assert turns == {1: None, 2: None, 3: "in 5 of 9 runs", 4: None, 5: "in <1> of 9 runs", 6: None}


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("mermaid", ["alt in 3 of 9 runs", "else in 5 of 9 runs"]),
        ("plantuml", ["alt in 3 of 9 runs", "else in 5 of 9 runs"]),
        ("text", ["alt [in 3 of 9 runs]", "else [in 5 of 9 runs]"]),
        ("svg", ["alt in 3 of 9 runs", "else in 5 of 9 runs", "else in &lt;1&gt; of 9 runs"]),
        ("html", ['"branches":[[3,"in 5 of 9 runs"],[5,"in \\u003c1> of 9 runs"]]']),
    ],
)
def test_each_format_draws_its_branches(either: Document, form: str, words: list[str]) -> None:
    drawn = render(either, form)
    text = drawn if isinstance(drawn, str) else drawn.decode()
    places = [text.index(word) for word in words]
    assert places == sorted(places)
    assert text.count("\n    end") == (1 if form == "mermaid" else text.count("\n    end"))


def test_it_is_written_and_read_as_json_and_an_option_in_version_1(either: Document) -> None:
    assert from_json(str(render(either, "json"))).groups == either.groups
    (group,) = from_json(str(render(either, "json-v1"))).groups
    assert (group.kind, group.branches) == (GroupKind.OPT, ())


def test_only_an_alternative_has_branches(either: Document) -> None:
    (group,) = either.groups
    odd = replace(either, groups=(replace(group, kind=GroupKind.LOOP),))
    assert [placed.turn for placed in placed_steps(odd)] == [None] * 6


def test_a_branch_that_a_rule_leaves_out_goes_and_the_others_stay(either: Document) -> None:
    (first,) = without_exchanges(either, {1}).groups
    assert (first.title, first.first, first.branches) == (
        "in 5 of 9 runs",
        1,
        (Branch(3, "in <1> of 9 runs"),),
    )
    (middle,) = without_exchanges(either, {2}).groups
    assert (middle.title, middle.branches) == ("in 3 of 9 runs", (Branch(3, "in <1> of 9 runs"),))
    (alone,) = without_exchanges(either, {2, 3}).groups
    assert alone.branches == ()
    assert without_exchanges(either, {1, 2, 3}).groups == ()
