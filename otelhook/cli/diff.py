"""``otelhook diff``: what differs between two runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from otelhook.cli.composing import add_composing
from otelhook.cli.files import as_bytes, write_file
from otelhook.cli.operands import OPERAND, composed_run
from otelhook.cli.options import add_source, loaded
from otelhook.cli.terminal import colored, put
from otelhook.compare import Comparison, FindingKind, compare
from otelhook.compare.forms.registry import FORMS, SUFFIXES
from otelhook.compare.forms.text import render_text
from otelhook.compare.ignoring import Ignored, parse_ignored
from otelhook.errors import ConfigError, StorageError

__all__ = ["add_arguments", "run"]

_DESCRIPTION: Final = f"""\
Compare two runs of the same thing. Calls are aligned by what they are, not by their numbers; ids,
tokens, times, ports and addresses, which differ in any two runs, are matched by their role.

A run is {OPERAND}.

Exit code 0 if nothing differs, 1 if something does; 2 to 6 as for every command.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook diff``."""
    parser.description = _DESCRIPTION
    parser.add_argument("before", metavar="A", help="the first run")
    parser.add_argument("after", metavar="B", help="the second")
    parser.add_argument(
        "--format", choices=FORMS, help="default: what -o's suffix stands for, else text"
    )
    parser.add_argument("-o", dest="output", metavar="FILE", help="write it to a file")
    parser.add_argument(
        "--ignore",
        metavar="RULE",
        action="append",
        default=[],
        help="leave out what the [[ignore]] entries in this TOML file fit, or one entry itself: "
        "'place = \"header.server\"'; keys as in notes, and place and finding",
    )
    parser.add_argument(
        "--fail-on",
        metavar="KINDS",
        default="",
        help=f"end with 1 for these alone, with commas between: {', '.join(_kinds())}",
    )
    parser.add_argument(
        "--durations",
        metavar="PERCENT",
        type=float,
        help="also what took longer or shorter by more than this",
    )
    add_source(parser)
    add_composing(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compare two runs and say what differs."""
    kinds = _wanted(arguments.fail_on)
    ignored = [rule for text in arguments.ignore for rule in _rules(text)]
    if arguments.durations is not None and not arguments.durations > 0:
        message = "--durations: expected a percentage above 0, such as 50"
        raise ConfigError(message)
    settings = loaded(arguments).settings
    before = composed_run(arguments.before, arguments, settings)
    after = composed_run(arguments.after, arguments, settings)
    band = None if arguments.durations is None else arguments.durations / 100
    found = compare(
        before.document,
        after.document,
        ignored=ignored,
        band=band,
    )
    _put(found, arguments.format, arguments.output)
    problem = before.exit_code or after.exit_code
    return problem or int(any(finding.kind in kinds for finding in found.findings))


def _kinds() -> list[str]:
    return [kind.value for kind in FindingKind]


def _wanted(text: str) -> frozenset[FindingKind]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in _kinds():
            message = f"--fail-on: {word!r} is not a kind of finding: {', '.join(_kinds())}"
            raise ConfigError(message)
    return frozenset(map(FindingKind, words or _kinds()))


def _rules(text: str) -> Sequence[Ignored]:
    """Return the rules of a file, or the one that the text is."""
    if "=" in text and not Path(text).exists():
        return parse_ignored(text.replace(";", "\n"), "--ignore")
    try:
        return parse_ignored(Path(text).read_text(encoding="utf-8"), text)
    except (OSError, UnicodeError) as error:
        message = f"{text}: cannot be read: {getattr(error, 'strerror', None) or error}"
        raise StorageError(message) from error


def _put(found: Comparison, form: str | None, output: str | None) -> None:
    if output is not None and output != "-":
        form = form or SUFFIXES.get(Path(output).suffix.lower(), "text")
        write_file(Path(output), as_bytes(FORMS[form](found)))
        return
    if form in (None, "text"):
        put(render_text(found, color=colored()))
    else:
        sys.stdout.write(FORMS[form or "text"](found))
