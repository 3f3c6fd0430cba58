"""The README's console blocks run as they stand, one after another, as a new user would."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from otelhook.render import FORMATS
from tests.docs.service import serving
from tests.docs.shell import Sandbox, console_commands

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")


def test_every_console_command_of_the_readme_runs(tmp_path: Path) -> None:
    with serving(started=False) as address:
        sandbox = Sandbox(tmp_path, address)
        sandbox.write(
            "client.py", f"import requests; print(requests.get('http://{address}/').text)\n"
        )
        for command in console_commands(TEXT):
            sandbox.run(command)
    assert (tmp_path / "pages" / "page.html").exists()
    assert (tmp_path / "page.md").exists()


def test_the_picture_is_what_the_demo_draws(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "otelhook", "demo", "--out", str(tmp_path / "picture")],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    drawn = (tmp_path / "picture" / "diagram.mmd").read_text(encoding="utf-8")
    assert f"```mermaid\n{drawn}```" in TEXT


def test_the_first_page_is_short() -> None:
    assert len(re.sub(r"```mermaid.*?```", "", TEXT, flags=re.DOTALL).split()) <= 600


def test_the_first_screen_names_the_two_commands() -> None:
    makefile = README.with_name("Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test"):
        assert f"make {target}" in TEXT
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_is_named(name: str) -> None:
    assert f"`{name}`" in TEXT


def test_every_file_that_is_linked_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
    assert [link for link in links if not (README.parent / link).exists()] == []
