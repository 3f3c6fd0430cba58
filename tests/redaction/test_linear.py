"""Eight times the text takes about eight times the work, whatever is repeated in it.

Calls are counted, which tells a loop in a loop; `tests.redaction.linear` counts the instructions of
the regular expressions too (``make linear``).
"""

from __future__ import annotations

from functools import partial

import pytest

from otelhook.redaction import Redactor
from tests.redaction.linear import KINDS, MOST, calls, texts, work

SMALL, LARGE = 1_024, 8_192
STEP = 61
FEW = 64
"""Calls that a text may take that is hardly looked at."""


@pytest.mark.parametrize("kind", KINDS)
def test_eight_times_a_text_takes_at_most_ten_times_the_calls(
    redactor: Redactor, kind: str
) -> None:
    slow: list[tuple[float, str]] = []
    for entry in texts()[::STEP]:
        small, large = (calls(work(redactor, kind, entry, size)) for size in (SMALL, LARGE))
        if large > MOST * max(small, FEW):
            slow.append((large / small, entry.id))
    assert slow == []


def test_a_loop_in_a_loop_takes_more_calls_than_that() -> None:
    def pairs(text: str) -> None:
        for at in range(len(text)):
            for other in range(at):
                text[at].startswith(text[other])

    small, large = (calls(partial(pairs, "x" * size)) for size in (16, 128))
    assert large > MOST * small
