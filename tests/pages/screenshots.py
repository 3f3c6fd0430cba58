"""Build the snapshot pages and take pictures of them: ``python tests/pages/screenshots.py FOLDER``.

It needs Chromium and fetched mermaid (``python tests/browser/fetch_scripts.py``). For each page
it writes ``<page>.png`` as it opens and ``<page>-bodies.png`` with the second tabs chosen.
"""

from __future__ import annotations

import http.server
import importlib.util
import os
import re
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from otelhook.render.json import from_json
from otelhook.render.markdown.page import render_markdown
from otelhook.sequence.passes import refine

__all__ = ["FLAGS", "chromium_path", "main", "mermaid_script", "served"]

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
)
SIZE = "1280,5000"


def chromium_path() -> str | None:
    """Return Chromium: ``CHROMIUM``, else what is on the PATH."""
    named = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    return shutil.which(named) if named else None


def mermaid_script() -> Path | None:
    """Return fetched mermaid 11, which is what Material loads."""
    path = HERE.parent / "browser" / "fetch_scripts.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    fetch: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fetch)
    script: Path = fetch.cache_folder() / f"mermaid-{fetch.VERSIONS['11']}.min.js"
    return script if script.is_file() else None


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine and yield its address."""
    handler = partial(_Quiet, directory=str(folder))
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _opened(page: str) -> str:
    """Return a page's HTML with the second tabs chosen and the command open."""
    page = re.sub(r'<input checked="checked" (id="__tabbed_\d+_1")', r"<input \1", page)
    page = re.sub(r'<input (id="__tabbed_\d+_2")', r'<input checked="checked" \1', page)
    return re.sub(r"<details class=\"example\">", '<details class="example" open>', page)


def _build(folder: Path, script: Path) -> Path:
    docs = folder / "docs"
    (docs / "javascripts").mkdir(parents=True)
    shutil.copy(script, docs / "javascripts" / "mermaid.min.js")
    shutil.copy(HERE / "mkdocs.yml", folder)
    snapshots = HERE.parent / "render" / "__snapshots__" / "test_render_json"
    for file in snapshots.glob("*.json"):
        text = render_markdown(refine(from_json(file.read_text(encoding="utf-8"))))
        (docs / f"{file.stem}.md").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    subprocess.run(command, cwd=folder, check=True, stderr=subprocess.DEVNULL)
    return folder / "site"


def main(target: Path) -> int:
    """Write the pictures into a folder; return the exit code."""
    chromium, script = chromium_path(), mermaid_script()
    if chromium is None or script is None:
        missing = "Chromium" if chromium is None else "mermaid"
        sys.stderr.write(f"no pictures: {missing} is missing\n")
        return 1
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        site = _build(folder, script)
        for page in sorted(site.glob("test_*.html")):
            opened = page.with_name(f"{page.stem}-bodies.html")
            opened.write_text(_opened(page.read_text("utf-8")), encoding="utf-8")
        with served(site) as address:
            for page in sorted(site.glob("test_*.html")):
                subprocess.run(
                    [
                        chromium,
                        *FLAGS,
                        f"--user-data-dir={folder / 'profile'}",
                        f"--window-size={SIZE}",
                        "--virtual-time-budget=8000",
                        f"--screenshot={target / page.stem}.png",
                        f"{address}/{page.name}",
                    ],
                    check=True,
                    capture_output=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("screenshots")))
