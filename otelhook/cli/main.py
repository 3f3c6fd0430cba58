"""The command ``otelhook``, begun: says the version at once, else goes on in `command_line`.

What a command needs is loaded when it is known which one it is. This module loads nothing.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False  # type checkers know the name; importing it would load `typing`
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_SUFFIX = ".dist-info"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        argv: the words after ``otelhook``; those of the process if left out.
    """
    words = sys.argv[1:] if argv is None else argv
    known = _version_beside() if list(words) == ["--version"] else ""
    if not known:
        return _run(words, ours=argv is None)
    try:
        sys.stdout.write(f"otelhook {known}\n")
        sys.stdout.flush()
    except OSError as error:
        from otelhook.cli.command_line import failed_write

        return failed_write(error)
    return 0


def _run(words: Sequence[str], *, ours: bool) -> int:
    """Run a command.

    Args:
        words: the command line.
        ours: whether the process ends with the command. Then nothing is collected while modules
            are loaded, nor at the end, since all goes with the process: a fifth of a short
            command's time.
    """
    if ours:
        gc.disable()
    from otelhook.cli.command_line import main as run

    try:
        return run(words)
    finally:
        if ours:
            gc.freeze()


def _version_beside() -> str:
    """Return the version from the name of the folder that an installer made beside the package;
    empty where there is none, as in an editable install.
    """
    packages = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))  # noqa: PTH120
    try:
        names = os.listdir(packages)  # noqa: PTH208 - pathlib would be loaded
    except OSError:  # in an archive
        return ""
    found = [one for one in names if one.startswith("otelhook-") and one.endswith(_SUFFIX)]
    return found[0][len("otelhook-") : -len(_SUFFIX)] if len(found) == 1 else ""
