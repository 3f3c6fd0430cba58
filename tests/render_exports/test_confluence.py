from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from otelhook.render import render
from otelhook.sequence.document import Body, Document, Header, Note, StepKind

MACROS = 'xmlns:ac="urn:ac" xmlns:ri="urn:ri"'
NASTY = "]]></ac:plain-text-body> <script> & \x00 \x1b \ufffe \ud800 ]]]>"


def parsed(document: Document) -> ET.Element:
    page = str(render(document, "confluence"))
    return ET.fromstring(f"<page {MACROS}>{page}</page>")


def test_a_page_is_well_formed_whatever_was_captured(upload: Document) -> None:
    step = replace(
        upload.steps[0],
        source=NASTY,
        label=NASTY,
        headers=(Header(NASTY, NASTY),),
        body=Body(NASTY, len(NASTY)),
    )
    notes = (Note(1, 1, NASTY, NASTY, f"https://x.example/{NASTY}", markdown=True),)
    page = parsed(replace(upload, title=NASTY, steps=(step, *upload.steps[1:]), notes=notes))
    assert page.findall(".//script") == []
    assert any("]]></ac:plain-text-body>" in (node.text or "") for node in page.iter())


def test_each_step_has_a_heading_and_its_message_behind_it(upload: Document) -> None:
    page = parsed(upload)
    assert [node.text for node in page.findall("h2")] == ["Sequence diagram", "Request / Response"]
    assert len(page.findall("h3")) == len(upload.steps)
    expand = [m for m in page if m.get("{urn:ac}name") == "expand"]
    assert len(expand) == len(upload.steps)
    assert any("sequenceDiagram" in (node.text or "") for node in page.iter())


@pytest.mark.parametrize("form", ["rst", "confluence"])
def test_a_document_without_steps_is_a_page(upload: Document, form: str) -> None:
    text = str(render(replace(upload, steps=(), participants=(), groups=()), form))
    assert "Request / Response" not in text
    assert StepKind.REQUEST.value not in text
