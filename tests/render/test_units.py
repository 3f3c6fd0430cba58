from __future__ import annotations

import pytest

from otelhook.render.shared.units import count, spell_duration, spell_size, spell_time


@pytest.mark.parametrize(
    ("nanoseconds", "spelled"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_000, "1.00 µs"),
        (12_345_678, "12.3 ms"),
        (999_960_000, "1.00 s"),
        (59_940_000_000, "59.9 s"),
        (59_960_000_000, "1 min 0 s"),
        (3_600_000_000_000, "60 min 0 s"),
        (-1_500_000_000, "-1.50 s"),
    ],
)
def test_a_duration_has_three_digits(nanoseconds: int, spelled: str) -> None:
    assert spell_duration(nanoseconds) == spelled


@pytest.mark.parametrize(
    ("nanoseconds", "spelled"),
    [
        (0, ""),
        (1_672_364_285_123_456_789, "2022-12-30 01:38:05.123 UTC"),
        (10**30, ""),
        (-(10**30), ""),
    ],
)
def test_a_time_is_in_utc_or_not_said(nanoseconds: int, spelled: str) -> None:
    assert spell_time(nanoseconds) == spelled


def test_sizes_and_counts_have_their_plural() -> None:
    assert (spell_size(1), spell_size(60_000)) == ("1 byte", "60,000 bytes")
    assert (count(1, "step"), count(22, "step")) == ("1 step", "22 steps")
