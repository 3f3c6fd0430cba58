from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.render.markdown.escaping import code, fence_title, inline, title
from otelhook.render.shared.plain import one_line


@pytest.mark.parametrize(
    ("captured", "written"),
    [
        ("GET /v2/images/{image_id}", r"GET /v2/images/\{image_id\}"),
        ("a\nb", "a b"),
        ("*x* [l](u)", "&#42;x&#42; &#91;l&#93;&#40;u&#41;"),
        ("_x_ a_b __y", r"\_x\_ a_b \_\_y"),
        ("<b>&amp;", "&#60;b&#62;&#38;amp&#59;"),
        ("a|b`c`", "a&#124;b&#96;c&#96;"),
        ("http://x www.x", "http&#58;//x www&#46;x"),
        ("# h", "&#35; h"),
        ("- a - b", "&#45; a - b"),
        ("??? x?", "&#63;?? x?"),
        ("10. a 1.5", "10&#46; a 1.5"),
        ("인증", "인증"),
    ],
)
def test_running_text_is_inert(captured: str, written: str) -> None:
    assert inline(captured) == written


@pytest.mark.parametrize(
    ("captured", "written"),
    [
        ("keystone", "`keystone`"),
        ("(6-9)", "`(6-9)`"),
        ("", "<code></code>"),
        ("a|b", "<code>a&#124;b</code>"),
        ("`", "<code>&#96;</code>"),
        ("#!python x", "<code>&#35;&#33;python x</code>"),
        (":::python x", "<code>&#58;&#58;&#58;python x</code>"),
        ("<i>", "<code>&#60;i&#62;</code>"),
    ],
)
def test_code_is_in_backticks_only_if_nothing_in_it_is_special(captured: str, written: str) -> None:
    assert code(captured) == written


@pytest.mark.parametrize(
    ("captured", "written"),
    [
        ("GET /a?b=1&c=2", "GET /a?b=1\uff06c=2"),
        ("a & b", "a & b"),
        ("</title><script>", "\u2039/title\u203a\u2039script\u203a"),
        ("&lt;b&gt; &#60;", "\uff06lt;b\uff06gt; \uff06#60;"),
        ('"it\'s"', "\u2033it\u2032s\u2033"),
    ],
)
def test_a_title_is_no_markup_however_often_entities_are_taken_back(
    captured: str, written: str
) -> None:
    read = title(captured)
    for _ in range(4):
        read = html.unescape(read)
        assert not set(read) & set("<>\"'")
    assert read == written


def test_a_fences_title_shows_look_alikes_of_what_would_end_it() -> None:
    assert fence_title('GET /"a"\n`b`') == "GET /\u2033a\u2033 \u02cbb\u02cb"


@given(data=st.data())
def test_any_text_decodes_to_itself(texts: st.SearchStrategy[str], data: st.DataObject) -> None:
    text = data.draw(texts)
    written = inline(text)
    assert html.unescape(re.sub(r"\\([{}_])", r"\1", written)) == one_line(text)
    assert not re.search(r"[*\[\]<>|`~^=+$\"!()@]", written)
