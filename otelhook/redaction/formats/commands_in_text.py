"""Redaction of commands within text: logs of builds, scripts, what a container runs."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from otelhook.lazy_patterns import lazy
from otelhook.redaction.formats.command_line import CommandLine
from otelhook.redaction.rules.command_options import PROGRAMS
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.placed import looks_like_one
from otelhook.redaction.rules.policy import Redactor

__all__ = ["hide_in_commands"]

_ALTERNATIVES: Final = "|".join(sorted(map(re.escape, PROGRAMS), key=len, reverse=True))
_COMMAND: Final = lazy(
    rf"(?<![\w.-])(?P<program>{_ALTERNATIVES})(?P<rest>[ \t](?:[^\r\n;|&\\]|\\.){{1,1024}})"
)
_LISTED: Final = lazy(
    rf"(?P<quote>[\"'])(?:/[\w./-]{{1,64}}/)?(?P<program>{_ALTERNATIVES})(?P=quote)"
    r"(?P<rest>(?:\s{0,2},\s{0,8}(?P=quote)[^\"'\r\n]{0,256}(?P=quote)){1,32})"
)
"""The words of a command as a list, as programs report what they could not run."""
_WORD: Final = lazy(r"\"(?P<double>[^\"\r\n]*)\"|'(?P<single>[^'\r\n]*)'|(?P<bare>[^\s\"'`]+)")
_READS: Final = (
    r"(?:--?password-stdin|--stdin|chpasswd|sudo[ \t]+-\w*S|--passphrase-fd|cryptsetup|kinit)"
)
_PIPED: Final = lazy(
    r"\b(?:echo|printf)[ \t]{1,4}(?:-\w{1,3}[ \t]{1,4}){0,2}[\"']?"
    r"(?:[\w.-]{1,64}:(?=[^\"'|\r\n]{1,256}[\"']?[ \t]{0,4}\|[^\r\n]{0,64}chpasswd))?"
    rf"(?P<value>[^\s\"'|$]{{1,256}})[\"']?[ \t]{{0,4}}\|[^\r\n|]{{0,128}}?{_READS}"
)
"""A secret that goes into a program that reads it from its input."""
_DRIVE: Final = lazy(r"/user:\S{1,128}\s{1,4}(?P<value>[^\s/]\S{0,256})")
"""``net use`` and its like: the password comes after the user."""
_SECURED: Final = lazy(
    r"(?i:ConvertTo-SecureString)[ \t]{1,4}(?:-String[ \t]{1,4})?[\"']?"
    r"(?P<value>[^\s\"'-][^\"'\r\n]{0,256})(?=[\"']|\s-)"
)
"""PowerShell's way to make a secret of a text."""
_LOGIN: Final = lazy(
    r"(?<=\s)(?:-{1,2}(?:u|U|l|user|username|login)[ =:]?|/u(?:ser)?[: ])[\"']?"
    r"[A-Za-z][\w.@+\\-]{0,63}[\"']?[ \t][^\r\n|;&]{0,200}?(?<=\s)"
    r"(?:-(?:p|P|w|W|pw|pass):?|/p(?:ass)?[: ])[ ]?[\"']?"
    r"(?P<value>[^\s\"'/:-][^\s\"'/:]{5,128})(?=[\s\"']|\Z)"
)
"""A user and then a password, in options as most programs have them."""
_SAID_BY: Final = lazy(
    r"(?<![A-Za-z])(?i:pass\w{0,8}|secret|token|pw)[_-](?:command|cmd)[ =][\"']?(?:echo|printf)[ ]"
    r"(?:-\w{1,2}[ ])?[\"']?(?P<value>[^\s\"'$`]{3,256})"
)
"""A command that says a password."""
_ORACLE: Final = lazy(
    r"\bsqlplus[ \t][^\r\n]{0,80}?\b\w{1,64}/(?P<value>[^\s@/\"']{3,128})(?=@|\s|\Z)"
)
_USER: Final = lazy(r"\bnet[ \t]{1,4}user[ \t]{1,4}\S{1,64}[ \t]{1,4}(?P<value>[^\s/*]\S{2,128})")


class _Word(NamedTuple):
    """A word of a command, of one or several pieces: ``-p'x'`` has two."""

    pieces: tuple[tuple[int, int, str], ...]
    """Where each begins and ends, within its quotes, and its text."""

    @property
    def value(self) -> str:
        return "".join(text for _, _, text in self.pieces)

    def edit(self, shown: str) -> tuple[int, int, str]:
        """Return what to replace by what, so that quotes stay where only one piece changes."""
        first, *others = self.pieces
        if others and shown.startswith(first[2]):
            return others[0][0], others[-1][1], shown[len(first[2]) :]
        return first[0], self.pieces[-1][1], shown


def _words(rest: str) -> list[_Word]:
    words: list[list[tuple[int, int, str]]] = []
    end = -1
    for piece in _WORD.finditer(rest):
        kind = piece.lastgroup or "bare"
        inside = (*piece.span(kind), piece[kind])
        if piece.start() == end:
            words[-1].append(inside)
        else:
            words.append([inside])
        end = piece.end()
    return [_Word(tuple(pieces)) for pieces in words]


def _items(rest: str) -> list[_Word]:
    """Return the quoted words of a list."""
    pieces = [one for one in _WORD.finditer(rest) if one.lastgroup != "bare"]
    return [_Word(((*one.span(kind), one[kind]),)) for one in pieces if (kind := one.lastgroup)]


def hide_in_commands(redactor: Redactor, text: str, places: list[str]) -> str:
    """Hide what known programs take as secrets, and append the options to ``places``."""

    def command(match: re.Match[str]) -> str:
        rest = match["rest"]
        is_list = match.re.pattern == _LISTED.pattern
        words = _items(rest) if is_list else _words(rest)
        line = CommandLine(redactor, [match["program"], *(word.value for word in words)])
        line.shown(match["program"])
        out: list[str] = [match.group()[: match.start("rest") - match.start()]]
        done = 0
        for word in words:
            shown = line.shown(word.value)
            if shown != word.value:
                start, end, instead = word.edit(shown)
                out += (rest[done:start], instead)
                done = end
        places.extend(line.places)
        return "".join((*out, rest[done:]))

    def placed(match: re.Match[str]) -> str:
        is_one = match.re.pattern != _LOGIN.pattern or looks_like_one(match["value"])
        if not redactor.hides(Sensitivity.HUMAN, match["value"]) or not is_one:
            return match.group()
        places.append("password")
        start, end = (at - match.start() for at in match.span("value"))
        whole = match.group()
        return whole[:start] + redactor.stand_in(Sensitivity.HUMAN, match["value"]) + whole[end:]

    text = _LISTED.sub(command, _COMMAND.sub(command, text))
    for pattern in (_PIPED, _DRIVE, _SECURED, _ORACLE, _USER, _SAID_BY, _LOGIN):
        text = pattern.sub(placed, text)
    return text
