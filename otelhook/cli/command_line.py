"""The command line: reads it, runs one command, ends with its exit code.

A command is a module with `add_arguments` and `run`, and one row in `COMMANDS`. Its module is
imported only when it is asked for, so that ``otelhook --help`` loads nothing it does not show.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import NamedTuple, Protocol, TextIO, cast

from otelhook.cli.complaints import complain, in_one_line
from otelhook.cli.parser import CommandHelpFormatter, HelpFormatter, Parser
from otelhook.errors import OtelhookError

__all__ = ["COMMANDS", "CommandEntry", "CommandModule", "failed_write", "main"]

_EPILOG = """\
exit codes:
  0  done
  1  something else went wrong
  2  a setting, an argument or a rule cannot be used
  3  not recorded: no such trace, more than one, or nothing yet
  4  recorded data cannot be read: damaged, truncated, or of a newer version
  5  a file or folder cannot be read or written: full disk, permissions, a busy lock
  6  a port is taken, or a backend does not answer
 70  a defect of otelhook
126  run: the command cannot be executed
127  run: there is no such command
130  interrupted
141  the reader of the output went away
otelhook run ends as its command ended, killed by a signal too.
"""


_DEFECT = 70
_INTERRUPTED = 130
_READER_GONE = 141


class CommandModule(Protocol):
    """What the module of a command has."""

    def add_arguments(self, parser: argparse.ArgumentParser, /) -> None:
        """Declare the command's arguments."""
        ...

    def run(self, arguments: argparse.Namespace, /) -> int:
        """Do it, and return the exit code."""
        ...


class CommandEntry(NamedTuple):
    """A command: its module, and a line of help."""

    module: str
    help: str
    brief: bool = False
    """Whether it makes one document and ends: what it leaves behind goes with the process."""


COMMANDS: Mapping[str, CommandEntry] = MappingProxyType(
    {
        "demo": CommandEntry(
            "otelhook.cli.demo", "three services and a client, recorded and drawn"
        ),
        "run": CommandEntry("otelhook.cli.run", "run a command and record what it calls"),
        "traces": CommandEntry("otelhook.cli.traces", "list what is recorded, newest first"),
        "render": CommandEntry(
            "otelhook.cli.render", "turn a trace into a diagram or a page", brief=True
        ),
        "show": CommandEntry(
            "otelhook.cli.show", "print one step with its headers and body", brief=True
        ),
        "notes": CommandEntry("otelhook.cli.notes", "begin a notes file for a trace", brief=True),
        "diff": CommandEntry("otelhook.cli.diff", "say what differs between two runs"),
        "flow": CommandEntry("otelhook.cli.flow", "find the flow that many runs have in common"),
        "check": CommandEntry("otelhook.cli.check", "check runs against a flow's file"),
        "export": CommandEntry(
            "otelhook.cli.export", "send recorded traces on, or write them to a file"
        ),
        "delete": CommandEntry("otelhook.cli.delete", "delete traces for good"),
        "prune": CommandEntry("otelhook.cli.prune", "delete old traces for good"),
        "collect": CommandEntry("otelhook.cli.collect", "receive traces over OTLP and keep them"),
        "capture": CommandEntry(
            "otelhook.cli.capture", "switch capture off and on in running services"
        ),
        "scan": CommandEntry("otelhook.cli.scan", "look for secrets that are left in documents"),
        "config": CommandEntry("otelhook.cli.config", "show each setting and where it came from"),
        "completion": CommandEntry(
            "otelhook.cli.completion", "print what completes the command in bash, zsh or fish"
        ),
    }
)


class _Version(argparse.Action):
    """Says the version, which takes long to find out and is therefore asked for only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("otelhook")
        except PackageNotFoundError:
            found = "unknown: run from sources that are not installed"
        print(f"otelhook {found}")
        parser.exit()


def _parser(words: Sequence[str]) -> Parser:
    """Return the parser; only a command that is among the words gets its arguments.

    The others are declared for the help, and for what is reported of a command that is not known.
    """
    parser = Parser(
        prog="otelhook",
        description="Turn a distributed trace into a document that people read.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action=_Version, nargs=0, help="show program's version number and exit"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="name")
    known = [words[0]] if words and words[0] in COMMANDS else COMMANDS
    for name in known:
        row = COMMANDS[name]
        command = commands.add_parser(
            name,
            help=row.help,
            formatter_class=CommandHelpFormatter,
            allow_abbrev=False,
        )
        if name in words:
            module = cast("CommandModule", import_module(row.module))
            module.add_arguments(command)
            command.set_defaults(run=module.run, brief=row.brief)
            parser.inner.append(command)
    return parser


def _separated(words: Sequence[str]) -> tuple[list[str], list[str] | None]:
    """Split at the first ``--``: what follows is a command's own line, whatever it looks like."""
    if "--" not in words:
        return list(words), None
    place = words.index("--")
    return list(words[:place]), list(words[place + 1 :])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        argv: the words after ``otelhook``; those of the process if left out.
    """
    for stream in (sys.stdout, sys.stderr):
        # A document is UTF-8 wherever it goes; a terminal that cannot show a character gets its
        # escape instead of an error.
        _tolerate(stream)
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except BrokenPipeError as error:
        return failed_write(error)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except SystemExit as end:  # argparse: --help, --version, an error
        return _flushed(end.code if isinstance(end.code, int) else 1)
    except OSError as error:
        return failed_write(error)
    except MemoryError:
        complain("out of memory: the trace is too large for this machine")
        return 1
    return code


def _run(words: Sequence[str]) -> int:
    """Run the command line; what goes wrong in a way we foresaw, or did not, is one line."""
    try:
        return _command(words)
    except OtelhookError as error:
        sys.stdout.flush()
        complain(str(error))
        return error.exit_code
    except (OSError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - a user gets a line, never a traceback
        complain(f"a defect of otelhook, please report it: {in_one_line(error)}")
        return _DEFECT


def _command(words: Sequence[str]) -> int:
    ours, theirs = _separated(words)
    parser = _parser(ours)
    arguments = parser.parse_args(ours)
    if arguments.name is None:
        parser.print_help()
        return 2
    if theirs is not None and arguments.name != "run":
        parser.error(f"{arguments.name} takes nothing after --")
    arguments.after_dashes = theirs
    if not arguments.brief:
        gc.enable()  # `main` has stopped it while modules were loaded
    return cast("int", arguments.run(arguments))


def _tolerate(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    if stream.isatty():
        reconfigure(errors="backslashreplace")
    else:
        reconfigure(encoding="utf-8", errors="backslashreplace")


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except OSError as error:
        return failed_write(error)
    return code


def failed_write(error: OSError) -> int:
    """Say that standard output takes no more, but not where its reader went away; exit code."""
    _abandon_output()
    if isinstance(error, BrokenPipeError):
        return _READER_GONE
    complain(f"{error.filename or 'standard output'}: {error.strerror or error}")
    return 5


def _abandon_output() -> None:
    """Send what is still buffered nowhere, or the interpreter's end would fail once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
