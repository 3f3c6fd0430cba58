"""The README's console blocks run as they stand, one after another, as a new user would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from otelhook.render import FORMATS
from otelhook.sequence.annotations.notes import parse_notes
from otelhook.sequence.transforms.filters import parse_rules

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")


def _commands() -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert all(line.startswith("$ ") for line in lines)
    return [line[2:] for line in lines]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A home of its own, with this interpreter's commands first on the path."""
    home = tmp_path_factory.mktemp("home")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL", "XDG_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    yield {**kept, "HOME": str(home), "PATH": path}
    shutil.rmtree(home)


@pytest.fixture
def service() -> Iterator[str]:
    """The address of something that answers."""

    def hello(_environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
        return [b"hello"]

    with make_server("127.0.0.1", 0, hello, handler_class=_Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Write no access log."""


def _shell(command: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-ec", command],
        cwd=environ["HOME"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_every_console_command_of_the_readme_runs(sandbox: dict[str, str], service: str) -> None:
    home = Path(sandbox["HOME"])
    call = f"import requests; print(requests.get({service!r}).text)\n"
    (home / "client.py").write_text(call)
    (home / "elsewhere.py").write_text(f"import otelhook; otelhook.instrument()\n{call}")
    recorded = _shell(
        "OTELHOOK_DATA_DIR=elsewhere OTELHOOK_SERVICE=client python elsewhere.py"
        " && cp elsewhere/spool/*.otlp recorded.otlp",
        sandbox,
    )
    assert recorded.returncode == 0, recorded.stderr
    for command in _commands():
        done = _shell(command, sandbox)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert "Traceback" not in done.stderr
    assert (home / "pages" / "index.md").exists()
    assert (home / "page.md").exists()


def test_the_picture_is_what_the_demo_draws(sandbox: dict[str, str]) -> None:
    done = _shell("otelhook demo --out picture", sandbox)
    assert done.returncode == 0, done.stderr
    drawn = (Path(sandbox["HOME"]) / "picture" / "diagram.mmd").read_text(encoding="utf-8")
    assert f"```mermaid\n{drawn}```" in TEXT


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


def test_the_files_beside_a_trace_are_read_as_they_stand() -> None:
    filters, notes, names = (
        re.sub("^    ", "", block, flags=re.MULTILINE)
        for block in re.findall(r"^    ```toml\n(.*?)^    ```$", TEXT, re.MULTILINE | re.DOTALL)
    )
    (rule,) = parse_rules(filters, "toml")
    assert rule.matches("glance-api", "keystone", "GET", "/identity/v3/limits")
    assert rule.matches("glance-api", "keystone", "GET", "/identity/v3/endpoints/6fbbbec7-58")
    assert not rule.matches("glance-api", "keystone", "GET", "/identity/v3/auth/tokens")
    (note,) = parse_notes(notes)
    assert (note.method, note.title) == ("POST", "Create image")
    assert note.path is not None
    assert note.path.fullmatch("/v2/images")
    tables = tomllib.loads(names)
    assert set(tables) == {"participants", "variables"}
