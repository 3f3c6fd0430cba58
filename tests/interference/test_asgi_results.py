"""The document of what was found of ASGI says what is found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interference.asgi_held import PAIRS
from tests.interference.asgi_results import PATH, hold_document, write_results


@pytest.mark.timeout(900)
def test_the_document_of_asgi_results_is_current(sites: Any, request: Any) -> None:
    found = write_results({pair: sites.of(pair) for pair in PAIRS})
    hold_document(PATH, found, write=request.config.getoption("--write-results"))
