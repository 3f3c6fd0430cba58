"""Installs with the tools that registries are used through, each step whole or not at all."""

from __future__ import annotations

import shutil
import subprocess
import venv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.harness.errors import HarnessError

__all__ = ["made", "make_environment", "pip_install", "run"]


def made(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Return a folder, filled where it stays if it is not there; nothing is left if that fails."""
    if not folder.exists():
        folder.mkdir(parents=True)
        try:
            fill(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return folder


def make_environment(folder: Path, requirements: Path) -> None:
    """Make a virtual environment of pinned packages where it stays: it cannot be moved.

    Raises:
        HarnessError: a package cannot be had.
    """
    venv.create(folder, with_pip=True)
    pip_install(folder, "-r", str(requirements))


def pip_install(environment: Path, *words: str) -> None:
    """Install into a virtual environment.

    Raises:
        HarnessError: a package cannot be had.
    """
    pip = [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "-q"]
    run([*pip, "install", *words], environment.name)


def run(
    command: Sequence[str],
    what: str,
    *,
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> str:
    """Run a command of an installation; return what it printed.

    Args:
        command: its words.
        what: is being installed, for the message.
        folder: where it runs.
        environ: all of its environment; ours if none is given.

    Raises:
        HarnessError: it failed; with the end of what it said.
    """
    done = subprocess.run(
        list(command),
        capture_output=True,
        check=False,
        text=True,
        cwd=folder,
        env=None if environ is None else dict(environ),
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        message = f"cannot install {what}:\n{said}"
        raise HarnessError(message)
    return done.stdout
