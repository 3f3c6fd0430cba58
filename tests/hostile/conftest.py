"""A browser, and the documents of all payloads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from otelhook.sequence import compose
from otelhook.sequence.document import Document
from tests.collect.conftest import Collectors
from tests.hostile.payloads import PAYLOADS
from tests.hostile.traces import hostile_trace
from tests.html.devtools import Browser, find_chromium


@pytest.fixture(scope="session")
def documents() -> Mapping[str, Document]:
    """Return a document for each payload, by its name."""
    return {
        name: compose(hostile_trace(text, number))
        for number, (name, text) in enumerate(PAYLOADS.items(), 1)
    }


@pytest.fixture(scope="session")
def _browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium: install Debian's package chromium")
    browser = Browser(chromium, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def page(_browser: Browser) -> Iterator[Any]:
    page = _browser.page()
    yield page
    page.close()


@pytest.fixture
def collect(tmp_path: Path) -> Iterator[Collectors]:
    made = Collectors(tmp_path)
    yield made
    made.end_all()
