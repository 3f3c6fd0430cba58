"""What is done when a module is imported, and what must not keep it from being done.

In processes of their own: pytest has a hook for imports as well.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SET_UP = """
import importlib, importlib.util, sys
from otelhook.capture.setup.import_hooks import when_imported
acted = []
when_imported("late", lambda module: acted.append(module.__name__))
hooks = len(sys.meta_path)
"""


def run(folder: Path, program: str) -> str:
    (folder / "late.py").write_text("VALUE = 7\n")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SET_UP + program],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout


def test_the_module_is_as_it_is_without_us(tmp_path: Path) -> None:
    program = (
        "import late\n"
        "print(acted, late.VALUE, type(late.__loader__).__name__)\n"
        "print(late.__spec__.loader is late.__loader__, hooks - len(sys.meta_path))\n"
        "print(importlib.reload(late) is late, acted)\n"
    )
    assert run(tmp_path, program).splitlines() == [
        "['late'] 7 SourceFileLoader",
        "True 1",
        "True ['late']",
    ]


def test_who_only_asks_for_a_module_does_not_take_it_from_us(tmp_path: Path) -> None:
    program = (
        "for _ in range(2):\n"
        "    spec = importlib.util.find_spec('late')\n"
        "    print(spec.name, spec.loader.get_code('late') is not None, acted)\n"
        "import late\n"
        "print(acted)\n"
    )
    assert run(tmp_path, program).splitlines() == [
        "late True []",
        "late True []",
        "['late']",
    ]


def test_a_module_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    program = (
        "when_imported('nowhere_at_all', print)\n"
        "print(importlib.util.find_spec('nowhere_at_all'))\n"
        "try:\n    import nowhere_at_all\n"
        "except ModuleNotFoundError as error:\n    print(error)\n"
    )
    assert run(tmp_path, program) == "None\nNo module named 'nowhere_at_all'\n"


@pytest.mark.parametrize("module", ["http.server", "wsgiref.simple_server", "http.client"])
def test_a_module_of_ours_runs_as_a_program(tmp_path: Path, module: str) -> None:
    """``python -m`` asks the loader for the module's code, and imports nothing."""
    program = (
        f"import runpy\nwhen_imported({module!r}, lambda found: None)\n"
        f"sys.modules.pop({module!r}, None)\n"
        f"print(runpy.run_module({module!r}, run_name='not_main')['__name__'])\n"
    )
    assert run(tmp_path, program) == "not_main\n"
