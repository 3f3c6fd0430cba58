"""``otelhook traces --watch``: the list as it grows."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from otelhook.cli.traces import Summary

__all__ = ["watch"]

_SECONDS: Final = 1.0
_HOME: Final = "\x1b[H"
_REST_OF_LINE: Final = "\x1b[K"
_REST_OF_SCREEN: Final = "\x1b[J"
"""Control sequences of ECMA-48."""


def watch(look: Callable[[], Sequence[Summary]], pause: float = _SECONDS) -> int:
    """Look every second until interrupted, and show what there is.

    Args:
        look: returns the traces, newest first.
        pause: seconds between two looks.
    """
    show = _redraw if sys.stdout.isatty() else _Appended().show
    before: Sequence[Summary] | None = None
    try:
        while True:
            found = look()
            if found != before:
                show(found)
                sys.stdout.flush()
            before = found
            time.sleep(pause)
    except KeyboardInterrupt:  # how it is meant to end
        return 0


def _redraw(found: Sequence[Summary]) -> None:
    from otelhook.cli.traces import lines

    room = shutil.get_terminal_size().lines - 1
    shown: Iterable[str] = list(lines(found))[:room] if found else ["nothing yet"]
    text = "".join(f"{line}{_REST_OF_LINE}\n" for line in shown)
    sys.stdout.write(f"{_HOME}{text}{_REST_OF_SCREEN}")


class _Appended:
    """Prints each trace once, the oldest of the new ones first."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def show(self, found: Sequence[Summary]) -> None:
        """Print what is new; headings before the first."""
        from otelhook.cli.traces import lines

        new = [row for row in reversed(found) if row.trace_id not in self._seen]
        headed = lines(new) if new else iter(())
        for number, line in enumerate(headed):
            if number or not self._seen:
                print(line)
        self._seen.update(row.trace_id for row in new)
