"""The wheels, with the compiled part and without, installed with the sources out of reach."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
COMPILED = "otelhook/redaction/rules/_compiled.abi3.so"
AS_IT_IS: Mapping[str, str] = {}
KINDS: Mapping[str, Mapping[str, str]] = {
    "compiled": AS_IT_IS,
    "pure": {"OTELHOOK_BUILD": "pure"},
}
USE_COMPILED = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("_compiled", sys.argv[1])
part = importlib.util.module_from_spec(spec)
spec.loader.exec_module(part)
before = (True, False, ((bytes([255]) * 32, 1, 1),))
print(part.Finder(((b"key", 0, 1, (before,)),), 1).first("a key"), part.token_signs("a1"))
"""


def _run(
    *command: str | Path, cwd: Path, expect: int = 0, further: Mapping[str, str] = AS_IT_IS
) -> str:
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "OTEL"))}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **further},
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


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _built(clone: Path, name: str, further: Mapping[str, str]) -> Path:
    command = (sys.executable, "-m", "build", "--outdir", clone / name, clone)
    _run(*command, cwd=clone, further=further)
    (built,) = (clone / name).glob("*.whl")
    return built


@pytest.fixture(scope="module")
def wheel(clone: Path, kind: str) -> Path:
    return _built(clone, f"dist/{kind}", KINDS[kind])


def _held(wheel: Path) -> set[str]:
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_every_module_and_data_file_and_nothing_else(
    wheel: Path, clone: Path, kind: str
) -> None:
    expected = {
        str(Path("otelhook", *prefix, path.relative_to(clone / folder)))
        for folder, prefix in (
            ("otelhook", ()),
            ("exporters", ("exporters",)),
            ("collector", ("collector",)),
        )
        for path in (clone / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".so"
    } - {"otelhook/exporters", "otelhook/collector"}
    assert _held(wheel) == expected | ({COMPILED} if kind == "compiled" else set())
    assert "otelhook/py.typed" in expected


def test_a_wheel_says_for_which_pythons_it_is(wheel: Path, kind: str) -> None:
    tags = wheel.name.removesuffix(".whl").split("-", 2)[2]
    assert tags == "py3-none-any" if kind == "pure" else tags.startswith("cp310-abi3-")


def _pythons() -> list[str]:
    """Return this Python and those that the tests run on beside it, the oldest first."""
    listed = _run(ROOT / ".ci" / "pythons", "--list", cwd=ROOT, further={"PYTHON": sys.executable})
    rows = [row.split(" ", 1) for row in listed.splitlines()]
    rows.append(["{}.{}".format(*sys.version_info[:2]), sys.executable])
    return [python for _, python in sorted(rows, key=lambda row: int(row[0].split(".")[1]))]


def test_the_compiled_part_that_the_newest_python_builds_serves_all_older_ones(
    clone: Path, tmp_path: Path
) -> None:
    pythons = _pythons()
    if len(pythons) == 1:
        pytest.skip("there is no other Python from 3.10 to 3.14 here")
    pip = ("-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, clone)
    _run(pythons[-1], *pip, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        part = packed.extract(COMPILED, tmp_path)
    for python in pythons:
        assert _run(python, "-I", "-c", USE_COMPILED, part, cwd=tmp_path) == "[(0, 1)] 514\n", (
            python
        )


def test_without_a_compiler_there_is_no_compiled_part_and_all_else(clone: Path) -> None:
    with_one, without = (
        _built(clone, name, further)
        for name, further in (("with", {}), ("without", {"CC": "false"}))
    )
    assert _held(without) == _held(with_one) - {COMPILED}


def test_the_source_archive_builds_the_same_wheel(wheel: Path, tmp_path: Path, kind: str) -> None:
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
        further=KINDS[kind],
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


def test_the_installed_wheel_uses_the_compiled_part_if_it_has_one(
    installed: Path, kind: str
) -> None:
    python = installed / "venv" / "bin" / "python"
    look = "from otelhook.redaction.rules import compiled; print(compiled.is_there())"
    assert _run(python, "-c", look, cwd=installed).strip() == str(kind == "compiled")


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
