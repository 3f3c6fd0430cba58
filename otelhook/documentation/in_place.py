"""What stands in the place of a line of documentation, when the documentation is built.

The line has the words of ``otelhook render``: a trace's id, ``latest``, or ``--from FILE``. Or it
is ``run -- COMMAND``, where the site's author has allowed commands: it is run and recorded, so that
the page tells what the code does now. Each is a program of its own, as it is in a terminal.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from otelhook.errors import ConfigError

__all__ = ["Building", "in_place"]

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_NOT_HERE: Final = frozenset({"-o", "--open", "--format", "--prefix", "--for"})
"""Options of render that say where the result goes."""


@dataclass(frozen=True, slots=True)
class Building:
    """How a site has its traces."""

    folder: Path
    """What files and commands are relative to."""
    form: str
    """The format: ``markdown`` or ``rst``."""
    options: str = ""
    """Of ``otelhook render``, for all traces of the site."""
    commands: bool = False
    """Whether commands in the documentation are run."""

    def rendered(self, line: str) -> str:
        """Return what a line stands for.

        Raises:
            ConfigError: it cannot be rendered; the message is otelhook's own.
        """
        words = shlex.split(line) or ["latest"]
        if words[0] == "run":
            return self._of_command(words[1:])
        return self._page(words)

    def _of_command(self, words: Sequence[str]) -> str:
        if not self.commands:
            message = "'run' needs the site's leave: set 'commands' in its configuration"
            raise ConfigError(message)
        with tempfile.TemporaryDirectory(prefix="otelhook-") as data:
            self._otelhook(["run", "--quiet", "--record-output", "--data-dir", data, *words])
            return self._page(["latest", "--data-dir", data])

    def _page(self, words: Sequence[str]) -> str:
        given = [*shlex.split(self.options), *words]
        for word in given:
            if word.partition("=")[0] in _NOT_HERE:
                message = f"{word} has no meaning within a page"
                raise ConfigError(message)
        with tempfile.TemporaryDirectory(prefix="otelhook-") as folder:
            path = Path(folder) / "page"
            self._otelhook(["render", *given, "--format", self.form, "-o", str(path)])
            return path.read_text(encoding="utf-8")

    def _otelhook(self, words: Sequence[str]) -> None:
        path = os.environ.get("PATH", os.defpath)
        done = subprocess.run(  # noqa: S603 - otelhook itself, and what the site's author runs
            [sys.executable, "-m", "otelhook", *words],
            cwd=self.folder,
            # The site's own Python is `python` in what it runs, whoever has activated which.
            env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{path}"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            message = said[-1] if said else f"exit code {done.returncode}"
            raise ConfigError(message)


def in_place(text: str, line: re.Pattern[str], made: Callable[[re.Match[str], str], str]) -> str:
    """Return a text with what is made in the place of each line that matches, but within fences.

    Args:
        text: of the page.
        line: what such a line looks like.
        made: makes the text of a line and of what stands before it.
    """
    found: list[str] = []
    fence = ""
    for row in text.split("\n"):
        mark = _FENCE.match(row)
        if mark and not fence:
            fence = mark[1]
        elif mark and row.strip().startswith(fence) and not row.strip().strip(fence[0]):
            fence = ""
        match = None if fence else line.fullmatch(row)
        found.append(row if match is None else made(match, "\n".join(found)))
    return "\n".join(found)
