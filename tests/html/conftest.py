"""Documents to render, and a browser to look at them with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from otelhook.render.html import render_html
from otelhook.sequence.document import Document, Step

COMPLAINTS = {"Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"}

# Classes of devtools.py, which cannot be imported by name: test folders are not packages.
Browser = Any
Page = Any
Open = Callable[..., Page]


def _beside(name: str) -> ModuleType:
    """Load a module of this folder: test folders are not packages."""
    if name not in sys.modules:
        spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture
def image_create() -> Document:
    document: Document = _beside("documents").image_create()
    return document


@pytest.fixture(scope="session")
def many_steps() -> Document:
    document: Document = _beside("documents").many_steps()
    return document


@pytest.fixture
def plain_step() -> Callable[..., Step]:
    make: Callable[..., Step] = _beside("documents").plain_step
    return make


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    devtools = _beside("devtools")
    chromium = devtools.find_chromium()
    if chromium is None:
        pytest.skip("no Chromium: install Debian's package chromium")
    browser = devtools.Browser(chromium, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails its test if anything was said on the console or asked of a network."""
    page = browser.page()
    yield page
    complaints = page.said(lambda method: method in COMPLAINTS)
    requests = page.said(lambda method: method == "Network.requestWillBeSent")
    page.close()
    assert complaints == []
    urls = [event["params"]["request"]["url"] for event in requests]
    assert [url for url in urls if not url.startswith(("file:///", "data:"))] == []
    assert len({url for url in urls if url.startswith("file:///")}) <= 1


@pytest.fixture
def opened(page: Page, tmp_path: Path) -> Open:
    """Render a document, open it in the browser (at an address's fragment) and return the page."""

    def _open(document: Document, fragment: str = "") -> Page:
        path = tmp_path / "page.html"
        path.write_text(render_html(document), "utf-8")
        page.open(path.as_uri() + fragment)
        return page

    return _open
