"""``otelhook completion``: what completes the command's words in a shell."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final, cast

from otelhook.cli.completion_scripts import SCRIPTS, Argument, Kind, WordsOf
from otelhook.cli.options import loaded
from otelhook.cli.parser import Parser
from otelhook.errors import OtelhookError

__all__ = ["add_arguments", "commands", "run"]

_DESCRIPTION = """\
Print a script that completes commands, options, formats and trace ids:

  bash   eval "$(otelhook completion bash)" in ~/.bashrc
  zsh    eval "$(otelhook completion zsh)" in ~/.zshrc, after compinit
  fish   otelhook completion fish > ~/.config/fish/completions/otelhook.fish
"""
_NEWEST: Final = 50

_KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "FILE": Kind.FILE,
        "PATH": Kind.FILE,
        "SOURCE": Kind.FILE,
        "DIR": Kind.FOLDER,
        "TRACE_ID": Kind.TRACE,
        "RUN": Kind.TRACE,
        "A": Kind.TRACE,
        "B": Kind.TRACE,
        "FLOW": Kind.FILE,
        "COMMAND": Kind.COMMAND,
    }
)
"""What an argument takes, by what its help calls it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook completion``."""
    parser.description = _DESCRIPTION
    parser.add_argument("shell", choices=[*SCRIPTS, "traces"], help="traces lists the newest ids")
    parser.add_argument("--data-dir", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Print the script, or the ids that it asks for."""
    if arguments.shell == "traces":
        for trace_id in _traces(arguments):
            print(trace_id)
        return 0
    print(SCRIPTS[arguments.shell](commands()), end="")
    return 0


def _traces(arguments: argparse.Namespace) -> Iterator[str]:
    """Yield the newest ids; a shell that completes a word has no place for what is wrong."""
    from otelhook.sources import open_source

    try:
        yield from open_source("", loaded(arguments).settings).newest(_NEWEST)
    except OtelhookError:
        return


def commands() -> list[WordsOf]:
    """Return what each command takes, as its own parser declares it."""
    from otelhook.cli.command_line import COMMANDS, CommandModule

    found: list[WordsOf] = []
    for name, row in COMMANDS.items():
        parser = Parser(prog=f"otelhook {name}")
        cast("CommandModule", import_module(row.module)).add_arguments(parser)
        shown = [action for action in parser.declared() if action.help is not argparse.SUPPRESS]
        arguments = [_argument(action) for action in shown]
        if name == "run":  # what is behind its options is another command's line
            arguments.append(Argument((), "", Kind.COMMAND))
        found.append(WordsOf(name, row.help, tuple(arguments)))
    return found


def _argument(action: argparse.Action) -> Argument:
    text = (action.help or "").split(";")[0].split(" (")[0]
    if action.nargs == 0:
        return Argument(tuple(action.option_strings), text, None)
    if action.dest == "format" and not action.choices:
        from otelhook.render import FORMATS

        return Argument(tuple(action.option_strings), text, Kind.WORD, (*FORMATS, "mkdocs"))
    if action.choices:
        words = tuple(map(str, action.choices))
        return Argument(tuple(action.option_strings), text, Kind.WORD, words)
    kind = _KINDS.get(str(action.metavar), Kind.OTHER)
    return Argument(tuple(action.option_strings), text, kind)
