"""Runs a command of the user's and waits for it, as if otelhook were not there."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from typing import Protocol

from otelhook.cli.launching.signals import Relay
from otelhook.errors import OtelhookError

__all__ = ["CannotExecuteError", "CommandNotFoundError", "Sink", "launch"]


class CommandNotFoundError(OtelhookError):
    """There is no such command; the exit code is a shell's."""

    exit_code = 127


class CannotExecuteError(OtelhookError):
    """The command is there and cannot be executed; the exit code is a shell's."""

    exit_code = 126


class Sink(Protocol):
    """What gets a copy of what the console shows."""

    def add(self, data: bytes, /) -> None:
        """Take the next piece."""
        ...


def launch(command: Sequence[str], environ: Mapping[str, str], sink: Sink | None = None) -> int:
    """Run a command to its end.

    Without a sink it inherits standard input, output and error. With one, what it prints goes
    the same way as before and into the sink as well.

    Returns:
        Its exit code, or minus the number of the signal that ended it.

    Raises:
        CommandNotFoundError: there is no such command.
        CannotExecuteError: it may not or cannot be executed.
    """
    try:
        if sink is not None:
            from otelhook.cli.launching.console import launch_shown

            return launch_shown(command, environ, sink)
        return _launch_inherited(command, environ)
    except FileNotFoundError as error:
        message = f"{command[0]}: command not found"
        raise CommandNotFoundError(message) from error
    except (PermissionError, NotADirectoryError) as error:
        message = f"{command[0]}: cannot be executed: {error.strerror}"
        raise CannotExecuteError(message) from error
    except OSError as error:
        message = f"{command[0]}: cannot be executed: {error.strerror or error}"
        raise CannotExecuteError(message) from error
    except ValueError as error:  # a NUL in a word
        message = f"the command line cannot be used: {error}"
        raise CannotExecuteError(message) from error


def _launch_inherited(command: Sequence[str], environ: Mapping[str, str]) -> int:
    with Relay(own_session=False) as relay:
        process = subprocess.Popen(list(command), env=dict(environ))  # noqa: S603 - what for we are
        relay.attach(process)
        return process.wait()
