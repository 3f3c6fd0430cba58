"""``otelhook notes``: a first notes file for a trace, to be filled in."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from otelhook.cli.composing import add_composing
from otelhook.cli.files import as_bytes, write_file
from otelhook.cli.operands import OPERAND, composed_run
from otelhook.cli.options import add_source, loaded
from otelhook.errors import ConfigError
from otelhook.sequence.annotations.note_stubs import note_stubs

__all__ = ["add_arguments", "run"]

_DESCRIPTION: Final = f"""\
Begin a notes file: an entry for each call that the summary of a trace tells of, and for the
beginning and end of the document. Write your words into it and give it to otelhook render --notes.

The trace is {OPERAND}.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook notes``."""
    parser.description = _DESCRIPTION
    parser.add_argument("trace", metavar="TRACE", nargs="?", default="latest", help="see above")
    parser.add_argument("-o", dest="output", metavar="FILE", help="write it to a new file")
    add_source(parser)
    add_composing(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the file."""
    made = composed_run(arguments.trace, arguments, loaded(arguments).settings)
    text = note_stubs(made.document)
    if arguments.output in (None, "-"):
        sys.stdout.write(text)
        return made.exit_code
    path = Path(arguments.output)
    if path.exists():
        message = f"{path} is there already: its words would be lost; give another name"
        raise ConfigError(message)
    write_file(path, as_bytes(text))
    return made.exit_code
