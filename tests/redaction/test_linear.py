"""Eight times the text takes about eight times as long, whatever is repeated in it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from otelhook.redaction import Redactor
from otelhook.scan.scanner import leftovers
from tests.redaction.corpus.applying import shown
from tests.redaction.corpus.entries import Secret, secrets, texts_of
from tests.redaction.unseen.count import FOLDER

SMALL, LARGE = 8_192, 65_536
WORST = 20
"""Times as long that one text may take by the clock: what grows with the square takes 64."""
TEXTS = [
    *secrets(),
    *(text for path in sorted(FOLDER.glob("*/*.toml")) for text in texts_of([path])),
]


def repeated(entry: Secret, size: int) -> str:
    head, text = "", entry.text
    if entry.place.endswith("header"):
        head, _, text = entry.text.partition(": ")
        head += ": "
    gap = "\n" if entry.place in ("log", "request body", "response body") else ""
    return head + ((text + gap) * (size // len(text) + 1))[:size]


def took(do: Callable[[], object]) -> float:
    def once() -> float:
        begin = time.process_time()
        do()
        return time.process_time() - begin

    return min(once(), once())


@pytest.mark.long
@pytest.mark.parametrize("what", ["redaction", "scan"])
def test_the_work_is_linear_in_the_text(redactor: Redactor, what: str) -> None:
    def work(entry: Secret, size: int) -> Callable[[], object]:
        text = repeated(entry, size)
        if what == "redaction":
            return lambda: shown(redactor, entry.place, entry.type, text)
        return lambda: list(leftovers(enumerate(text.split("\n"), 1)))

    total = {SMALL: 0.0, LARGE: 0.0}
    slow: list[tuple[float, str]] = []
    for entry in TEXTS:
        if entry.place == "command":
            continue
        small, large = (took(work(entry, size)) for size in (SMALL, LARGE))
        total[SMALL] += small
        total[LARGE] += large
        if large > WORST * max(small, 0.0005):
            slow.append((large / small, entry.id))
    assert slow == []
    assert total[LARGE] < 10 * total[SMALL]
