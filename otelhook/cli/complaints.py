"""What the command says when something is wrong: one line on standard error."""

from __future__ import annotations

import contextlib
import logging
import sys
import traceback
from collections.abc import Generator
from pathlib import Path

from otelhook.errors import OtelhookError

__all__ = ["complain", "in_one_line", "said", "show_warnings"]


def complain(message: str) -> None:
    """Print one line; what it quotes may be captured text, and cannot move the cursor."""
    from otelhook.render.shared.plain import one_line

    print(f"otelhook: {one_line(message)}", file=sys.stderr)


def in_one_line(error: BaseException) -> str:
    """Return what happened and where in our code, for a report."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"


@contextlib.contextmanager
def said(*kinds: type[OtelhookError]) -> Generator[None, None, None]:
    """Say these errors instead of raising them: what comes after can still be done."""
    try:
        yield
    except kinds as error:
        complain(str(error))


class _OneLine(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        # In a program's own log the line says whose it is.
        complain(record.getMessage().removeprefix("otelhook: "))


def show_warnings() -> None:
    """Show what otelhook logs as a warning, such as a spool that cannot be read, as a line."""
    logger = logging.getLogger("otelhook")
    if not logger.handlers:
        logger.addHandler(_OneLine(logging.WARNING))
        logger.propagate = False
