"""Runs the tests of a part with one defect in it, in a forked child.

The parent has loaded pytest and the libraries, and nothing of otelhook: a child imports the changed
module as any other, and ends with whether a test failed.
"""

from __future__ import annotations

import ast
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from tests.mutation.mutants import Mutant, planted

__all__ = ["PARTS", "Part", "arguments_of", "begin_in_child", "is_noticed", "part_of", "preload"]

_NOT_PLANTED = 71

Part = tuple[str, ...]
"""Test files and folders, those that notice most first."""

PARTS: dict[str, Part] = {
    "otelhook/sequence": ("tests/sequence", "tests/passes", "tests/filters", "tests/render"),
    "otelhook/redaction": ("tests/redaction",),
    "exporters/encoding.py": (
        "tests/exporters/test_exporter_encoding.py",
        "tests/exporters/test_wire_encoding.py",
    ),
    "otelhook/otlp/wire.py": ("tests/exporters/test_wire_encoding.py", "tests/otlp"),
}


def part_of(mutant: Mutant) -> Part:
    """Return the tests that are to notice a mutant."""
    return next(part for place, part in PARTS.items() if mutant.path.startswith(place))


class _Planting(MetaPathFinder, InspectLoader):
    """Finds one module, and runs its changed tree in place of its text."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self._name, self._path, self._tree = name, path, tree

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        return spec_from_loader(fullname, self, origin=str(self._path))

    def get_source(self, fullname: str) -> str:
        return self._path.read_text(encoding="utf-8")

    def get_code(self, fullname: str) -> CodeType:
        return compile(ast.fix_missing_locations(self._tree), str(self._path), "exec")

    def is_loaded(self) -> bool:
        """Return whether the module that the tests used is the changed one."""
        spec = getattr(sys.modules.get(self._name), "__spec__", None)
        return spec is not None and spec.loader is self

    def is_package(self, fullname: str) -> bool:
        return self._path.name == "__init__.py"


def preload() -> None:
    """Import what every child needs and none of ours."""
    for name in (
        "google.protobuf",
        "google.protobuf.json_format",
        "opentelemetry.sdk.trace",
        "requests",
    ):
        __import__(name)


def is_noticed(mutant: Mutant | None, part: Part, root: Path, seconds: float) -> bool:
    """Return whether a test fails, or takes longer than ``seconds``, with the mutant planted.

    Args:
        mutant: the defect; None runs the tests as they are.
        part: the tests, as files, folders or functions.
        root: the repository.
        seconds: the time of one run at most.

    Raises:
        RuntimeError: the tests did not load the mutant.
    """
    child = os.fork()
    if child == 0:
        _run(mutant, part, root)
    with _alarm(seconds):
        try:
            _, status = os.waitpid(child, 0)
        except TimeoutError:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return True
    code = os.waitstatus_to_exitcode(status)
    if code == _NOT_PLANTED:
        message = f"{mutant} was not what the tests loaded: the figure would tell nothing"
        raise RuntimeError(message)
    return code != 0


def begin_in_child(root: Path) -> None:
    """Make a forked child quiet, a group of its own, and at home in ``root``."""
    os.setpgid(0, 0)
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silent, stream)
    os.chdir(root)
    sys.dont_write_bytecode = True


def arguments_of(part: Sequence[str]) -> list[str]:
    """Return pytest's arguments: one process, the first failure is enough, always the same."""
    quiet = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly"]
    # Pytest's rewriting of assertions would load our modules in place of the planted one.
    quiet.append("--assert=plain")
    marks = "not long and not chromium and not peers"
    return [*quiet, "-m", marks, "--hypothesis-seed=1", *part]


def _run(mutant: Mutant | None, part: Sequence[str], root: Path) -> None:
    code = 70
    try:
        begin_in_child(root)
        planting = None
        if mutant is not None:
            planting = _Planting(_module(mutant.path), root / mutant.path, planted(mutant, root))
            sys.meta_path.insert(0, planting)
        code = int(pytest.main(arguments_of(part)))
        if code == 0 and planting is not None and not planting.is_loaded():
            code = _NOT_PLANTED
    finally:
        os._exit(code)


def _module(path: str) -> str:
    name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return name if name.startswith("otelhook") else f"otelhook.{name}"


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
