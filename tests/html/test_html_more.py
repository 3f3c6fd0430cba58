"""What the viewer tells beside HTTP: other protocols, inner work, bodies, notes, failures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from otelhook.sequence import compose
from otelhook.sequence.annotations.summaries import summaries
from otelhook.sequence.document import Body, Document, Note, NotePlace, StepKind
from otelhook.settings import Settings
from otelhook.sources import open_source

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(180)]

Open = Callable[..., Any]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154"
    "789c6360000002000001e221bc330000000049454e44ae426082"
)
FORM_WITH_PICTURE = Body(
    b'--XX\r\nContent-Disposition: form-data; name="f"\r\n\r\n' + PNG + b"\r\n--XX--\r\n",
    200,
    content_type="multipart/form-data; boundary=XX",
)


@pytest.fixture(scope="module")
def order() -> Document:
    path = Path(__file__).parent.parent / "render" / "orders.py"
    spec = spec_from_file_location("orders", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    document: Document = module.ordered()
    return document


def panel(page: Any) -> str:
    return str(page.js("document.querySelector('#detail').innerText"))


def with_body(order: Document, body: Body) -> Document:
    return replace(order, steps=(replace(order.steps[1], number=1, body=body),), inner_spans=())


def with_query(order: Document, query: str) -> Document:
    return replace(order, steps=(replace(order.steps[0], number=1, query=query),), inner_spans=())


def test_other_protocols_are_told_in_their_own_words(opened: Open, order: Document) -> None:
    page = opened(order, "#step-5")
    text = panel(page)
    for words in ("INSERT orders", "database", "Parameters", "Statement", "INSERT INTO orders"):
        assert words in text
    assert "Copy as curl" not in text
    page.press("j")
    page.wait("location.hash === '#step-6'")
    assert "violates not-null constraint" in panel(page)
    assert page.js("document.querySelectorAll('.row.crossed').length") == 4
    words = "[...document.querySelectorAll('.participant .word')].map((word) => word.textContent)"
    assert page.js(words) == ["cache", "database", "queue", "model", "queue"]


def test_a_request_shows_what_happened_within_it(opened: Open, order: Document) -> None:
    page = opened(order, "#step-2")
    text = panel(page)
    for words in ("Within", "1 span, 2 events", "prepareOrderItems", "no cart", "card=visa"):
        assert words in text
    page.js("document.querySelector('.inner details summary').click()")
    page.wait("document.querySelector('.inner details[open] pre')")
    assert "File cart.py, line 3" in panel(page)
    assert "CartError" in page.js("document.querySelector('.beside').title")


def test_what_was_sent_and_did_not_arrive_is_a_failure(opened: Open) -> None:
    """A broker that is down answers nobody: its caller's error is all there is."""
    file = Path(__file__).parent.parent / "shop" / "recorded" / "broker-down.jsonl"
    source = open_source(str(file), Settings())
    document = compose(source.trace(source.newest(1)[0]).spans)
    lost = next(step for step in document.steps if "TimeoutException" in step.message)
    assert lost.kind is StepKind.REQUEST
    (told,) = (line.text for line in summaries(document) if line.first == line.last == lost.number)
    assert told.startswith("orders tries to publish to kafka orders: failed: org.apache.kafka")
    page = opened(document)
    assert "failed" in page.js(f"document.getElementById('row-{lost.number}').className")
    line, number = page.js(
        f"['.arrow', '.pill'].map((part) => document.querySelector('#row-{lost.number} ' + part))"
        ".map(getComputedStyle).map((style, i) => i ? style.backgroundColor : style.borderTopColor)"
    )
    assert line == number


def test_keys_and_a_button_go_from_failure_to_failure(opened: Open, order: Document) -> None:
    page = opened(order)
    for number in (6, 13, 17, 18, 19, 6):
        page.press("e")
        page.wait(f"location.hash === '#step-{number}'")
    page.press("E")
    page.wait("location.hash === '#step-19'")
    page.click("#failures")
    page.wait("location.hash === '#step-6'")


def test_the_summary_leads_to_its_steps(opened: Open, order: Document) -> None:
    page = opened(order)
    page.click("#about summary")
    page.wait("document.querySelector('.summary li')")
    assert page.js("document.querySelectorAll('.summary li').length") == 11
    page.js("document.querySelectorAll('.summary a')[3].click()")
    page.wait("location.hash === '#step-5'")


