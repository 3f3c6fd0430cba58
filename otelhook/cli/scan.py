"""``otelhook scan``: fails if a document still holds secrets."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from otelhook.cli.complaints import complain
from otelhook.errors import ConfigError, DamagedDataError, StorageError
from otelhook.scan.baseline import accepted_in, baseline_of
from otelhook.scan.scanner import Leftover, leftovers_in_file
from otelhook.settings import Settings, load

__all__ = ["add_arguments", "run"]

_DESCRIPTION = """\
Look for secrets that are left in documents, whatever their format: each is printed as
FILE:LINE: kind, never with its value. A folder is looked through.

What only looks random is printed as possible, and changes the exit code if you say so. What you
looked at and accepted can be kept in a baseline.

Exit code 1 if there is any, else 0, or that of a file that cannot be looked at.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook scan``."""
    parser.description = _DESCRIPTION
    parser.add_argument("files", nargs="+", metavar="FILE", help="a document, or a folder of them")
    parser.add_argument(
        "--strict", action="store_true", help="end with 1 for what is only possible too"
    )
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help="leave out what this file accepts"
    )
    parser.add_argument(
        "--write-baseline",
        type=Path,
        metavar="FILE",
        help="accept all that is found, and what --baseline accepts, in this file; end with 0",
    )


def run(arguments: argparse.Namespace) -> int:
    """Look through all files; one that cannot be read does not keep the others from it."""
    rules = load().settings
    accepted = _accepted(arguments.baseline)
    found: list[tuple[str, Leftover]] = []
    codes = {0}
    for path, named in _files(arguments.files):
        leftovers: list[Leftover] = []
        codes.add(_scan(path, rules, leftovers, named=named))
        found += ((str(path), leftover) for leftover in leftovers)
    if arguments.write_baseline is not None:
        _write(arguments.write_baseline, baseline_of(found))
        return max(codes)
    new = [(file, leftover) for file, leftover in found if leftover.fingerprint not in accepted]
    for file, leftover in new:
        print(f"{file}:{leftover.line}: {leftover.kind}")
    fails = any(leftover.is_sure or arguments.strict for _, leftover in new)
    return 1 if fails else max(codes)


def _accepted(path: Path | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    try:
        return accepted_in(path.read_text(encoding="utf-8"))
    except ConfigError as error:
        message = f"{path}: {error}"
        raise ConfigError(message) from None
    except (OSError, UnicodeError) as error:
        message = f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}"
        raise StorageError(message) from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror or error}"
        raise StorageError(message) from error


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


def _scan(path: Path, rules: Settings, found: list[Leftover], *, named: bool) -> int:
    """Append what is left over in a file and return the exit code of what it could not be."""
    try:
        found.extend(_read(path, rules))
    except DamagedDataError as error:
        complain(f"{path}: {error}")
        # In a folder of pages a picture is not a mistake; what was asked for by name is.
        return error.exit_code if named else 0
    except StorageError as error:
        complain(str(error))
        return error.exit_code
    return 0


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
