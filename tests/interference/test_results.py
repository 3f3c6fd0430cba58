"""The document of what was found says what is found."""

from __future__ import annotations

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
    lines = list(unified_diff(written.splitlines(), found.splitlines(), lineterm="", n=0))
    assert not lines, "\n".join(["run: make interference RESULTS=--write-results", *lines[2:]])
