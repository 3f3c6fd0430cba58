from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.render.bodies.json_layout import laid_out
from otelhook.render.bodies.json_lines import json_lines

keys = st.text(st.sampled_from('ab"\\{}[],:é\n '), min_size=1, max_size=4)
trees = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text('a"\\{[,:\n', max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=15,
)


def test_each_leaf_has_the_line_on_which_it_is_laid_out():
    text = '{"a": {"b": [1, {"c": "x"}], "e": {}}, "d": null}'
    pretty = laid_out(text) or ""
    lines = pretty.splitlines()
    found = json_lines(text)
    assert {path: lines[line - 1].strip(" ,") for path, line in found.items()} == {
        "": "{",
        "a": '"a": {',
        "a.b": '"b": [',
        "a.b.0": "1",
        "a.b.1": "{",
        "a.b.1.c": '"c": "x"',
        "a.e": '"e": {}',
        "d": '"d": null',
    }
    assert json_lines(pretty) == found


def test_what_is_not_laid_out_has_no_lines():
    for text in ("", "none", "{broken", '{"a": 1} 2', "[" * 100 + "]" * 100):
        assert json_lines(text) == {}
    assert json_lines("7") == {"": 1}


def _marked(value, path, leaves):
    """Put a leaf's number in its place, so that its line can be searched."""
    if isinstance(value, dict):
        return {k: _marked(v, [*path, k], leaves) for k, v in value.items()}
    if isinstance(value, list):
        return [_marked(v, [*path, str(i)], leaves) for i, v in enumerate(value)]
    leaves.append(".".join(path))
    return f"leaf {len(leaves)}."


@given(trees)
@settings(max_examples=80, deadline=None)
def test_every_leaf_stands_on_the_line_that_is_said(tree):
    leaves: list[str] = []
    text = json.dumps(_marked(tree, [], leaves))
    lines = (laid_out(text) or "").splitlines()
    found = json_lines(text)
    for number, path in enumerate(leaves, 1):
        if leaves.count(path) == 1:
            assert f'"leaf {number}."' in lines[found[path] - 1]
