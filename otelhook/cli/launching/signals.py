"""Signals while a command of the user's runs under ours: it gets what it would get without us."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from types import FrameType
from typing import Any

__all__ = ["Relay", "die_like", "in_foreground"]

_FROM_THE_TERMINAL = frozenset({signal.SIGINT, signal.SIGQUIT})
"""What a terminal sends to every process in its foreground, the command included."""

_FORWARDED = (
    *_FROM_THE_TERMINAL,
    *(signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM),
)


def in_foreground(descriptor: int) -> bool:
    """Return whether we are in the foreground of the terminal behind this file descriptor."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # no terminal, or not ours
        return False


class Relay:
    """Forwards signals to a child, and outlives those that the terminal sends to both.

    What the caller of this process ignores stays ignored, for the child as well. What comes
    while the child is being started is forwarded as soon as it runs.

    Args:
        own_session: the child has a terminal and session of its own, and gets nothing from ours.
    """

    def __init__(self, *, own_session: bool) -> None:
        self._own_session = own_session
        self._child: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Relay:  # noqa: PYI034 - typing.Self is not in Python 3.10
        for number in _FORWARDED:
            handler = signal.getsignal(number)
            if handler is not signal.SIG_IGN:
                self._before[number] = handler
                signal.signal(number, self._forward)
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._child is None and self._early:
            die_like(self._early[0])

    def attach(self, child: subprocess.Popen[bytes]) -> None:
        """Name the child, once it runs."""
        self._child = child
        for number in self._early:
            self._forward(number, None)

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        if self._child is None:
            self._early.append(number)
        elif self._own_session or number not in _FROM_THE_TERMINAL or not _terminal_sends():
            self._child.send_signal(number)


def _terminal_sends() -> bool:
    """Return whether a SIGINT most likely came from the keyboard, and so went to the child too."""
    return any(in_foreground(descriptor) for descriptor in (0, 1, 2))


def die_like(number: int) -> None:
    """End this process by a signal, as the command ended: a shell sees the same."""
    sys.stdout.flush()
    sys.stderr.flush()
    # The command has left its core file already, if one was wanted.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
