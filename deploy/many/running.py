"""Starts the chain, stops it, and breaks a part of it in the middle of everything."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from functools import partial

from deploy.harness.errors import HarnessError
from deploy.harness.loopback import listens, speaks
from deploy.harness.processes import running, start_missing, stop, wait_until, wait_until_up
from deploy.many.parts import STAGES, program
from deploy.many.places import Chain

__all__ = ["down", "kill", "pause", "process", "resume", "start", "start_all", "stop_part"]

_UP_SECONDS = 180.0
_STOP_SECONDS = 60.0


def start_all(chain: Chain) -> None:
    """Start everything, and wait until it is up.

    Raises:
        HarnessError: one does not come up.
    """
    for names in STAGES:
        start(chain, names)


def start(chain: Chain, names: Sequence[str]) -> None:
    """Start what does not run of these, all at once, and wait until it is up.

    Raises:
        HarnessError: one does not come up.
    """
    run, logs = chain.folders.run, chain.folders.logs
    for name in start_missing(names, partial(program, chain), run, logs):
        wait_until_up(name, partial(_is_up, chain, name), run, logs, _UP_SECONDS)


def _is_up(chain: Chain, name: str) -> bool:
    if name in chain.ports:
        return listens(chain.ports[name])
    path = "/status" if name in ("ingester", "query") else "/"
    return speaks(chain.url(f"{name}-health") + path)


def stop_part(chain: Chain, name: str) -> None:
    """Stop a part as one does in earnest.

    Raises:
        HarnessError: it had to be killed.
    """
    stop([name], chain.folders.run, _STOP_SECONDS)


def process(chain: Chain, name: str) -> int:
    """Return a part's process id.

    Raises:
        HarnessError: it does not run.
    """
    pid = running(name, chain.folders.run)
    if pid is None:
        message = f"{name} has ended; {chain.folders.logs / name}.out says why"
        raise HarnessError(message)
    return pid


def kill(chain: Chain, name: str) -> None:
    """Kill a part: it cannot do anything about it.

    Raises:
        HarnessError: it does not run, or goes on.
    """
    os.kill(process(chain, name), signal.SIGKILL)
    if not wait_until(lambda: running(name, chain.folders.run) is None, _STOP_SECONDS):
        message = f"{name} outlived SIGKILL"
        raise HarnessError(message)


def pause(chain: Chain, name: str) -> None:
    """Have a part stand still: its connections stay, and nothing is answered.

    Raises:
        HarnessError: it does not run.
    """
    os.kill(process(chain, name), signal.SIGSTOP)


def resume(chain: Chain, name: str) -> None:
    """Have it go on.

    Raises:
        HarnessError: it does not run.
    """
    os.kill(process(chain, name), signal.SIGCONT)


def down(chain: Chain) -> None:
    """Stop what runs, from the agents on.

    Raises:
        HarnessError: one had to be killed.
    """
    stubborn: list[str] = []
    for names in reversed(STAGES):
        for name in names:
            if (pid := running(name, chain.folders.run)) is not None:
                os.kill(pid, signal.SIGCONT)  # one that stands still cannot end
        try:
            stop(names, chain.folders.run, _STOP_SECONDS)
        except HarnessError as error:
            stubborn.append(str(error))
    if stubborn:
        raise HarnessError("\n".join(stubborn))
