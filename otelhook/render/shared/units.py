"""Durations, times and sizes as people write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

__all__ = ["count", "spell_duration", "spell_size", "spell_time"]

_UNITS = (("ns", 1, 1_000), ("µs", 1_000, 1_000), ("ms", 1_000_000, 1_000), ("s", 10**9, 60))
"""Each unit with its nanoseconds, and how many of it make the next."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def spell_duration(nanoseconds: int) -> str:
    """Return a duration with three digits at most before the unit changes: ``12.3 ms``."""
    sign, value = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    for unit, size, next_unit in _UNITS:
        # Rounded before it is compared, so that 999.96 ms is 1.00 s and not 1000 ms.
        if float(f"{value / size:.3g}") < next_unit:
            return (
                f"{sign}{_three_digits(value / size)} {unit}" if size > 1 else f"{sign}{value} ns"
            )
    minutes, rest = divmod(round(value / 1_000_000_000), 60)
    return f"{sign}{minutes} min {rest} s"


def _three_digits(value: float) -> str:
    whole = len(str(int(float(f"{value:.3g}"))))
    return f"{value:.{max(0, 3 - whole)}f}"


def spell_time(nanoseconds: int) -> str:
    """Return a time in UTC to the millisecond; empty for 0 and for times no calendar has."""
    if not nanoseconds:
        return ""
    try:
        moment = _EPOCH + timedelta(microseconds=nanoseconds // 1_000)
    except OverflowError:
        return ""
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1_000:03d} UTC"


def spell_size(size: int) -> str:
    """Return a number of bytes: ``209 bytes``, ``60,000 bytes``."""
    return "1 byte" if size == 1 else f"{size:,} bytes"


def count(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 step``, ``22 steps``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
