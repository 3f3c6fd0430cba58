"""Official mermaid in Chromium, or a skip that says what is missing."""

from __future__ import annotations

import html
import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--allow-file-access-from-files",
)
SECONDS = 240

Draw = Callable[[Iterable[tuple[str, str]]], dict[str, dict[str, Any]]]
"""Draws (id, text) pairs; returns what was read back, by id."""


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FETCH = _load(HERE / "fetch_scripts.py")


@pytest.fixture(scope="session")
def chromium() -> str:
    named = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if named is None or shutil.which(named) is None:
        pytest.skip(f"no Chromium: install one of {', '.join(BROWSERS)}, or name it in CHROMIUM")
    return named


@pytest.fixture(scope="session", params=sorted(FETCH.VERSIONS))
def mermaid(request: pytest.FixtureRequest) -> Path:
    version = FETCH.VERSIONS[request.param]
    script: Path = FETCH.cache_folder() / f"mermaid-{version}.min.js"
    if not script.is_file():
        pytest.skip(f"no mermaid {version}: run python tests/browser/fetch_scripts.py (needs npm)")
    return script


@pytest.fixture
def draw(chromium: str, mermaid: Path, tmp_path: Path) -> Draw:
    def drawn(diagrams: Iterable[tuple[str, str]]) -> dict[str, dict[str, Any]]:
        given = json.dumps([{"id": name, "text": text} for name, text in diagrams])
        page = tmp_path / "page.html"
        page.write_text(
            '<!doctype html><meta charset="utf-8"><body><div id="host"></div>'
            f'<script src="{mermaid.resolve().as_uri()}"></script>'
            f'<script src="{(HERE / "draw.js").resolve().as_uri()}"></script>'
            f"<script>drawAll({given.replace('<', chr(92) + 'u003c')})</script>",
            encoding="utf-8",
        )
        done = subprocess.run(
            [
                chromium,
                *FLAGS,
                f"--user-data-dir={tmp_path / 'profile'}",
                f"--virtual-time-budget={SECONDS * 1000}",
                "--dump-dom",
                page.as_uri(),
            ],
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
        out = re.search(r'<pre id="out">(.*?)</pre>', done.stdout.decode(), re.DOTALL)
        assert out is not None, f"nothing was drawn: {done.stderr.decode()[-2000:]}"
        found: list[dict[str, Any]] = json.loads(html.unescape(out[1]))
        return {each["id"]: each for each in found}

    return drawn
