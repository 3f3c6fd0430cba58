"""The command line's parser: it says what is wrong in one line, with what may have been meant."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

from otelhook.cli.complaints import complain
from otelhook.lazy_patterns import lazy
from otelhook.spelling import meant

__all__ = ["CommandHelpFormatter", "HelpFormatter", "Parser"]

_CHOICE: Final = lazy(r"(?s)(.*invalid choice: '(.*)') \(choose from (.*)\)")
_UNKNOWN: Final = lazy(r"unrecognized arguments: (.*)")
_COLUMN: Final = 15
"""Cells for a command's name, with its indent, which argparse leaves out of account."""
_USUAL: Final = 80
"""Columns where nothing says how many there are."""
_NAME: Final = lazy(r"[\w.+-]+")


class CommandHelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Leaves descriptions as they are.

    argparse makes one for each argument that is declared, and would load what compresses archives
    to learn how wide the terminal is.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


class HelpFormatter(CommandHelpFormatter):
    """Has room for the longest command beside its help, too."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog)
        self._action_max_length = _COLUMN


def _columns() -> int:
    """Return the terminal's width as `shutil.get_terminal_size` has it."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said):
        return int(said)
    try:
        found = os.get_terminal_size(sys.__stdout__.fileno()) if sys.__stdout__ else None
    except (OSError, ValueError):  # no terminal, or closed
        found = None
    return (found.columns if found else 0) or _USUAL


class Parser(argparse.ArgumentParser):
    """An `argparse.ArgumentParser` that knows its commands' options when it reports one."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.inner: list[Parser] = []
        """Parsers of the commands that are among the words."""

    def error(self, message: str) -> NoReturn:
        """Report it in one line, and end with 2."""
        complain(f"{message}{self._meant(message)}; see: {self.prog} --help")
        raise SystemExit(2)

    def declared(self) -> Sequence[argparse.Action]:
        """Return all arguments in the order in which they were declared."""
        return tuple(self._actions)

    def options(self) -> Sequence[str]:
        """Return the names of all options."""
        return [option for action in self._actions for option in action.option_strings]

    def _meant(self, message: str) -> str:
        if choice := _CHOICE.fullmatch(message):
            return meant(choice[2], _NAME.findall(choice[3]))
        if unknown := _UNKNOWN.fullmatch(message):
            word = unknown[1].split()[0].partition("=")[0]
            options = [option for parser in (self, *self.inner) for option in parser.options()]
            return meant(word, options) if word.startswith("--") else ""
        return ""
