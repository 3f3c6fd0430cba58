"""What a payment card's number is told from other numbers by."""

from __future__ import annotations

__all__ = ["is_card"]

_NINE = 9


def is_card(number: str) -> bool:
    """Return whether digits pass the check of ISO/IEC 7812-1 (Luhn's), as one in ten does."""
    total = 0
    for at, sign in enumerate(reversed(number)):
        digit = int(sign) << (at & 1)
        total += digit - _NINE if digit > _NINE else digit
    return total % 10 == 0
