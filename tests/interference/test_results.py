"""The document of what was found says what is found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import unified_diff

import pytest

from tests.interference.results import PATH, versions, write_results
from tests.interference.servers import SERVERS, missing


@pytest.mark.timeout(600)
def test_the_document_of_results_is_current(matrix, calls, request):
    why = [reason for name in SERVERS if (reason := missing(name))]
    if why:
        pytest.skip("; ".join(why))
    written = PATH.read_text("utf-8") if PATH.exists() else ""
    found = write_results({server: matrix.of(server) for server in SERVERS}, calls)
    if request.config.getoption("--write-results"):
        PATH.write_text(found, "utf-8")
        return
    if versions() not in written:
        pytest.skip(
            f"written with other versions than {versions()}:"
            " make interference RESULTS=--write-results writes it with these"
        )
    lines = list(unified_diff([*_ours(written)], [*_ours(found)], lineterm="", n=0))
    assert not lines, "\n".join(["run: make interference RESULTS=--write-results", *lines[2:]])


def _ours(document: str) -> Iterator[str]:
    """Yield what must not waver: which conversations there are, where, and how ours did in them.

    What differs with stock depends, in a few of them, on how fast the machine is.
    """
    for line in document.splitlines():
        if not line.startswith("| "):
            yield line
            continue
        name, *cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if re.fullmatch(r"\d+", cells[0]):  # conversations, ours, stock, ours over stock
            yield f"{name} {cells[:2]}"
        else:
            yield f"{name} {[bool(cell) for cell in cells]}"
