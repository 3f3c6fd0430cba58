"""Which values are followed: those that two messages do not share by chance."""

from __future__ import annotations

import pytest

from otelhook.sequence.values.traceable import (
    is_measure,
    is_token_name,
    is_traceable,
    spelled,
)


@pytest.mark.parametrize(
    "value",
    [
        "123456",  # the shortest number
        "9" * 18,
        "0b7e5a1c-5f3e-4c8f-9a83-0d2b3f6c7e11",
        "0B7E5A1C-5F3E-4C8F-9A83-0D2B3F6C7E11",
        "‹token:0123456789abcdef›",
        "a1b2c3d4",  # the shortest piece, in hexadecimal
        "x1y2zzzz",  # letters and digits alternate three times
        "order-a1b2c3d4",
        "Order:123456",
        "https://shop/orders",
        "a1" * 4096,
    ],
)
def test_what_one_must_have_got_from_another_is_followed(value: str) -> None:
    assert is_traceable(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "12345",
        "9" * 19,
        "123000",
        "1700000000",  # seconds since 1970
        "1700000000000",
        "1700000000000000",
        "20240131",
        "20240131125959",
        "‹token:0123456789abcde›",
        "‹password›",
        "a1b2c3d",
        "xy1zzzzz",  # one and back: two changes
        "order-12345",
        "Order:123000",
        "correct horse battery",
        "2024-01-31",
        "2024-01-31T12:59:59",
        "v1.2.3",
        "10.0.0.1",
        "shop.example.com:8080",
        "fe80::a1b2:c3d4",
        "me@a1b2c3d4",
        "application/x1y2z3q4",
        "a1" * 4096 + "b",
    ],
)
def test_what_is_everywhere_is_not(value: str) -> None:
    assert not is_traceable(value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("size", True),
        ("contentLength", True),
        ("createdAt", True),
        ("disk_used", True),
        ("sized", False),
        ("id", False),
        ("x" * 100 + "_size", True),
    ],
)
def test_a_number_that_measures_is_known_by_its_name(name: str, *, expected: bool) -> None:
    assert is_measure(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("X-Auth-Token", True),
        ("sessionId", True),
        ("api_key", True),
        ("x" * 100 + "-cookie", True),
        ("tokenizer", False),
        ("key", False),
    ],
)
def test_a_token_that_somebody_issues_is_known_by_its_name(name: str, *, expected: bool) -> None:
    assert is_token_name(name) is expected


def test_names_are_spelled_in_one_way() -> None:
    assert {spelled(name) for name in ("createdAt", "created_at", "Created_At")} == {"created_at"}
