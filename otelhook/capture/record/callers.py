"""The line of the program that makes a call: the first frame outside libraries."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import lru_cache
from typing import Final

from otelhook.attributes import CODE_FILE_PATH, CODE_FUNCTION_NAME, CODE_LINE_NUMBER

__all__ = ["calling_line"]

_OURS: Final = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120
_LIBRARIES: Final = tuple(
    {
        os.path.abspath(path) + os.sep  # noqa: PTH100 - with the separator, as a text
        for name in ("stdlib", "platstdlib")
        if (path := sysconfig.get_paths().get(name))
    }
)
_INSTALLED: Final = ("site-packages", "dist-packages")
_MOST_FRAMES: Final = 200


def calling_line() -> dict[str, str | int]:
    """Return the attributes that name the line, of the conventions for code; none if there is none.

    Coroutines that await each other are on the stack while one of them runs, so that this is right
    across ``await``.
    """
    frame = sys._getframe(1)  # noqa: SLF001 - how an interpreter's stack is seen  # pyright: ignore[reportPrivateUsage]
    for _ in range(_MOST_FRAMES):
        code = frame.f_code
        shown = _shown(code.co_filename)
        if shown:
            return {
                CODE_FILE_PATH: shown,
                CODE_LINE_NUMBER: frame.f_lineno,
                CODE_FUNCTION_NAME: getattr(code, "co_qualname", code.co_name),
            }
        if frame.f_back is None:
            break
        frame = frame.f_back
    return {}


@lru_cache(maxsize=4096)
def _shown(filename: str) -> str:
    """Return the path of a program's file as it is shown; empty if it is a library's.

    It is relative to the working directory or to an entry of the module path, and else the file's
    name alone: a home folder is nobody's business.
    """
    if filename.startswith("<"):
        return filename if filename in ("<string>", "<stdin>") else ""
    path = os.path.abspath(filename)  # noqa: PTH100 - as a text; likewise below
    if any(f"{os.sep}{name}{os.sep}" in path for name in _INSTALLED):
        return ""
    if path.startswith((*_LIBRARIES, _OURS + os.sep)) or _is_command(path):
        return ""
    entries = sorted((os.path.abspath(entry) for entry in sys.path if entry), key=len)  # noqa: PTH100
    for folder in (_working_directory(), *reversed(entries)):
        if folder and path.startswith(folder.rstrip(os.sep) + os.sep):
            return os.path.relpath(path, folder)
    return os.path.basename(path)  # noqa: PTH119


def _is_command(path: str) -> bool:
    """Say whether it is the script that an installer has made for a library's command."""
    return os.path.dirname(path) == os.path.dirname(sys.executable)  # noqa: PTH120


def _working_directory() -> str:
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:
        return ""
