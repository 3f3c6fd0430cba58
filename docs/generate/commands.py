"""The reference of the commands: each one's help, as it prints it."""

from __future__ import annotations

import os
import subprocess
import sys

__all__ = ["COMMANDS", "page"]

COMMANDS = (
    *(
        "demo",
        "run",
        "traces",
        "render",
        "show",
        "notes",
        "diff",
        "flow",
        "check",
        "export",
        "delete",
    ),
    *("prune", "collect", "capture", "scan", "config", "completion"),
)


def page() -> str:
    """Return the page."""
    parts = ["# Commands", "What each command prints for `--help`.", _block("otelhook", [])]
    for name in COMMANDS:
        parts += [f"## otelhook {name}", _block(f"otelhook {name}", [name])]
    return "\n\n".join(parts) + "\n"


def _block(title: str, command: list[str]) -> str:
    shown = subprocess.run(
        [sys.executable, "-m", "otelhook", *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "90"},
    ).stdout
    return f'```text title="{title} --help"\n{shown.rstrip()}\n```'
