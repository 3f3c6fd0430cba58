"""Sites with traces in them, built by MkDocs and by Sphinx as their users build them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRACE = ROOT / "tests" / "openstack" / "recorded" / "resource-provider-create.json"

SITE = """\
site_name: shop
theme: {name: material, font: false}
markdown_extensions:
  - admonition
  - attr_list
  - md_in_html
  - pymdownx.details
  - pymdownx.highlight
  - pymdownx.tabbed: {alternate_style: true}
  - pymdownx.superfences:
      custom_fences:
        - name: mermaid
          class: mermaid
          format: !!python/name:pymdownx.superfences.fence_code_format
"""

Build = Callable[..., tuple[int, str]]


@pytest.fixture
def trace() -> Path:
    """A trace that real services recorded."""
    return TRACE


@pytest.fixture
def mkdocs(tmp_path: Path) -> Build:
    """Build a site of one page; returns the exit code and what was said, or the page."""
    pytest.importorskip("material", reason="needs mkdocs-material")

    def build(page: str, plugin: str = "- otelhook") -> tuple[int, str]:
        (tmp_path / "docs").mkdir(exist_ok=True)
        (tmp_path / "docs" / "index.md").write_text(page, "utf-8")
        (tmp_path / "mkdocs.yml").write_text(f"{SITE}plugins:\n  {plugin}\n", "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        site = tmp_path / "site" / "index.html"
        return done.returncode, done.stderr if done.returncode else site.read_text("utf-8")

    return build
