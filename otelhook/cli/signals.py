"""Signals while a command of the user's runs under ours: it gets what it would get without us."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from types import FrameType

__all__ = ["die_like", "in_foreground", "relayed"]

_FROM_THE_TERMINAL = frozenset({signal.SIGINT, signal.SIGQUIT})
"""What a terminal sends to every process in its foreground, the command included."""

_FORWARDED = (
    *_FROM_THE_TERMINAL,
    *(signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM),
)


def in_foreground(descriptor: int) -> bool:
    """Say whether we are in the foreground of the terminal behind this file descriptor."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # no terminal, or not ours
        return False


@contextlib.contextmanager
def relayed(
    child: Callable[[], subprocess.Popen[bytes] | None], *, own_session: bool
) -> Generator[None, None, None]:
    """Forward signals to the child, and outlive those that the terminal sends to both.

    What the caller of this process ignores stays ignored, for the child as well. A signal that
    comes before there is a child ends this process as if it had no handler.

    Args:
        child: returns the child, or None before it runs.
        own_session: the child has a terminal and session of its own, and gets nothing from ours.
    """

    def forward(number: int, _frame: FrameType | None) -> None:
        process = child()
        if process is None:
            die_like(number)
        elif own_session or number not in _FROM_THE_TERMINAL or not _terminal_sends():
            process.send_signal(number)

    before = {
        number: signal.signal(number, forward)
        for number in _FORWARDED
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminal_sends() -> bool:
    """Say whether a SIGINT most likely came from the keyboard, and so went to the child too."""
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
