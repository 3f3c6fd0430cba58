"""JSON that may be shown in a terminal."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from otelhook.render.shared.json_text import json_text

OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@given(st.dictionaries(st.text(st.characters()), st.lists(st.text(st.characters()))))
def test_what_is_read_back_is_what_was_written(value: dict[str, list[str]]) -> None:
    written = json_text(value)
    assert json.loads(written) == value
    assert not OBEYED.search(written)
    written.encode()


def test_other_text_is_as_it_is() -> None:
    assert json_text({"a": "한국어 \x9b\u202e"}, None) == '{"a": "한국어 \\u009b\\u202e"}'
