"""The terminal that the command prints to: its colours, its size, and a pager for what is long."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping

__all__ = ["colored", "put", "speaks_unicode"]

_PAGER = "less"
_LESS = "FRX"
"""End at once if it fits, let colours through, leave the text on the screen."""


def colored() -> bool:
    """Whether standard output is a terminal that wants colours."""
    # https://no-color.org: any value that is not empty means no colour
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


def speaks_unicode() -> bool:
    """Whether standard output knows more than ASCII."""
    return "utf" in (sys.stdout.encoding or "").lower()


def put(text: str) -> None:
    """Print a text; one that is longer than the terminal goes through its pager.

    ``OTELHOOK_PAGER``, else ``PAGER``, else less; an empty value or ``cat`` means none.
    """
    pager = _pager(os.environ) if _is_long(text) else []
    if not pager or not _paged(text, pager):
        sys.stdout.write(text)
        sys.stdout.flush()


def _is_long(text: str) -> bool:
    on_terminal = sys.stdout.isatty() and sys.stdin.isatty()
    if not on_terminal:
        return False
    import shutil

    return text.count("\n") >= shutil.get_terminal_size().lines


def _pager(environ: Mapping[str, str]) -> list[str]:
    named = environ.get("OTELHOOK_PAGER", environ.get("PAGER", _PAGER))
    import shutil

    try:
        words = shlex.split(named)
    except ValueError:
        return []
    return words if words and words != ["cat"] and shutil.which(words[0]) else []


def _paged(text: str, pager: list[str]) -> bool:
    """Show a text in a pager; False if it cannot be started."""
    import subprocess

    sys.stdout.flush()
    environ = {"LESS": _LESS, **os.environ}
    try:
        process = subprocess.Popen(pager, stdin=subprocess.PIPE, env=environ)  # noqa: S603 - the user's
    except OSError:
        return False
    encoding = sys.stdout.encoding or "utf-8"
    try:
        process.communicate(text.encode(encoding, "backslashreplace"))
    except KeyboardInterrupt:  # the pager's own: it goes on until it is left
        process.wait()
    return True
