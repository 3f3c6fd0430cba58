from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.render.markdown.fences import defused, fence, indented
from otelhook.render.shared.fenced_text import fence_text


@pytest.mark.parametrize(
    ("captured", "shown"),
    [
        ("a\r\nb\rc\u2028d\x85e\x0cf", "a\nb\nc\nd\ne\nf"),
        ("\n\n  a\n\n", "  a"),
        ("a\tb", "a   b"),
        ("a\x00\x1b[1m\x7f", "a\u2400\u241b[1m\u2421"),
        ("\ud800\x9b\ufffe", "\ufffd\ufffd\ufffd"),
        ("a\u202eb\u2066c", "a\ufffdb\ufffdc"),
        ("한국어", "한국어"),
    ],
)
def test_a_body_is_shown_as_text_of_lines(captured: str, shown: str) -> None:
    assert fence_text(captured) == shown


def test_a_fence_is_longer_than_any_run_of_backticks_in_it() -> None:
    assert fence("text", "a ```` b", numbered=False) == "````` text\na ```` b\n`````"
    assert fence("json", "{}", title='a "q" `x`') == (
        '``` json title="a \u2033q\u2033 \u02cbx\u02cb" linenums="1"\n{}\n```'
    )


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        ('--8<-- "f"', '--8\u200b<-- "f"'),
        ("a -8<- [start: b]", "a -8\u200b<- [start: b]"),
        ("{--x--} {++ {~~ {== {>>", "{\u200b--x--} {\u200b++ {\u200b~~ {\u200b== {\u200b>>"),
        ("{{ x }} {% y %} {# z #}", "{\u200b{ x }} {\u200b% y %} {\u200b# z #}"),
        ("{{{ x", "{\u200b{\u200b{ x"),
        ("{image_id} 8<9 -8 <-", "{image_id} 8<9 -8 <-"),
    ],
)
def test_what_extensions_look_for_in_every_line_is_taken_apart(page: str, kept: str) -> None:
    assert defused(page) == kept
    assert defused(kept) == kept


def test_only_lines_with_text_are_indented() -> None:
    assert indented("a\n\n b") == "    a\n\n     b"


@given(data=st.data())
def test_nothing_in_a_fence_can_end_it(texts: st.SearchStrategy[str], data: st.DataObject) -> None:
    text, title = data.draw(texts), data.draw(texts)
    first, *content, last = fence("text", text, title=title).split("\n")
    ticks = first.split(" ")[0]
    assert last == ticks
    assert re.fullmatch(r"`+ text (title=\"[^\"`]+\" )?linenums=\"1\"", first)
    assert not any(line.strip().startswith(ticks) for line in content)
