"""The arguments of a command, one after another: which are secrets by what comes before them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from otelhook.lazy_patterns import lazy
from otelhook.redaction.formats.cookies import redact_cookies
from otelhook.redaction.rules.command_options import CommandOptions, options_of
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.policy import MARKER, Redactor

__all__ = ["CommandLine"]

_ASSIGNMENT = lazy(r"(?P<name>-{0,2}[A-Za-z_][\w.-]*)=(?P<value>.+)", re.DOTALL)
_OPTION = lazy(r"--?(?P<name>[A-Za-z_][\w.-]+)")
_NAME = lazy(r"(?:[\w./:-]*[/:])?(?P<name>[A-Za-z_][\w.-]*)")
_WRAPPERS = frozenset({"env", "sudo", "doas", "nice", "time", "nohup", "exec", "command", "setsid"})
_SETTERS = frozenset({"set", "add", "config"})
"""``aws configure set NAME VALUE``, ``npm config set NAME VALUE``: a name without a dash."""
_PLAIN_ASSIGNMENT = lazy(r"[a-z_]{2,32}=[a-z]{1,32}")
"""``role=dev``: told by its name or not at all."""
_FLAG = lazy(r"-[A-Za-z]|--[a-z]{2,}(?:-[a-z]+)*")
"""What is the next option, and no value of the one before it."""
_LONG_OPTIONS = frozenset({"-password", "-passwd", "-pass", "-passphrase"})
"""With one dash: no ``-p`` and what is attached to it."""
_KEEP_WORD = "pass:"
_SHORT_OPTION = 2


class CommandLine:
    """Goes through the arguments of one command, in order.

    Args:
        redactor: the rules.
        args: all arguments, the program's name first.
        free: hides what an argument's own text gives away, and appends names to the list it gets.
    """

    def __init__(
        self,
        redactor: Redactor,
        args: Sequence[str],
        free: Callable[[str, list[str]], str] | None = None,
    ) -> None:
        self._look_inside = free
        self._redactor = redactor
        self.places: list[str] = []
        program = next((arg for arg in args if not _is_wrapping(arg)), "")
        self._program = program.rpartition("/")[2].removesuffix(".exe")
        self._options: CommandOptions = options_of(self._program, frozenset(args))
        self._awaited = ""
        self._awaits_value = False
        self._awaited_words: list[tuple[str, int]] = []

    def shown(self, arg: str) -> str:
        """Return an argument without its secrets."""
        if self._awaited:
            option, self._awaited = self._awaited, ""
            if option in self._options.secret or not _FLAG.fullmatch(arg):
                shown = self._after(option, arg)
                if shown != arg or not arg.startswith("-"):
                    return shown
        shown = self._argument(arg)
        if shown == arg:
            self._expect(arg)
        return shown

    def _expect(self, arg: str) -> None:
        """Note what the next argument, or a later one, will be."""
        known = self._options
        option = _OPTION.fullmatch(arg)
        awaits = arg in known.secret or arg in known.login or arg in known.cookies
        awaits = awaits or arg in known.headers
        if awaits or (option and self._is_secret(option["name"])):
            self._awaited = arg
        elif self._awaits_value and not option:
            self._awaits_value = False
            name = _NAME.fullmatch(arg)
            self._awaited = arg if name and self._is_secret(name["name"]) else ""
        elif arg in _SETTERS:
            self._awaits_value = True

    def _is_secret(self, name: str) -> bool:
        return self._redactor.names.sensitivity(name) is not Sensitivity.NONE

    def _after(self, option: str, arg: str) -> str:
        known = self._options
        if option in known.login:
            return self._login(option, arg)
        if option in known.cookies:
            return self._cookies(option, arg)
        if option in known.secret:
            return self._hidden(option, arg, Sensitivity.HUMAN)
        if option in known.headers:
            return self._header(arg)
        match = _NAME.fullmatch(option.lstrip("-"))
        name = match["name"] if match else option
        return self._hidden(option, arg, self._redactor.names.sensitivity(name))

    def _hidden(self, place: str, value: str, sensitivity: Sensitivity) -> str:
        kept = ""
        if value.startswith(_KEEP_WORD) and self._program == "openssl":
            kept, value = _KEEP_WORD, value[len(_KEEP_WORD) :]
        elif self._program == "openssl" and value.startswith(("file:", "env:", "fd:", "stdin")):
            return value
        if not self._redactor.hides(sensitivity, value, place):
            return kept + value
        self.places.append(place)
        return kept + self._redactor.stand_in(sensitivity, value)

    def _login(self, option: str, value: str) -> str:
        user, divider, password = value.partition(self._options.divider)
        if not self._redactor.hides(Sensitivity.HUMAN, password) or password.isdigit():
            return value
        self.places.append(option)
        return f"{user}{divider}{MARKER}"

    def _cookies(self, option: str, value: str) -> str:
        if "=" not in value:
            return value  # the name of a file
        shown = redact_cookies(self._redactor, value)
        self.places += [option] if shown.places else []
        return shown.value

    def _header(self, line: str) -> str:
        """Return a header's line without what is secret in headers only: a signature, a key.

        What is secret by its name anywhere is found in the text, with its scheme kept.
        """
        name, colon, value = line.partition(":")
        names = self._redactor.names
        if names.is_secret(name):
            return self._argument(line)
        bare = value.lstrip()
        shown = self._hidden(name, bare, names.sensitivity_in_header(name.lower()))
        return f"{name}{colon}{value[: len(value) - len(bare)]}{shown}" if bare else line

    def _argument(self, arg: str) -> str:
        known = self._options
        by_place = self._attached(arg) if arg[:1] in "-/" else None
        by_place = self._positional(arg) if by_place is None and arg[:1] != "-" else by_place
        if by_place is not None:
            return by_place
        assignment = _ASSIGNMENT.fullmatch(arg)
        if assignment is None:
            return self._free(arg)
        name, value = assignment["name"], assignment["value"]
        if name in known.login:
            return f"{name}={self._login(name, value)}"
        if name in known.cookies:
            return f"{name}={self._cookies(name, value)}"
        sensitivity = self._redactor.names.sensitivity(name.lstrip("-"))
        shown = self._hidden(name, value, sensitivity)
        return f"{name}={shown if shown != value else self._free(value)}"

    def _attached(self, arg: str) -> str | None:
        """Return ``-pSECRET`` with its secret hidden; None if it is nothing like it."""
        known = self._options
        for option in known.attached:
            if len(option) > _SHORT_OPTION and arg.startswith(option) and arg != option:
                return option + self._hidden(option, arg[len(option) :], Sensitivity.HUMAN)
        short, rest = arg[:_SHORT_OPTION], arg[_SHORT_OPTION:]
        if not rest or short == "--" or arg in _LONG_OPTIONS or self._program == "openssl":
            return None
        if short in known.attached or short in known.secret:
            return short + self._hidden(short, rest, Sensitivity.HUMAN)
        if short in known.login and self._program in ("curl", "smbclient"):
            return short + self._login(short, rest)
        return short + self._cookies(short, rest) if short in known.cookies else None

    def _positional(self, arg: str) -> str | None:
        """Return a word that is a secret by its place after another, hidden; None if it is not."""
        word = next((word for word, left in self._awaited_words if left == 1), "")
        self._awaited_words = [(word, left - 1) for word, left in self._awaited_words if left > 1]
        if word and not _PLAIN_ASSIGNMENT.fullmatch(arg):
            return self._hidden(word, arg, Sensitivity.HUMAN)
        name = arg.rpartition("/")[2]
        self._awaited_words += [
            (word, count)
            for word, count in self._options.words
            if arg == word or (word == self._program and name == word)
        ]
        return None

    def _free(self, text: str) -> str:
        return text if self._look_inside is None else self._look_inside(text, self.places)


def _is_wrapping(arg: str) -> bool:
    """Say whether the program is yet to come: ``env A=b``, ``sudo``, an option of theirs."""
    return (
        arg.startswith("-")
        or arg.rpartition("/")[2] in _WRAPPERS
        or _ASSIGNMENT.fullmatch(arg) is not None
    )
