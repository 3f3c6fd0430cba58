"""The picture: everything in it, in its place, as valid XML that needs nothing else."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otelhook.render import FORMATS, render
from otelhook.render.svg.picture import render_svg, svg_parts
from otelhook.sequence.document import (
    Document,
    Group,
    GroupKind,
    Note,
    Participant,
    ParticipantKind,
    Step,
    StepKind,
)

MakeStep = Callable[..., Step]

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "g", "title", "rect", "line", "path", "text"}


def _texts(root: ET.Element) -> list[str]:
    return ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]


def _titles(root: ET.Element) -> list[str]:
    return [node.text or "" for node in root.iter(f"{SVG}title")]


def _numbers(root: ET.Element) -> list[int]:
    return [int(text) for text in _texts(root) if text.isdigit()]


def _document(*steps: Step, names: tuple[str, ...] = ("a", "b")) -> Document:
    return Document(
        trace_ids=(steps[0].trace_id,) if steps else (),
        title="a title",
        start_time=1,
        duration=1,
        span_count=2,
        participants=tuple(Participant(name, ParticipantKind.SERVICE) for name in names),
        steps=steps,
    )


def test_the_registry_knows_the_picture(image_create: Document) -> None:
    assert render(image_create, "svg") == render_svg(image_create)
    assert FORMATS["svg"].media_type == "image/svg+xml"


def test_the_same_document_gives_the_same_picture(image_create: Document) -> None:
    assert render_svg(image_create) == render_svg(image_create)


def test_every_step_is_in_it_with_its_whole_text(image_create: Document) -> None:
    root = ET.fromstring(render_svg(image_create))
    assert _numbers(root) == list(range(1, 23))
    titles = _titles(root)
    for step in image_create.steps:
        assert f"({step.number}) {step.source} to {step.target}: {step.title}" in "\n".join(titles)
    assert "opt glance-api gets a token for itself (6-9)" in titles


def test_it_uses_presentation_attributes_only_and_refers_to_nothing(
    image_create: Document,
) -> None:
    root = ET.fromstring(render_svg(image_create))
    for node in root.iter():
        assert node.tag.removeprefix(SVG) in ELEMENTS
        for name, value in node.attrib.items():
            assert name not in {"style", "class", "href", "id"}
            assert not name.startswith(("on", "{"))
            assert "url(" not in value


def test_it_fits_a_readers_column(image_create: Document, many_steps: Document) -> None:
    widths = [
        float(ET.fromstring(render_svg(document)).attrib["width"])
        for document in (image_create, replace(many_steps, steps=many_steps.steps[:40]))
    ]
    assert max(widths) <= 905


@pytest.mark.parametrize("length", [1, 40, 400])
def test_words_never_leave_the_picture(plain_step: MakeStep, length: int) -> None:
    label = "/가" * (length // 2) + "/x" * length
    document = _document(plain_step(1, label=label), plain_step(2, label=label, source="a"))
    root = ET.fromstring(render_svg(document))
    width = float(root.attrib["width"])
    for node in root.iter(f"{SVG}rect"):
        if "%" not in node.attrib["width"]:
            assert float(node.attrib["x"]) >= 0
            assert float(node.attrib["x"]) + float(node.attrib["width"]) <= width + 0.2
    assert any(label in title for title in _titles(root))


def test_failures_are_red_and_end_in_a_cross(plain_step: MakeStep) -> None:
    failed = plain_step(2, kind=StepKind.FAILURE, status_code=None, error="timeout")
    root = ET.fromstring(render_svg(_document(plain_step(1), failed)))
    crosses = [p.attrib for p in root.iter(f"{SVG}path") if "M" in p.attrib["d"][1:]]
    assert [cross["stroke"] for cross in crosses] == ["#c0272d"]


def test_responses_are_dashed_and_requests_are_not(plain_step: MakeStep) -> None:
    root = ET.fromstring(render_svg(_document(plain_step(1), plain_step(2))))
    groups = [g for g in root.iter(f"{SVG}g") if (g[0].text or "").startswith("(")]
    assert ["stroke-dasharray" in g[1].attrib for g in groups] == [False, True]


def test_a_call_to_itself_is_a_loop(plain_step: MakeStep) -> None:
    step = plain_step(1, target="a")
    assert 'd="M' in render_svg(_document(step))


def test_notes_stand_above_their_steps(image_create: Document) -> None:
    titles = _titles(ET.fromstring(render_svg(image_create)))
    assert any(title.startswith("Password authentication: The user signs in") for title in titles)


@pytest.mark.parametrize("steps", [0, 1])
def test_a_document_of_nothing_or_one_step_is_a_picture(plain_step: MakeStep, steps: int) -> None:
    document = _document(*(plain_step(n + 1) for n in range(steps)), names=())
    assert _numbers(ET.fromstring(render_svg(document))) == list(range(1, steps + 1))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(codec=None), max_size=50))
def test_any_text_gives_valid_xml(text: str, plain_step: MakeStep) -> None:
    step = plain_step(1, source=text, label=text, method=text)
    document = replace(
        _document(step, names=(text, "b")),
        title=text,
        groups=(Group(GroupKind.LOOP, text, 1, 1),),
        notes=(Note(1, 1, text, text),),
    )
    picture = render_svg(document)
    root = ET.fromstring(picture.encode())
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= ELEMENTS
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", picture)


# -- parts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [2, 7, 60, 499])
def test_parts_hold_every_step_once_in_order(many_steps: Document, size: int) -> None:
    document = replace(many_steps, steps=many_steps.steps[:500])
    found = [_numbers(ET.fromstring(part)) for part in svg_parts(document, size)]
    assert [n for part in found for n in part] == list(range(1, 501))
    assert max(len(part) for part in found) <= size


def test_parts_begin_with_a_call_that_is_in_no_other_where_there_is_one(
    many_steps: Document,
) -> None:
    depths = {0: 0}
    nested: list[Step] = []
    for step in many_steps.steps[:300]:
        depth = depths[0] if step.kind is StepKind.REQUEST else depths[0] - 1
        nested.append(replace(step, depth=depth))
        depths[0] += 1 if step.kind is StepKind.REQUEST else -1
    document = replace(many_steps, steps=tuple(nested), groups=())
    firsts = [_numbers(ET.fromstring(part))[0] for part in svg_parts(document, 40)]
    assert [nested[n - 1].depth for n in firsts] == [0] * len(firsts)


def test_a_group_that_is_cut_is_drawn_in_both_parts(plain_step: MakeStep) -> None:
    steps = tuple(plain_step(n) for n in range(1, 9))
    document = replace(_document(*steps), groups=(Group(GroupKind.OPT, "long", 2, 7),))
    parts = [_titles(ET.fromstring(part)) for part in svg_parts(document, 4)]
    assert "opt long (2-4)" in parts[0]
    assert "opt long (5-7)" in parts[1]


def test_a_picture_of_some_steps_says_so(plain_step: MakeStep) -> None:
    document = _document(*(plain_step(n) for n in range(1, 13)))
    root = ET.fromstring(render_svg(document, limit=5))
    assert _numbers(root) == [1, 2, 3, 4, 5]
    assert _texts(root)[-1] == "Steps 1 to 5 of 12 steps"
    assert all(later > earlier for earlier, later in pairwise(len(p) for p in _growing(document)))


def _growing(document: Document) -> list[str]:
    return [render_svg(document, limit) for limit in (2, 4, 8)]
