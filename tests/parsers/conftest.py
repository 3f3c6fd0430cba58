"""Generated documents once for all parsers, and a page in Chromium that answers in JSON."""

from __future__ import annotations

import html
import importlib.util
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from otelhook.sequence import Document

HERE = Path(__file__).parent
COUNT = 300


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"parsers_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BROWSER = _load(HERE.parent / "browser" / "conftest.py")
FETCH = _load(HERE / "fetch.py")
chromium, mermaid, draw = BROWSER.chromium, BROWSER.mermaid, BROWSER.draw


@pytest.fixture(scope="session")
def generated() -> Sequence[Document]:
    """At least 300 documents, two of three of them of hostile words."""
    made: Sequence[Document] = _load(HERE / "generated.py").documents(COUNT)
    assert len(made) >= 300
    assert sum(bool(document.steps) for document in made) > 200
    assert max(len(document.steps) for document in made) > 80
    return made


@pytest.fixture(scope="session")
def parser() -> Callable[[str], Path]:
    """Where a package was fetched to; a skip that says how to fetch it."""

    def found(name: str) -> Path:
        known = (*FETCH.PARSERS, *FETCH.SOURCES)
        package = next(package for package in known if package.startswith(f"{name}@"))
        folder = Path(FETCH.CACHE / package)
        if not folder.is_dir():
            pytest.skip(f"no {package}: run python tests/parsers/fetch.py (needs npm)")
        return folder

    return found


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """A program's path, or a skip."""

    def found(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"no {name} on the PATH")
        return path

    return found


@pytest.fixture
def in_chromium(chromium: str, tmp_path: Path) -> Callable[[str, Any], Any]:
    """Runs a script's ``answer(given)`` in a page and returns what it resolves to."""

    def run(script: str, given: Any) -> Any:
        page = tmp_path / "page.html"
        data = json.dumps(given).replace("<", "\\u003c")
        page.write_text(
            f'<!doctype html><meta charset="utf-8"><body><script>{script}\n'
            f"answer({data}).then((found) => {{ const out = document.createElement('pre');"
            "out.id = 'out'; out.textContent = JSON.stringify(found);"
            "document.body.replaceChildren(out); });</script>",
            encoding="utf-8",
        )
        flags = [*BROWSER.FLAGS, f"--user-data-dir={tmp_path / 'profile'}"]
        flags += [f"--virtual-time-budget={BROWSER.SECONDS * 1000}", "--dump-dom", page.as_uri()]
        done = subprocess.run(
            [chromium, *flags], capture_output=True, check=False, timeout=BROWSER.SECONDS
        )
        out = re.search(r'<pre id="out">(.*?)</pre>', done.stdout.decode(), re.DOTALL)
        assert out is not None, done.stderr.decode()[-2000:]
        return json.loads(html.unescape(out[1]))

    return run
