"""What Node prints of objects."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.sources.files.js_literal import begins_literal, read_literal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{ a: 1, 'b-c': 'x', $d_1: true }", {"a": 1, "b-c": "x", "$d_1": True}),
        ("{ a: undefined, b: null, c: false }", {"a": None, "b": None, "c": False}),
        ("{ a: -1.5e3, b: 12n, c: Infinity }", {"a": -1500.0, "b": 12, "c": math.inf}),
        ("{ a: [ 1, [ 'x' ], {} ], }", {"a": [1, ["x"], {}]}),
        ("{ a: 'it\\'s', b: \"it's\", c: `'\"` }", {"a": "it's", "b": "it's", "c": "'\""}),
        ("{ a: 'x\\n' +\n    'y\\x01\\u00e9' +\n  'z' }", {"a": "x\ny\x01éz"}),
        ("{ a: [Object], b: [Array], c: [Circular *1] }", {"a": None, "b": None, "c": None}),
        ("{ a: Resource { b: 1 }, c: Map(1) {} }", {"a": {"b": 1}, "c": {}}),
        ("{ a: [Object: null prototype] { b: 1 } }", {"a": {"b": 1}}),
        ("{ a: [ 1, ... 99 more items ] }", {"a": [1, None]}),
        ("{ [Symbol(x)]: 1, a: 2 }", {"[Symbol(x)]": 1, "a": 2}),
    ],
)
def test_an_object_is_read_as_it_was(text: str, value: dict[str, Any]) -> None:
    assert read_literal(text, 0) == (value, len(text))


@pytest.mark.parametrize("text", ["{ a: ", "{ a: 'x", "{ a: [ 1,", "{ a: 1", "{ a"])
def test_an_object_that_is_cut_short_is_said_to_be(text: str) -> None:
    with pytest.raises(ValueError, match="truncated"):
        read_literal(text, 0)


@pytest.mark.parametrize("text", ["{ a: 1 b }", "{ a: function }", "{ : 1 }", "[ 1 ]", "{ a; 1 }"])
def test_what_is_none_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ValueError, match="line 1 cannot be read"):
        read_literal(text, 0)


@pytest.mark.parametrize("text", ["{ a: 1 }", "{\n  resource: {", "{ 'a b': 1 }"])
def test_an_object_is_told_by_its_first_name(text: str) -> None:
    assert begins_literal(text, 0)


@pytest.mark.parametrize("text", ['{"a": 1}', "{bad}", "[INFO] a: 1", "{}"])
def test_json_and_words_are_no_such_object(text: str) -> None:
    assert not begins_literal(text, 0)


def test_deep_nesting_is_refused_without_a_crash() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_literal("{ a: " + "[" * 5_000, 0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text(max_size=200),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_whatever_node_prints_is_read_back() -> None:
    """One process prints many objects, between separators."""
    values: list[dict[str, Any]] = []

    @given(st.dictionaries(st.text(max_size=9), JSON, min_size=1, max_size=5))
    def gather(value: dict[str, Any]) -> None:
        values.append(value)

    gather()
    script = """
        const values = JSON.parse(require("fs").readFileSync(0, "utf8"));
        const options = { depth: null, maxArrayLength: null, maxStringLength: null };
        const shown = values.map((value) => require("util").inspect(value, options));
        process.stdout.write(JSON.stringify(shown));
    """
    printed = subprocess.run(
        ["node", "-e", script], input=json.dumps(values).encode(), capture_output=True, check=True
    )
    for value, text in zip(values, json.loads(printed.stdout), strict=True):
        if "__proto__" not in str(value):
            assert read_literal(text, 0) == (value, len(text)), text
