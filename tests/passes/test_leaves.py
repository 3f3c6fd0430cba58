from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.sequence.document import Body
from otelhook.sequence.values.json_leaves import body_leaves

scalars = st.none() | st.booleans() | st.text(max_size=6)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=10,
)


def test_leaves_have_dotted_paths_in_order():
    text = '{"b": [{"x": 1.50}, "two", []], "a.c": null, "t": true, "o": {}}'
    assert body_leaves(Body(text)) == (
        ("b.0.x", "1.50"),
        ("b.1", "two"),
        ("b.2", "[]"),
        ("a.c", None),
        ("t", True),
        ("o", "{}"),
    )


def test_forms_have_leaves_too():
    form = Body(
        "grant_type=password&scope=a+b&x=%C3%A9", content_type="application/x-www-form-urlencoded"
    )
    assert body_leaves(form) == (("grant_type", "password"), ("scope", "a b"), ("x", "é"))


def test_other_bodies_have_none():
    for body in (
        None,
        Body(None),
        Body(b"{}"),
        Body(""),
        Body("hello"),
        Body("{broken"),
        Body("7"),
    ):
        assert body_leaves(body) == ()


def test_json_nested_without_end_is_not_read():
    assert body_leaves(Body("[" * 100_000 + "]" * 100_000)) == ()
    assert body_leaves(Body("[" * 100 + "7" + "]" * 100)) == ()


def test_json_is_read_to_its_64th_level_cut_or_not():
    for depth, count in ((64, 1), (65, 0)):
        whole = "[" * depth + "7" + "]" * depth
        assert len(body_leaves(Body(whole))) == count
        assert len(body_leaves(Body(whole[:-1], truncated=True))) == count


@given(trees.filter(lambda tree: isinstance(tree, dict | list)), st.data())
@settings(max_examples=80, deadline=None)
def test_cut_json_has_the_leaves_up_to_the_cut(tree, data):
    text = json.dumps(tree, ensure_ascii=False)
    whole = [leaf for leaf in body_leaves(Body(text)) if leaf[1] not in ("{}", "[]")]
    cut = data.draw(st.integers(1, len(text)))
    found = body_leaves(Body(text[:cut], truncated=True))
    assert [leaf for leaf in found if leaf[1] not in ("{}", "[]")] == whole[: len(found)]
