"""The wheel, installed elsewhere with the sources out of reach."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def _run(*command: str | Path, cwd: Path, expect: int = 0) -> str:
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "OTEL"))}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == expect, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone as one gets it where symbolic links cannot be made, with this tree's changes."""
    folder = tmp_path_factory.mktemp("clone") / "otelhook"
    without_links = ("-c", "core.symlinks=false")
    _run("git", "clone", "-q", *without_links, ROOT, folder, cwd=folder.parent)
    changed = _run("git", "ls-files", "-mo", "--exclude-standard", cwd=ROOT).splitlines()
    for name in changed:
        target = folder / name
        target.unlink(missing_ok=True)
        if (ROOT / name).is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    assert (folder / "otelhook" / "exporters").read_text() == "../exporters"
    return folder


@pytest.fixture(scope="module")
def wheel(clone: Path) -> Path:
    _run(sys.executable, "-m", "build", "--outdir", clone / "dist", clone, cwd=clone)
    (built,) = (clone / "dist").glob("*.whl")
    return built


def test_the_wheel_holds_every_module_and_data_file_and_nothing_else(
    wheel: Path, clone: Path
) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        str(Path("otelhook", *prefix, path.relative_to(clone / folder)))
        for folder, prefix in (
            ("otelhook", ()),
            ("exporters", ("exporters",)),
            ("collector", ("collector",)),
        )
        for path in (clone / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } - {"otelhook/exporters", "otelhook/collector"}
    packed = {name for name in names if ".dist-info/" not in name}
    assert packed == expected
    assert "otelhook/py.typed" in packed


def test_the_source_archive_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    (archive,) = wheel.parent.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        names = packed.getnames()
    assert any(name.endswith("exporters/spool.py") for name in names)
    _run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "-w",
        tmp_path,
        archive,
        cwd=tmp_path,
    )
    (again,) = tmp_path.glob("*.whl")
    assert set(zipfile.ZipFile(again).namelist()) == set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    lock = ROOT / "requirements.lock"
    _run(python, "-m", "pip", "install", "-q", "--require-hashes", "-r", lock, cwd=folder)
    _run(python, "-m", "pip", "install", "-q", "--no-deps", wheel, cwd=folder)
    return folder


def test_the_installed_wheel_runs_the_demo(installed: Path) -> None:
    command = installed / "venv" / "bin" / "otelhook"
    printed = _run(command, "demo", "--out", "pages", cwd=installed)
    assert "22" in printed
    page = (installed / "pages" / "index.md").read_text()
    assert "### (22) 204 No Content" in page
    assert str(ROOT) not in page


def test_nothing_named_exporters_or_collector_lands_beside_otelhook(installed: Path) -> None:
    python = installed / "venv" / "bin" / "python"
    for name in ("exporters", "collector"):
        said = _run(python, "-c", f"import {name}", cwd=installed, expect=1)
        assert "ModuleNotFoundError" in said


def test_an_editable_install_works_from_a_clone_without_symbolic_links(
    installed: Path, clone: Path
) -> None:
    python = installed / "venv" / "bin" / "python"
    _run(python, "-m", "pip", "install", "-q", "--no-deps", "-e", clone, cwd=installed)
    said = _run(
        python,
        "-c",
        "import otelhook.exporters.spool as s, otelhook.collector as c; print(s.__file__)",
        cwd=installed,
    )
    assert str(clone / "exporters") in said
