"""A text is as wide as wcwidth says, whether its tables were needed or not."""

from __future__ import annotations

import wcwidth
from hypothesis import given
from hypothesis import strategies as st

from otelhook.render.shared.widths import character_width, text_width


@given(st.text())
def test_a_text_takes_as_many_cells_as_the_library_says(text: str) -> None:
    assert text_width(text) == wcwidth.wcswidth(text)
    assert [character_width(one) for one in text] == [wcwidth.wcwidth(one) for one in text]
