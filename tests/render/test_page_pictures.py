"""Pages whose diagrams are pictures: no script, no network, each arrow a link to its step."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from otelhook.errors import ConfigError
from otelhook.render.markdown.diagrams import DiagramKind
from otelhook.render.markdown.mkdocs import mkdocs_pages
from otelhook.render.markdown.page import render_markdown
from otelhook.render.svg.embedded import COLUMN, embedded_overview, embedded_part
from otelhook.sequence.document import Document

SVG = "{http://www.w3.org/2000/svg}"


def pictures(page: str) -> list[ET.Element]:
    found = re.findall(r'<div style="overflow-x:auto">\n(<svg .*?</svg>)\n</div>', page, re.DOTALL)
    assert not any("\n\n" in picture for picture in found), "an empty line would end the block"
    return [ET.fromstring(picture) for picture in found]


def long(seed: Document) -> Document:
    steps = tuple(
        replace(step, number=22 * turn + step.number, exchange=11 * turn + step.exchange)
        for turn in range(5)
        for step in seed.steps
    )
    return replace(seed, steps=steps, groups=(), notes=(), flows=())


def test_every_arrow_leads_to_its_step(seed: Document) -> None:
    page = render_markdown(seed, diagram=DiagramKind.SVG)
    (picture,) = pictures(page)
    led = [link.get("href", "") for link in picture.iter(f"{SVG}a")]
    assert led == [f"#step-{number}" for number in range(1, 23)]
    for number in range(1, 23):
        assert f'<span id="step-{number}"></span>' in page
    assert "mermaid" not in page


def test_a_page_may_have_both(seed: Document) -> None:
    page = render_markdown(seed, diagram=DiagramKind.BOTH)
    assert len(pictures(page)) == 1
    assert "    ``` mermaid\n    sequenceDiagram" in page
    assert "<svg" not in render_markdown(seed)


def test_a_long_page_has_an_overview_and_parts_as_pictures(seed: Document) -> None:
    page = render_markdown(long(seed), diagram=DiagramKind.SVG)
    overview, *parts = pictures(page)
    led = [link.get("href") for part in parts for link in part.iter(f"{SVG}a")]
    assert led == [f"#step-{number}" for number in range(1, 111)]
    assert 0 < len([*overview.iter(f"{SVG}a")]) <= 26


def test_a_folder_for_mkdocs_has_them_too(seed: Document) -> None:
    pages = mkdocs_pages(seed, "x", DiagramKind.SVG)
    assert "diagram.md" not in pages
    assert len(pictures(pages["index.md"])) == 1
    assert '<span id="step-22"></span>' in pages["body.md"]
    both = mkdocs_pages(seed, "x", DiagramKind.BOTH)
    assert '    --8<-- "x/diagram.md"' in both["index.md"]


@pytest.mark.parametrize("target", ["github", "gitlab", "gitea"])
def test_where_pages_show_no_markup_that_is_said(seed: Document, target: str) -> None:
    with pytest.raises(ConfigError, match=f"^{target} shows no picture within a page"):
        render_markdown(seed, target, DiagramKind.SVG)


def test_a_picture_fits_the_column_and_turns_dark_with_the_page(seed: Document) -> None:
    picture = embedded_part(seed, 1, 22)
    assert float(ET.fromstring(picture).get("width", "0")) <= COLUMN
    assert '[data-md-color-scheme="slate"] .otelhook-picture [fill="#1d2026"]' in picture
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


def test_hostile_words_stay_words(seed: Document, hostile_words: tuple[str, ...]) -> None:
    allowed = {"svg", "style", "title", "g", "a", "rect", "line", "path", "text"}
    for word in hostile_words:
        steps = tuple(replace(step, label=word, source=f"a{word}") for step in seed.steps[:4])
        document = replace(seed, steps=steps, groups=(), title=word)
        for picture in (embedded_part(document, 1, 4), embedded_overview(document)):
            root = ET.fromstring(picture)
            assert {node.tag.removeprefix(SVG) for node in root.iter()} <= allowed
            assert "\n\n" not in picture
            links = {link.get("href") for link in root.iter(f"{SVG}a")}
            assert all(re.fullmatch(r"#step-\d+", str(link)) for link in links)


def test_a_page_without_steps_has_an_empty_picture(seed: Document) -> None:
    empty = replace(seed, steps=(), groups=(), notes=(), flows=())
    assert len(pictures(render_markdown(empty, diagram=DiagramKind.SVG))) == 1
