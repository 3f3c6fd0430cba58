"""What the harness's commands have in common: one word that says what to do, and what is told."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping

from deploy.harness.errors import HarnessError
from deploy.harness.places import alone

__all__ = ["carry_out", "passed", "say"]

_BEGAN = time.monotonic()


def passed() -> float:
    """Return the seconds since the command began."""
    return time.monotonic() - _BEGAN


def say(text: str) -> None:
    """Print a line with the minutes that have passed."""
    seconds = passed()
    print(f"{int(seconds // 60)}:{seconds % 60:04.1f} {text}", flush=True)


def carry_out(
    program: str,
    description: str | None,
    does: Mapping[str, tuple[str, Callable[[], object]]],
    name: str,
) -> int:
    """Do what the command line says, and nothing else of the harness meanwhile.

    Args:
        program: how it is called.
        description: what it is for.
        does: by word, what is told of it and what it does; a number that it returns is the exit
            code.
        name: of the harness, whose cache is ours meanwhile.
    """
    parser = argparse.ArgumentParser(prog=program, description=description)
    told = "; ".join(f"{name}: {what}" for name, (what, _) in does.items())
    parser.add_argument("what", choices=does, help=told)
    what = parser.parse_args().what
    try:
        with alone(name):
            code = does[what][1]()
    except HarnessError as error:
        print(error, file=sys.stderr)
        return 1
    return code if isinstance(code, int) else 0
