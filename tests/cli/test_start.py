"""What the command loads before it does anything: what is not needed costs time at each start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import otelhook as package

PROBE = (
    "import sys; before = set(sys.modules); from otelhook.cli.main import main; main(sys.argv[1:]);"
    "print(*sorted(set(sys.modules) - before), file=sys.stderr)"
)


def _loaded(words: list[str], *, first: str = "", **arguments: Any) -> tuple[str, set[str]]:
    place = f"import sys; sys.path.insert(0, {first!r}); " if first else ""
    done = subprocess.run(
        [sys.executable, "-c", place + PROBE, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        **arguments,
    )
    return done.stdout, set(done.stderr.split())


def test_the_version_of_an_installed_package_is_said_with_nothing_loaded(tmp_path: Path) -> None:
    (tmp_path / "otelhook").symlink_to(Path(package.__file__).parent)
    (tmp_path / "otelhook-7.8.9.dist-info").mkdir()
    said, loaded = _loaded(["--version"], first=str(tmp_path))
    assert said == "otelhook 7.8.9\n"
    heavy = {"argparse", "dataclasses", "enum", "importlib.metadata", "re", "typing", "pathlib"}
    assert not loaded & heavy
    assert {name for name in loaded if name.startswith("otelhook")} == {
        "otelhook",
        "otelhook.cli",
        "otelhook.cli.main",
    }


def test_two_versions_side_by_side_are_left_to_the_installers_metadata(tmp_path: Path) -> None:
    (tmp_path / "otelhook").symlink_to(Path(package.__file__).parent)
    for number in ("1.0", "2.0"):
        (tmp_path / f"otelhook-{number}.dist-info").mkdir()
    said, loaded = _loaded(["--version"], first=str(tmp_path))
    assert said.startswith("otelhook ")
    assert "importlib.metadata" in loaded


def test_rendering_loads_no_package_that_it_does_not_need(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(exchange(7))
    said, loaded = _loaded(["render"], env=otelhook.environ, cwd=otelhook.home)
    assert "GET /v2/images" in said
    needless = {
        *("importlib.metadata", "email", "wcwidth", "http.client", "asyncio", "requests"),
        *("opentelemetry.sdk", "otelhook.capture", "otelhook.demo", "otelhook.compare"),
        *("otelhook.scan", "otelhook.render.html", "otelhook.sources.formats"),
        *("otelhook.render.svg", "otelhook.cli.opening", "otelhook.render.svg.embedded"),
        *("importlib.resources", "zipfile", "tempfile", "webbrowser", "subprocess"),
    }
    assert not loaded & needless


@pytest.mark.parametrize(("command", "on"), [("render", False), ("traces", True)])
def test_a_command_that_makes_one_document_leaves_the_collector_of_cycles_alone(
    otelhook: Any, stored: Any, exchange: Any, command: str, *, on: bool
) -> None:
    stored(exchange(7))
    watched = (
        "import atexit, gc, sys; from otelhook.cli.main import main;"
        "collected = []; gc.callbacks.append(lambda *_: collected.append(gc.isenabled()));"
        "atexit.register(lambda: print(gc.isenabled(), len(collected), file=sys.stderr));"
        f"sys.argv[1:] = [{command!r}]; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", watched],
        env=otelhook.environ,
        cwd=otelhook.home,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    enabled, collections = done.stderr.split()
    assert enabled == str(on)
    assert on or collections == "0"


def test_patterns_that_a_command_does_not_need_are_not_compiled(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(exchange(7))
    probe = (
        "import gc; from otelhook.lazy_patterns import _Lazy;"
        "made = [one for one in gc.get_objects() if isinstance(one, _Lazy)];"
        "print(len(made), sum('search' in vars(one) for one in made), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{PROBE.partition('print(')[0]}{probe}", "render"],
        env=otelhook.environ,
        cwd=otelhook.home,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    made, compiled = map(int, done.stderr.split())
    assert made > 150
    assert compiled < made / 2
