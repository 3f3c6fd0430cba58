"""Completion in each shell's own language, written from what the commands declare.

Words are the shell's own business: only trace ids are asked of the command, while a word is being
completed that may be one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

__all__ = ["SCRIPTS", "Argument", "Kind", "WordsOf"]

_ASK = "otelhook completion traces 2>/dev/null"


class Kind(str, Enum):
    """What a word is."""

    WORD = "word"
    """One of a few."""
    FILE = "file"
    FOLDER = "folder"
    TRACE = "trace"
    COMMAND = "command"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Argument:
    """An option with its value, or a word without one if it has no names."""

    names: tuple[str, ...]
    help: str
    kind: Kind | None
    """None if the option takes no value."""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WordsOf:
    """A command, and what may follow it."""

    name: str
    help: str
    arguments: tuple[Argument, ...]

    @property
    def options(self) -> Iterator[str]:
        """All names of its options."""
        return (name for argument in self.arguments for name in argument.names)

    @property
    def places(self) -> Sequence[Argument]:
        """What it takes without a name, in order."""
        return [argument for argument in self.arguments if not argument.names]


_BASH_VALUES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.FILE: 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))',
        Kind.FOLDER: 'compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur"))',
        Kind.TRACE: f'COMPREPLY=($(compgen -W "latest $({_ASK})" -- "$cur"))',
        Kind.COMMAND: 'COMPREPLY=($(compgen -c -- "$cur"))',
        Kind.OTHER: "COMPREPLY=()",
    }
)


def _bash_value(argument: Argument) -> str:
    if argument.kind is Kind.WORD:
        return f'COMPREPLY=($(compgen -W "{" ".join(argument.words)}" -- "$cur"))'
    return _BASH_VALUES[argument.kind or Kind.OTHER]


def _bash(commands: Sequence[WordsOf]) -> str:
    names = " ".join(command.name for command in commands)
    lines = [
        "_otelhook() {",
        "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}",
        "  local command=${COMP_WORDS[1]}",
        "  COMPREPLY=()",
        "  if ((COMP_CWORD == 1)); then",
        f'    COMPREPLY=($(compgen -W "{names} --help --version" -- "$cur")); return',
        "  fi",
        "  case $command,$prev in",
    ]
    for command in commands:
        for argument in command.arguments:
            if argument.names and argument.kind is not None:
                pattern = "|".join(f"{command.name},{name}" for name in argument.names)
                lines.append(f"    {pattern}) {_bash_value(argument)}; return;;")
    lines += ["  esac", "  case $command,$cur in"]
    for command in commands:
        options = " ".join(command.options)
        lines.append(f'    {command.name},-*) COMPREPLY=($(compgen -W "{options}" -- "$cur"));;')
    lines += ["    *,-*) ;;"]
    for command in commands:
        if command.places:
            lines.append(f"    {command.name},*) {_bash_value(command.places[0])};;")
    return "\n".join([*lines, "  esac", "}", "complete -F _otelhook otelhook", ""])


def _quoted(text: str, further: str = "") -> str:
    for sign in ("\\", *further):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("'", "'\\''")


_ZSH_VALUES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.FILE: "_files",
        Kind.FOLDER: "_files -/",
        Kind.TRACE: "_otelhook_traces",
        Kind.COMMAND: "_command_names",
        Kind.OTHER: " ",
    }
)


def _zsh_value(argument: Argument) -> str:
    if argument.kind is Kind.WORD:
        return f"({' '.join(argument.words)})"
    return _ZSH_VALUES[argument.kind or Kind.OTHER]


def _zsh_arguments(command: WordsOf) -> Iterator[str]:
    for argument in command.arguments:
        help_text = _quoted(argument.help, "[]:")
        value = "" if argument.kind is None else f":value:{_zsh_value(argument)}"
        for name in argument.names:
            yield f"'*{name}[{help_text}]{value}'"
    if command.places:
        yield f"'*::value:{_zsh_value(command.places[0])}'"


def _zsh(commands: Sequence[WordsOf]) -> str:
    lines = [
        "#compdef otelhook",
        '_otelhook_traces() { compadd latest ${(f)"$(' + _ASK + ')"} }',
        "_otelhook() {",
        "  if (( CURRENT == 2 )); then",
        "    local -a commands=(",
    ]
    lines += [f"      '{c.name}:{_quoted(c.help, ':')}'" for c in commands]
    lines += [
        "    )",
        "    _describe command commands; return",
        "  fi",
        "  local command=$words[2]",
        "  shift words; (( CURRENT-- ))",
        "  case $command in",
    ]
    lines += [f"    {c.name}) _arguments {' '.join(_zsh_arguments(c))};;" for c in commands]
    return "\n".join([*lines, "  esac", "}", "compdef _otelhook otelhook", ""])


def _fish_value(argument: Argument) -> str:
    if argument.kind is Kind.WORD:
        return f" -x -a '{' '.join(argument.words)}'"
    if argument.kind is Kind.TRACE:
        return f" -x -a '(echo latest; {_ASK})'"
    if argument.kind is Kind.FOLDER:
        return " -x -a '(__fish_complete_directories)'"
    if argument.kind is Kind.COMMAND:
        return " -x -a '(__fish_complete_command)'"
    return " -r -F" if argument.kind is Kind.FILE else " -x"


def _fish_names(names: Sequence[str]) -> str:
    flags = (f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in names)
    return " ".join(flags)


def _fish(commands: Sequence[WordsOf]) -> str:
    lines = ["complete -c otelhook -f"]
    for command in commands:
        lines.append(
            f"complete -c otelhook -n __fish_use_subcommand -a {command.name}"
            f" -d '{_quoted(command.help)}'"
        )
        seen = f"-n '__fish_seen_subcommand_from {command.name}'"
        for argument in command.arguments:
            if argument.names:
                value = "" if argument.kind is None else _fish_value(argument)
                lines.append(
                    f"complete -c otelhook {seen} {_fish_names(argument.names)}"
                    f" -d '{_quoted(argument.help)}'{value}"
                )
        if command.places:
            lines.append(f"complete -c otelhook {seen}{_fish_value(command.places[0])}")
    return "\n".join([*lines, ""])


SCRIPTS: Mapping[str, Callable[[Sequence[WordsOf]], str]] = MappingProxyType(
    {"bash": _bash, "zsh": _zsh, "fish": _fish}
)
"""By shell."""
