"""How much of a value cannot be guessed."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.compiled import IN_USE

__all__ = ["entropy_bits", "has_entropy"]

_MEASURED = 32
_N_LOG_N = [0.0, *(n * math.log2(n) for n in range(1, _MEASURED + 1))]
_TOKEN_FORM = lazy(r"(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[\w.~+/=:%$@!-]+", re.ASCII)
_ROUNDING = 1e-6
"""Bits: far above what the order of a sum changes."""


def entropy_bits(text: str) -> float:
    """Estimate the entropy of a text, in bits, from its last 32 characters.

    The last: many tokens begin with the same header.

    Shannon's entropy of its characters, times the number of places where it does not repeat
    itself. Zero for text with blanks or without both digits and letters: words, not tokens.
    """
    sample = text[-_MEASURED:]
    return _measure(sample) if _TOKEN_FORM.fullmatch(sample) else 0.0


def has_entropy(text: str, bits: float) -> bool:
    """Say whether `entropy_bits` of a text is at least ``bits``, which are above zero.

    Most tokens have so many different characters that they need not be counted.
    """
    sample = text[-_MEASURED:]
    signs = IN_USE.token_signs
    if signs is not None and sample.isascii():
        counted = signs(sample)
        if not counted:
            return False
        return _LEAST[counted >> 8][counted & 255] >= bits or _measure(sample) >= bits
    if not _TOKEN_FORM.fullmatch(sample):
        return False
    return _LEAST[len(sample)][len(set(sample))] >= bits or _measure(sample) >= bits


def _measure(sample: str) -> float:
    total = len(sample)
    counts = Counter(sample).values()
    shannon = math.log2(total) - sum(map(_N_LOG_N.__getitem__, counts)) / total
    fresh = len(set(zip(sample, sample[1:], sample[2:], strict=False))) + 2
    return shannon * min(total, fresh)


def _least(total: int, distinct: int) -> float:
    """Return the least estimate for so many characters, so many of them different.

    It is least where all characters but one come once. Each that comes for the first time, but
    the first two, ends three that were not there before.
    """
    if not 1 <= distinct <= total:
        return 0.0
    return (math.log2(total) - _N_LOG_N[total - distinct + 1] / total) * distinct - _ROUNDING


_LEAST: Final = tuple(
    tuple(_least(total, distinct) for distinct in range(total + 1))
    for total in range(_MEASURED + 1)
)
