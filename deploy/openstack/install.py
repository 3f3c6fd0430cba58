"""Virtual environments with pinned versions, and otelhook in each, in the cache."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.harness.installing import made, make_environment, pip_install, run
from deploy.harness.places import ROOT
from deploy.openstack.places import HERE, cache

__all__ = [
    "ENVIRONMENTS",
    "program",
    "programs_folder",
    "ready",
    "sources_digest",
    "stop_if_other",
]

ENVIRONMENTS = ("client", "glance", "keystone", "placement", "swift")
"""Each has a list of pinned packages in requirements/."""

_SOURCES = ("otelhook", "exporters", "collector")


def requirements(name: str) -> Path:
    """Return the file of an environment's pinned packages."""
    return HERE / "requirements" / f"{name}.txt"


def programs_folder(name: str) -> Path:
    """Return an environment's folder: another one when its packages or the Python change."""
    python = "".join(map(str, sys.version_info[:2]))
    made_of = hashlib.sha256(requirements(name).read_bytes()).hexdigest()[:10]
    return cache() / "environments" / f"{name}-{python}-{made_of}"


def program(name: str, command: str) -> str:
    """Return the path of a program of an environment."""
    return str(programs_folder(name) / "bin" / command)


def ready(names: Sequence[str] = ENVIRONMENTS) -> None:
    """Make the environments that are missing, at the same time, and put this otelhook in each.

    Raises:
        HarnessError: a package cannot be had.
    """
    wheel = _wheel()
    with ThreadPoolExecutor() as pool:
        list(pool.map(_one_ready, names, [wheel] * len(names)))


def _one_ready(name: str, wheel: Path) -> None:
    folder = made(
        programs_folder(name), lambda folder: make_environment(folder, requirements(name))
    )
    mark = folder / "otelhook-wheel"
    if not mark.exists() or mark.read_text(encoding="utf-8") != wheel.parent.name:
        pip_install(folder, "--no-deps", "--force-reinstall", str(wheel))
        mark.write_text(wheel.parent.name, encoding="utf-8")


def _wheel() -> Path:
    """Build otelhook's wheel, once for the sources as they are."""
    built = cache() / "wheels" / sources_digest()
    if not built.exists():
        built.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=built.parent) as work:
            run(
                [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", work, str(ROOT)],
                "otelhook's wheel",
            )
            shutil.copytree(work, built)
    return next(built.glob("*.whl"))


def sources_digest() -> str:
    """Return what tells one state of otelhook's sources from another."""
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes())
    for folder in _SOURCES:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def stop_if_other(run: Path, stop: Callable[[], None]) -> None:
    """Stop what runs with another otelhook than this one, and note that this one runs from now on.

    Args:
        run: the folder of the notes.
        stop: stops it.
    """
    mark = run / "otelhook"
    now = sources_digest()
    if not mark.exists() or mark.read_text(encoding="utf-8") != now:
        stop()
        mark.write_text(now, encoding="utf-8")
