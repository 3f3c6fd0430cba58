"""The document of what was found of ASGI says what is found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interference.asgi_held import PAIRS
from tests.interference.asgi_results import PATH, versions, write_results


@pytest.mark.timeout(900)
def test_the_document_of_asgi_results_is_current(sites: Any, request: Any) -> None:
    found = write_results({pair: sites.of(pair) for pair in PAIRS})
    if request.config.getoption("--write-results"):
        PATH.write_text(found, "utf-8")
        return
    written = PATH.read_text("utf-8") if PATH.exists() else ""
    if versions() not in written:
        pytest.skip(
            f"written with other versions than {versions()}:"
            " make interference RESULTS=--write-results writes it with these"
        )
    assert _ours(found) == _ours(written), "run: make interference RESULTS=--write-results"


def _ours(document: str) -> list[list[str]]:
    """Return what must not waver: the servers, how many conversations, and how ours did."""
    counts = document.partition("## In how many")[2].partition("## What differs")[0]
    return [line.split("|")[1:4] for line in counts.splitlines() if line.startswith("|")]
