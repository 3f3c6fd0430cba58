"""The house itself: what is packaged, what is public, what may not stand in the tree."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import otelhook
from tests.house.tree import ROOT, folders

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_package_in_the_tree_is_listed(project: dict[str, Any]) -> None:
    assert set(project["tool"]["setuptools"]["packages"]) == set(folders())


def _modules() -> list[str]:
    walked = pkgutil.walk_packages(otelhook.__path__, "otelhook.")
    return sorted(m.name for m in walked if not m.name.endswith(("__main__", "sitecustomize")))


@pytest.mark.parametrize("name", _modules())
def test_every_module_says_what_is_public_and_has_it(name: str) -> None:
    if name.endswith("mkdocs_plugin"):
        pytest.importorskip("mkdocs", reason="MkDocs, whose plugin it is, is not installed")
    module = importlib.import_module(name)
    if name.rpartition(".")[2].startswith("_"):
        return
    public = getattr(module, "__all__", None)
    if public is None:
        assert module.__file__ is not None
        assert module.__file__.endswith("__init__.py"), f"{name} has no __all__"
        return
    assert list(public) == sorted(public, key=lambda n: (not n.isupper(), not n[0].isupper(), n))
    assert [n for n in public if not hasattr(module, n)] == []


def test_reading_and_rendering_load_no_opentelemetry_sdk() -> None:
    """import-linter cannot hold this: ``opentelemetry`` is a namespace package."""
    reading = ("render", "sequence", "store", "sources", "collector", "otlp")
    modules = [
        name for name in _modules() if name.startswith(tuple(f"otelhook.{r}" for r in reading))
    ]
    program = (
        f"import sys, importlib; [importlib.import_module(m) for m in {modules!r}];"
        "print([m for m in sys.modules if m.startswith('opentelemetry.sdk')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == "[]"


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout: nothing says which files are the repository's")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_file_names_a_folder_of_somebodys_machine_or_a_registry() -> None:
    forbidden = re.compile(
        r"/(?:root|work|home/(?!u\b|user\b)\w*)/|\.pyenv/versions/3\.\d+\.\d|"
        r"//(?:[\w-]+\.)*(?:pypi|pythonhosted|npmjs|crates|debian)\.(?:org|com|io)",
    )
    texts = ROOT / "tests" / "redaction" / "unseen"  # what others wrote, as it stands
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in _tracked()
        if path.is_file()
        and not path.is_symlink()
        and path != Path(__file__)
        and texts not in path.parents
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert found == []
