"""Bodies as tables of a Markdown page: what is captured is code, and small pictures stand in it."""

from __future__ import annotations

import base64

import pytest

from otelhook.render.bodies.view import Picture, Shown
from otelhook.render.markdown.body_tables import PICTURE_LIMIT, body_table


def test_a_rows_picture_stands_before_its_words() -> None:
    shown = Shown(
        "text",
        "",
        ("name", "content"),
        (("a", "x|y"), ("b", 'PNG "image"')),
        (Picture(1, "image/png", b"bytes"),),
    )
    data = base64.b64encode(b"bytes").decode()
    plain, pictured = body_table(shown).splitlines()[2:]
    assert "<img" not in plain
    image = f'<img src="data:image/png;base64,{data}" alt="PNG &#34;image&#34;">'
    assert pictured.startswith(f"| `b` | {image} ")


@pytest.mark.parametrize(("size", "count"), [(PICTURE_LIMIT, 1), (PICTURE_LIMIT + 1, 0)])
def test_a_picture_that_is_large_for_a_page_of_text_is_described_only(
    size: int, count: int
) -> None:
    picture = Picture(0, "image/png", bytes(size))
    table = body_table(Shown("text", "", ("content",), (("PNG image",),), (picture,)))
    assert table.count("<img") == count
    assert "`PNG image`" in table