@pytest.mark.parametrize(
    ("body", "selector", "words"),
    [
        (
            Body("a=1&b=%3Cb%3E", 13, content_type="application/x-www-form-urlencoded"),
            ".view-table",
            "<b>",
        ),
        (Body("<a><b>1</b></a>", 15, content_type="text/xml"), ".body > pre", "  <b>1</b>"),
        (Body("data: x\n\ndata: y\n\n", 18, content_type="text/event-stream"), ".view-table", "y"),
        (Body(PNG, len(PNG), content_type="image/png"), "figure img", ""),
        (FORM_WITH_PICTURE, ".view-table td figure", "PNG image, 1 x 1 pixels"),
        (Body('{"trace": "one\\ntwo"}', 20), ".tree .lines", "one\ntwo"),
    ],
)
def test_bodies_are_shown_by_their_views_and_raw_on_request(
    opened: Open, order: Document, body: Body, selector: str, words: str
) -> None:
    page = opened(with_body(order, body))
    page.wait(f"document.querySelector('#detail {selector}')")
    assert words in page.js(f"document.querySelector('#detail {selector}').textContent")
    raw = "[...document.querySelectorAll('#detail h3 button')].find((b) => b.textContent === 'Raw')"
    page.js(f"{raw}.click()")
    page.wait("document.querySelector('#detail h3 button[aria-pressed=true]')")


@pytest.mark.parametrize(
    ("query", "cells"),
    [
        ("a=1&b=2", ["a", "1", "b", "2"]),
        ("f%5Bx%5D=%26+%3D&f%5Bx%5D=a=b", ["f[x]", "& =", "f[x]", "a=b"]),
        ("q=%3Cimg+src%3Dx%3E&empty=", ["q", "<img src=x>", "empty", ""]),
        ("t=\u2039token 1\u203a&u=J%C3%BCrgen", ["t", "\u2039token 1\u203a", "u", "J\xfcrgen"]),
    ],
)
def test_a_query_is_a_table_of_what_was_meant(
    opened: Open, order: Document, query: str, cells: list[str]
) -> None:
    page = opened(with_query(order, query))
    page.wait("document.querySelector('#detail .step-facts .view-table')")
    found = "[...document.querySelectorAll('.step-facts td')].map((cell) => cell.textContent)"
    assert page.js(found) == cells
    assert page.js("document.querySelector('.step-facts .view-table').title") == query


@pytest.mark.parametrize(
    "query", ["wsdl", "a=1", "a=%FF&b=1", "a=%zz", "a=1&b", "&".join(["a=1"] * 61)]
)
def test_a_query_that_is_short_or_cannot_be_decoded_stays_as_it_was_sent(
    opened: Open, order: Document, query: str
) -> None:
    page = opened(with_query(order, query))
    facts = "[...document.querySelectorAll('#detail .step-facts dd')].map((fact) => fact.innerText)"
    assert query in page.js(facts)
    assert page.js("document.querySelector('.step-facts table')") is None


def test_a_part_that_begins_like_a_picture_and_is_none_is_described(
    opened: Open, order: Document
) -> None:
    content = FORM_WITH_PICTURE.content
    assert isinstance(content, bytes)
    broken = replace(FORM_WITH_PICTURE, content=content.replace(PNG, PNG[:30]))
    page = opened(with_body(order, broken))
    page.wait("document.querySelector('#detail .view-table') && !document.querySelector('figure')")
    cell = "document.querySelector('#detail .view-table td:last-child').textContent"
    assert page.js(cell) == "PNG image, 1 x 1 pixels, 30 bytes"


def test_what_begins_like_a_picture_and_is_none_is_shown_in_hex(
    opened: Open, order: Document
) -> None:
    broken = Body(PNG[:30], 30, content_type="image/png")
    page = opened(with_body(order, broken))
    page.wait("document.querySelector('#detail .hex')")


def test_notes_are_markdown_and_hostile_ones_are_text(opened: Open, order: Document) -> None:
    text = "**Bold** `code` [step](#step-5) [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    notes = (
        Note(2, 2, f"{text}\n\n* item", markdown=True),
        Note(0, 0, "First words.", markdown=True, place=NotePlace.INTRODUCTION),
    )
    page = opened(replace(order, notes=notes), "#step-2")
    note = "document.querySelector('#detail .note .words')"
    assert page.js(f"{note}.querySelector('strong').textContent") == "Bold"
    assert page.js(f"{note}.querySelector('li').textContent") == "item"
    assert page.js(f"{note}.querySelectorAll('img').length") == 0
    assert page.js(f"[...{note}.querySelectorAll('a')].map((a) => a.getAttribute('href'))") == [
        "#step-5"
    ]
    page.click("#about summary")
    page.wait("document.querySelector('#about-body .note')")
    assert "First words." in page.js("document.querySelector('#about-body').innerText")
