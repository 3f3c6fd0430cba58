"""``otelhook capture``: the off switch of running services."""

from __future__ import annotations

import argparse
from pathlib import Path

from otelhook.capture.setup.switch import SWITCH_FILE
from otelhook.cli.options import add_data_dir, loaded
from otelhook.errors import StorageError

__all__ = ["add_arguments", "run"]

_DESCRIPTION = """\
Switch capture off and on in running services, without a restart.

Every process that records into this data folder obeys within a second, of
whichever user. What is under way is recorded to its end. The switch stays as
it is until it is thrown again.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook capture``."""
    parser.description = _DESCRIPTION
    parser.add_argument("action", choices=["off", "on", "status"], help="what to do")
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    """Throw the switch, or leave it, and say how it stands."""
    switch = loaded(arguments).settings.data_dir.absolute() / SWITCH_FILE
    try:
        _throw(switch, arguments.action)
        state = "off" if switch.exists() else "on"
    except OSError as error:
        message = f"{switch}: {error.strerror or error}; the switch is as it was"
        raise StorageError(message) from error
    print(f"capture is {state} for {switch.parent}")
    return 0


def _throw(switch: Path, action: str) -> None:
    if action == "off":
        switch.parent.mkdir(parents=True, exist_ok=True)
        switch.touch()
    elif action == "on":
        switch.unlink(missing_ok=True)
