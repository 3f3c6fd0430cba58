"""Which tests run a line: only these can notice a defect in it, and they take seconds."""

from __future__ import annotations

import ast
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import coverage
import pytest

from tests.mutation.mutants import Mutant
from tests.mutation.running import Part, arguments_of, begin_in_child

__all__ = ["Covering", "covering_of"]

_FEW = 3
"""What so few tests run may be remembered by a cache: others would notice it as well."""


@dataclass(frozen=True, slots=True)
class Covering:
    """The tests of a part, by what they run."""

    part: Part
    seconds: float
    """That the part took without a defect."""
    lines: Mapping[str, Mapping[int, frozenset[str]]]
    """Test functions by line by module, both from the repository's top."""

    def tests_of(self, mutant: Mutant, root: Path) -> Part:
        """Return the test functions that can notice a mutant, the module's own tests first.

        What a module runs as it is loaded concerns all tests that run anything of it, and a module
        of which no test runs a line concerns the whole part.
        """
        lines = self.lines.get(mutant.path, {})
        found = lines.get(mutant.line, frozenset())
        if len(found) <= _FEW or not _is_in_function(root / mutant.path, mutant.line):
            found = frozenset().union(*lines.values())
        stem = Path(mutant.path).stem
        ordered = sorted(found, key=lambda test: (f"test_{stem}" not in test, test))
        return tuple(ordered) or self.part


def covering_of(part: Part, root: Path) -> Covering | None:
    """Run a part's tests as they are, and return what each ran; None if one fails."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "covering"
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            _run(part, root, file)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            return None
        data = coverage.CoverageData(str(file))
        data.read()
        lines = {
            Path(name).relative_to(root).as_posix(): {
                line: frozenset(filter(None, contexts))
                for line, contexts in data.contexts_by_lineno(name).items()
            }
            for name in data.measured_files()
        }
        return Covering(part, time.monotonic() - began, lines)


class _Contexts:
    """Tells the measurement which test runs."""

    def __init__(self, measuring: coverage.Coverage) -> None:
        self._measuring = measuring

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._measuring.switch_context(item.nodeid.partition("[")[0])
        return (yield)


def _run(part: Part, root: Path, file: Path) -> None:
    code = 70
    try:
        begin_in_child(root)
        sources = [str(root / name) for name in ("otelhook", "exporters")]
        measuring = coverage.Coverage(str(file), config_file=False, source=sources)
        measuring.start()
        code = int(pytest.main(arguments_of(part), plugins=[_Contexts(measuring)]))
        measuring.stop()
        measuring.save()
    finally:
        os._exit(code)


def _is_in_function(path: Path, line: int) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        node.body[0].lineno <= line <= (node.end_lineno or 0)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    )
