"""Why nothing was recorded, as the user of ``otelhook run`` reads it."""

from __future__ import annotations

import os
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

import otelhook as otelhook_package
from otelhook.cli.launching.interpreter import why_nothing

ENVIRON = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
"""A developer's own PYTHONPATH may lead every interpreter to otelhook."""


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter of another virtual environment, without otelhook."""
    folder = tmp_path_factory.mktemp("other")
    venv.create(folder, with_pip=False, symlinks=True)
    return folder / "bin" / "python"


def test_an_interpreter_without_otelhook_is_named_with_what_to_do(
    otelhook: Any, bare_python: Path
) -> None:
    done = otelhook("run", "--", bare_python, "-c", "print('ran')")
    assert (done.code, done.out) == (0, "ran\n")
    assert done.err.splitlines()[-1] == (
        f"otelhook: no request was recorded: {bare_python} has no otelhook; "
        f"install it there, from a clone: {bare_python} -m pip install ."
    )


@pytest.mark.parametrize("shebang", ["#!{python}", "#!/usr/bin/env -S FOO=1 {python} -B"])
def test_a_script_leads_to_its_interpreter(bare_python: Path, tmp_path: Path, shebang: str) -> None:
    script = tmp_path / "script"
    script.write_text(shebang.format(python=bare_python) + "\nprint(1)\n")
    script.chmod(0o755)
    assert f"{bare_python} -m pip install ." in why_nothing([str(script)], ENVIRON)


@pytest.mark.parametrize("option", ["-I", "-E", "-BI", "-S"])
def test_options_that_keep_us_out_are_named(option: str) -> None:
    said = why_nothing([sys.executable, option, "-c", "-I"], ENVIRON)
    assert f"python {option} ignores" in said


def test_options_of_the_script_are_not_the_interpreters() -> None:
    for words in (["-c", "-I"], ["-m", "mod", "-E"], ["script.py", "-I"], ["-Bc", "-I"]):
        said = why_nothing([sys.executable, *words], ENVIRON)
        assert "ignores" not in said, words


def test_what_is_no_python_is_said_to_be_none(tmp_path: Path) -> None:
    assert "sh is not started by Python" in why_nothing(["sh", "-c", "true"], ENVIRON)
    gone = why_nothing([str(tmp_path / "gone")], ENVIRON)
    assert "gone is not started by Python" in gone
    odd = tmp_path / "odd"
    odd.write_bytes(b"#!")
    odd.chmod(0o755)
    assert "odd is not started by Python" in why_nothing([str(odd)], ENVIRON)


def test_a_switched_off_sdk_is_said() -> None:
    environ = {**ENVIRON, "OTEL_SDK_DISABLED": "true"}
    assert "OTEL_SDK_DISABLED" in why_nothing([sys.executable, "-c", ""], environ)


def test_a_program_that_called_nobody_is_said_to_have_called_nobody() -> None:
    assert "it sent none" in why_nothing([sys.executable, "-c", ""], ENVIRON)


def test_an_interpreter_that_finds_otelhook_by_pythonpath_has_it(bare_python: Path) -> None:
    package = Path(otelhook_package.__file__).parent.parent
    environ = {**ENVIRON, "PYTHONPATH": str(package)}
    assert "has no otelhook" not in why_nothing([str(bare_python), "-c", ""], environ)
    assert "has no otelhook" in why_nothing([str(bare_python), "-c", ""], ENVIRON)
