"""Long texts are written a piece at a time: the same text, in little more memory than it takes."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.render import render
from otelhook.render.json import render_json, to_plain
from otelhook.render.markdown.flavours import Dialect, GitHub, Material
from otelhook.render.markdown.log import folded_log, log_text
from otelhook.render.shared.fenced_text import fence_text, shown_lines
from otelhook.render.shared.json_text import json_text
from otelhook.render.shared.pieces import joined
from otelhook.render.shared.plain import one_line
from otelhook.sequence import compose
from otelhook.sequence.document import Document
from tests.bench.documents import spans


@given(pieces=st.lists(st.text() | st.integers(0, 200_000).map("x".__mul__), max_size=5))
def test_pieces_of_any_size_are_one_text(pieces: list[str]) -> None:
    assert joined(iter(pieces)) == "".join(pieces)


@given(data=st.data())
def test_json_in_pieces_is_json(
    documents: st.SearchStrategy[Document], data: st.DataObject
) -> None:
    document = data.draw(documents)
    assert render_json(document) == json_text(to_plain(document)) + "\n"


@pytest.mark.parametrize("dialect", [Material(), GitHub()])
@given(data=st.data())
def test_the_log_in_pieces_is_one_fence_in_a_fold(
    dialect: Dialect, documents: st.SearchStrategy[Document], data: st.DataObject
) -> None:
    document = data.draw(documents.filter(lambda document: bool(document.steps)))
    fence = dialect.fence("text", log_text(document))
    whole = dialect.folded("quote", "Every message as it was recorded", fence)
    assert "".join(folded_log(document, dialect)) == whole


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_a_long_text_is_made_in_less_than_three_times_its_own_memory(form: str) -> None:
    document = compose(spans(600))
    render(document, form)  # what is loaded and remembered once is none of it
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        text = render(document, form)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(text) > 600_000
    assert peak - before < 3 * (held - before)


def test_what_has_to_be_replaced_is_never_printable() -> None:
    """So printable text is left alone at one look: what a second blank, or a tab, prevents."""
    text = "".join(character for character in map(chr, range(0x110000)) if character.isprintable())
    assert len(text) > 100_000
    assert one_line(f"  {text}") == one_line(text) == text.strip()
    assert shown_lines(f"\t{text}") == f"    {text}"
    assert shown_lines(text) == text


@given(data=st.data())
def test_lines_of_a_fence_are_shown_alike_together_and_one_by_one(
    texts: st.SearchStrategy[str], data: st.DataObject
) -> None:
    lines = [data.draw(texts) + "\n" for _ in range(3)]
    assert "".join(map(shown_lines, lines)).strip("\n") == fence_text("".join(lines))
