"""The page in a browser: its diagram is drawn, and nothing is fetched from outside."""

from __future__ import annotations

import importlib.util
import re
import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from otelhook.render.markdown.page import render_markdown
from otelhook.sequence.document import Document

pytestmark = pytest.mark.chromium


def _screenshots() -> Any:
    path = Path(__file__).with_name("screenshots.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOLS = _screenshots()
BROWSERS_OWN = re.compile(r"(?<!fonts)\.(?:google|googleapis|gvt1|gstatic)\.com[:/]")
"""What Chromium asks for itself, whatever the page: updates, its account, its models."""


class _Refusing(socketserver.StreamRequestHandler):
    """A proxy that notes what was asked for and answers nothing."""

    def handle(self) -> None:
        line = self.rfile.readline().decode("latin-1").strip()
        if line:
            self.server.asked.append(line)  # type: ignore[attr-defined]


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Refusing) as server:
        server.asked = asked  # type: ignore[attr-defined]
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> str:
    found: str | None = TOOLS.chromium_path()
    if found is None:
        pytest.skip("no Chromium: install one of " + ", ".join(TOOLS.BROWSERS))
    return found


@pytest.fixture(scope="module")
def mermaid() -> Path:
    script: Path | None = TOOLS.mermaid_script()
    if script is None:
        pytest.skip("no mermaid: run python tests/browser/fetch_scripts.py (needs npm)")
    return script


@pytest.fixture
def opened(
    chromium: str, proxy: tuple[str, list[str]], tmp_path: Path
) -> Callable[[Path], tuple[str, list[str]]]:
    """Open a site's first page; return its DOM and what the page asked for from outside."""

    def opened(site: Path) -> tuple[str, list[str]]:
        address, asked = proxy
        with TOOLS.served(site) as root:
            done = subprocess.run(
                [
                    chromium,
                    *TOOLS.FLAGS,
                    f"--user-data-dir={tmp_path / 'profile'}",
                    f"--proxy-server={address}",
                    "--virtual-time-budget=8000",
                    "--dump-dom",
                    f"{root}/index.html",
                ],
                capture_output=True,
                check=True,
                text=True,
            )
        return done.stdout, [line for line in asked if not BROWSERS_OWN.search(line)]

    return opened


def test_a_page_with_a_local_mermaid_asks_nothing_from_outside(
    build: Callable[..., Path],
    seed: Document,
    mermaid: Path,
    opened: Callable[[Path], tuple[str, list[str]]],
) -> None:
    dom, asked = opened(build({"index": render_markdown(seed)}, mermaid))
    assert asked == []
    # Material puts the drawn diagram in the place of the fence.
    assert '<pre class="mermaid">' not in dom
    assert '<div class="mermaid">' in dom


def test_without_a_local_mermaid_the_request_would_be_seen(
    build: Callable[..., Path], seed: Document, opened: Callable[[Path], tuple[str, list[str]]]
) -> None:
    _, asked = opened(build({"index": render_markdown(seed)}))
    assert asked
