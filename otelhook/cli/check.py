"""``otelhook check``: does a run fit the flow that is kept in a file?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from otelhook.cli.complaints import complain
from otelhook.cli.composing import add_composing
from otelhook.cli.files import as_bytes, write_file
from otelhook.cli.operands import OPERAND, composed_run
from otelhook.cli.options import add_source, loaded
from otelhook.compare.flow.checking import check
from otelhook.compare.flow.rules import FlowRules, parse_flow
from otelhook.compare.forms.checked import CHECK_FORMS, CheckedRun
from otelhook.errors import StorageError

__all__ = ["add_arguments", "run"]

_DESCRIPTION: Final = f"""\
Check runs against a flow's file, which otelhook flow writes and a person edits. It says the first
step that does not fit, and why, and what of [[must]] and [limits] does not hold.

A run is {OPERAND}.

Exit code 0 if all runs fit, 1 if one does not; 2 to 6 as for every command.
"""
_SUFFIXES: Final = {".xml": "junit", ".sarif": "sarif", ".json": "json", ".md": "summary"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook check``."""
    parser.description = _DESCRIPTION
    parser.add_argument("flow", metavar="FLOW", help="the flow's file (TOML)")
    parser.add_argument("runs", nargs="+", metavar="RUN", help="what is checked")
    parser.add_argument(
        "--format", choices=CHECK_FORMS, help="default: what -o's suffix stands for, else text"
    )
    parser.add_argument("-o", dest="output", metavar="FILE", help="write it to a file")
    add_source(parser)
    add_composing(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check each run and say what does not fit."""
    rules = _rules(arguments.flow)
    settings = loaded(arguments).settings
    checked: list[CheckedRun] = []
    code = 0
    for named in arguments.runs:
        made = composed_run(named, arguments, settings)
        code = code or made.exit_code
        checked.append(CheckedRun(named, made.document, check(made.document, rules)))
    _put(checked, arguments.format, arguments.output)
    return code or int(any(one.missteps for one in checked))


def _rules(named: str) -> FlowRules:
    try:
        text = Path(named).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        message = f"{named}: cannot be read: {getattr(error, 'strerror', None) or error}"
        raise StorageError(message) from error
    return parse_flow(text, named)


def _put(checked: Sequence[CheckedRun], form: str | None, output: str | None) -> None:
    if output in (None, "-"):
        sys.stdout.write(CHECK_FORMS[form or "text"](checked))
        return
    chosen = form or _SUFFIXES.get(Path(str(output)).suffix.lower(), "text")
    write_file(Path(str(output)), as_bytes(CHECK_FORMS[chosen](checked)))
    misfits = sum(1 for one in checked if one.missteps)
    if misfits:
        complain(f"{misfits} of {len(checked)} runs do not fit the flow; see {output}")
