"""What the command loads before it does anything: what is not needed costs time at each start."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
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


NEEDLESS = {
    *("importlib.metadata", "email", "wcwidth", "http.client", "asyncio", "requests"),
    *("importlib.resources", "zipfile", "tempfile", "webbrowser", "subprocess", "shutil"),
    *("secrets", "random", "tomllib", "tomli", "hashlib", "bz2", "lzma", "fcntl", "mmap"),
    *("multiprocessing", "concurrent.futures", "ssl", "socket", "selectors", "decimal"),
    *("opentelemetry.sdk", "opentelemetry.trace", "otelhook.capture", "otelhook.demo"),
    *("otelhook.compare", "otelhook.scan", "otelhook.testing", "otelhook.exporters"),
    *("otelhook.sources.formats", "otelhook.sources.files", "otelhook.sources.backends"),
    *("otelhook.render.html", "otelhook.render.svg", "otelhook.render.svg.embedded"),
    *("otelhook.cli.opening", "otelhook.otlp.json", "otelhook.otlp.json_writing"),
    *("otelhook.store.blocks.block", "otelhook.store.blocks.writing", "otelhook.store.search"),
    *("otelhook.store.summaries", "otelhook.store.retention", "otelhook.store.migrating"),
    *("otelhook.collector.leftovers", "otelhook.collector.spool_file"),
}
"""Modules that no command needs which reads a trace from the store and shows it."""
OTHER_FORMATS = {
    *("otelhook.render.markdown", "otelhook.render.json", "otelhook.render.har"),
    *("otelhook.render.curl", "otelhook.render.text", "otelhook.render.plantuml"),
    *("otelhook.render.bodies", "otelhook.sequence.annotations.notes"),
}


FURTHER: Mapping[str, set[str]] = {
    "render": set(),
    "render latest --format mermaid": OTHER_FORMATS,
    "traces": {"otelhook.render.mermaid", "otelhook.render.markdown", "otelhook.render.json"},
}
"""What each of them does not need either, by its words."""


@pytest.mark.parametrize("command", FURTHER)
def test_what_reads_a_trace_from_the_store_loads_no_package_that_it_does_not_need(
    otelhook: Any, stored: Any, exchange: Any, command: str
) -> None:
    words = command.split()
    stored(exchange(7))
    _loaded(words, env=otelhook.environ, cwd=otelhook.home)  # it takes in what is in spools
    said, loaded = _loaded(words, env=otelhook.environ, cwd=otelhook.home)
    assert "/v2" in said
    assert not loaded & (NEEDLESS | FURTHER[command])


def test_what_no_command_needs_is_there() -> None:
    """A name that is no module's would let any module be loaded."""
    ours = {name for name in NEEDLESS.union(*FURTHER.values()) if name.startswith("otelhook.")}
    assert {name for name in ours if find_spec(name) is None} == set()


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
