from __future__ import annotations

from typing import Any

import pytest

from otelhook.sequence.spans.coercion import first_integer, first_text, integer, text, texts


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "a"),
        (b"\xff", "�"),
        (True, "true"),
        (1.5, "1.5"),
        (("a", "b"), "a"),
        ((("a",),), ""),
        ({"a": 1}, ""),
        (None, ""),
        ((), ""),
    ],
)
def test_any_value_has_a_text_perhaps_an_empty_one(value: Any, expected: str) -> None:
    assert text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        ("7", 7),
        (b" 7 ", 7),
        ((7,), 7),
        (7.0, 7),
        (7.5, None),
        (float("inf"), None),
        (float("nan"), None),
        (True, None),
        ("-7", None),
        ("\u0667", None),
        ("9" * 5000, None),
        ({}, None),
    ],
)
def test_whole_numbers_are_read_however_they_are_written(value: Any, expected: int | None) -> None:
    assert integer(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (("a", 1, None, ("x",)), ("a", "1")),
        ("a", ("a",)),
        (b"a", ("a",)),
        ('["a", "b"]', ("a", "b")),
        ('["a", 1]', ('["a", 1]',)),
        ('["a"', ('["a"',)),
        ({"a": "b"}, ()),
        (None, ()),
        (7, ("7",)),
    ],
)
def test_lists_are_read_however_they_are_written(value: Any, expected: tuple[str, ...]) -> None:
    assert texts(value) == expected


def test_the_first_key_that_holds_something_usable_wins() -> None:
    attributes: Any = {"a": " ", "b": None, "c": "x", "d": "7"}
    assert first_text(attributes, ("a", "b", "c", "d")) == "x"
    assert first_integer(attributes, ("a", "b", "c", "d")) == 7
    assert first_text(attributes, ("e",)) == ""
    assert first_integer(attributes, ("e",)) is None
