"""The demo as a process of its own, in a folder of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from otelhook.demo.cloud import Cloud, running

MAIN = "import sys; from otelhook.cli.main import main; sys.exit(main())"


@dataclass(frozen=True)
class Demo:
    """Runs the command."""

    home: Path

    def environ(self) -> dict[str, str]:
        ours = ("OTEL", "PYTHON", "TRACEPARENT", "COLUMNS", "OS_")
        environ = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        return environ | {"HOME": str(self.home), "XDG_STATE_HOME": str(self.home / "state")}

    def start(self, *words: object, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", MAIN, *map(str, words)],
            **{
                "cwd": self.home,
                "env": self.environ() | options.pop("environ", {}),
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                "text": True,
                **options,
            },
        )

    def __call__(self, *words: object, **options: Any) -> tuple[int, str, str]:
        process = self.start(*words, **options)
        out, err = process.communicate(timeout=90)
        return process.returncode, out, err


@pytest.fixture
def otelhook(tmp_path: Path) -> Demo:
    return Demo(tmp_path)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The three services, running."""
    work = tmp_path_factory.mktemp("work")
    with running(work, tmp_path_factory.mktemp("data"), os.environ) as found:
        yield found
