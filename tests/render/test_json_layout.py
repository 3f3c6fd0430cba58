from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.render.bodies.json_layout import laid_out

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_numbers_and_repeated_keys_stay_as_they_were_spelled() -> None:
    spelled = '{"a":1.50,"a":1e5,"b":[12345678901234567890,-0],"c":{},"d":[]}'
    assert laid_out(spelled) == (
        '{\n  "a": 1.50,\n  "a": 1e5,\n  "b": [\n    12345678901234567890,\n    -0\n  ],\n'
        '  "c": {},\n  "d": []\n}'
    )


def test_characters_are_shown_where_all_of_a_string_can_be_seen() -> None:
    assert laid_out(r'["\uad00\ub9ac", "\u0000\uad00", "\ud800", "a\\u0041"]') == (
        '[\n  "관리",\n  "\\u0000\\uad00",\n  "\\ud800",\n  "a\\\\u0041"\n]'
    )


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"a": 1', "[1,]", "NaN", "[Infinity]", "{'a': 1}", "[" * 100_000, "[1] x"],
)
def test_what_is_not_one_whole_value_is_not_laid_out(text: str) -> None:
    assert laid_out(text) is None


def test_nesting_that_would_be_mostly_indentation_is_not_laid_out() -> None:
    assert laid_out("[" * 61 + "]" * 61) is None
    assert laid_out("[" * 60 + "]" * 60) is not None


@given(value=VALUES, escaped=st.booleans(), indent=st.none() | st.just(3))
def test_any_value_keeps_its_meaning_and_its_numbers(
    value: object,
    escaped: bool,  # noqa: FBT001 - drawn
    indent: int | None,
) -> None:
    text = json.dumps(value, ensure_ascii=escaped, indent=indent)
    pretty = laid_out(text)
    assert pretty is not None
    assert json.loads(pretty) == json.loads(text)
    number = re.compile(r"-?\d[\d.eE+-]*")
    bare = re.compile(r'"(?:[^"\\]|\\.)*"')
    assert number.findall(bare.sub("", pretty)) == number.findall(bare.sub("", text))
