"""``otelhook scan``: fails if a document still holds secrets."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from otelhook.cli.complaints import complain
from otelhook.errors import DamagedDataError, StorageError
from otelhook.scan.scanner import Leftover, leftovers_in_file
from otelhook.settings import Settings, load

__all__ = ["add_arguments", "run"]

_DESCRIPTION = """\
Look for secrets that are left in documents, whatever their format: each is printed as
FILE:LINE: kind, never with its value. A folder is looked through.

Exit code 1 if there is any, else 0, or that of a file that cannot be looked at.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook scan``."""
    parser.description = _DESCRIPTION
    parser.add_argument("files", nargs="+", metavar="FILE", help="a document, or a folder of them")


def run(arguments: argparse.Namespace) -> int:
    """Look through all files; one that cannot be read does not keep the others from it."""
    rules = load().settings
    codes = {0} | {_scan(path, rules, named=named) for path, named in _files(arguments.files)}
    return 1 if 1 in codes else max(codes)


def _files(named: list[str]) -> Iterator[tuple[Path, bool]]:
    """Yield files, and whether they were named themselves."""
    for name in named:
        path = Path(name)
        if not path.is_dir():
            yield path, True
            continue
        for folder, folders, files in os.walk(path):
            folders.sort()
            yield from ((Path(folder) / file, False) for file in sorted(files))


def _scan(path: Path, rules: Settings, *, named: bool) -> int:
    """Print what is left over in a file and return the exit code that it makes."""
    code = 0
    try:
        for leftover in _read(path, rules):
            print(f"{path}:{leftover.line}: {leftover.kind}")
            code = 1
    except DamagedDataError as error:
        complain(f"{path}: {error}")
        # In a folder of pages a picture is no mistake; what was asked for by name is.
        return code or (error.exit_code if named else 0)
    except StorageError as error:
        complain(str(error))
        return code or error.exit_code
    return code


def _read(path: Path, rules: Settings) -> Iterator[Leftover]:
    try:
        with path.open("rb") as file:
            yield from leftovers_in_file(
                file,
                further_names=rules.redact_names,
                kept_names=rules.redact_keep,
                patterns=rules.redact_patterns,
            )
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror or error}"
        raise StorageError(message) from error
