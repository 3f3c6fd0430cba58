"""Redaction of command lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from otelhook.redaction.bodies import redact_body
from otelhook.redaction.names import Sensitivity
from otelhook.redaction.pairs import redact_url
from otelhook.redaction.policy import MARKER, Redacted, Redactor
from otelhook.redaction.text import redact_text

__all__ = ["redact_command"]

_ASSIGNMENT = re.compile(r"(?P<name>-{0,2}[A-Za-z_][\w.-]*)=(?P<value>.+)", re.DOTALL)
_OPTION = re.compile(r"--?(?P<name>[A-Za-z_][\w.-]+)")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*")
_USER_OPTIONS = frozenset({"-u", "--user", "-a", "--proxy-user", "-U"})
"""curl's and httpie's ``-u name:password``."""
_ATTACHED = frozenset({"mysql", "mysqldump", "mysqladmin", "mariadb", "sshpass", "mysqlimport"})
"""Commands whose ``-p`` has the password right behind it."""


def redact_command(redactor: Redactor, args: Sequence[str]) -> Redacted[tuple[str, ...]]:
    """Hide the secrets of a command line; the places are option and variable names."""
    if not redactor.enabled:
        return Redacted(tuple(args), ())
    out: list[str] = []
    places: list[str] = []
    program = args[0].rpartition("/")[2] if args else ""
    awaited: str | None = None
    for arg in args:
        if awaited is not None:
            out.append(_after_option(redactor, awaited, arg, places))
            awaited = None
            continue
        out.append(_argument(redactor, program, arg, places))
        option = _OPTION.fullmatch(arg)
        secret = option and redactor.names.sensitivity(option["name"]) is not Sensitivity.NONE
        if secret or arg in _USER_OPTIONS:
            awaited = arg
    return Redacted(tuple(out), tuple(dict.fromkeys(places)))


def _after_option(redactor: Redactor, option: str, arg: str, places: list[str]) -> str:
    if option in _USER_OPTIONS:
        user, colon, password = arg.partition(":")
        if not redactor.hides(Sensitivity.HUMAN, password):
            return arg
        places.append(option)
        return f"{user}{colon}{MARKER}"
    sensitivity = redactor.names.sensitivity(option.lstrip("-"))
    if not redactor.hides(sensitivity, arg):
        return arg
    places.append(option)
    return redactor.stand_in(sensitivity, arg)


def _argument(redactor: Redactor, program: str, arg: str, places: list[str]) -> str:
    if program in _ATTACHED and arg.startswith("-p") and redactor.hides(Sensitivity.HUMAN, arg[2:]):
        places.append("-p")
        return f"-p{MARKER}"
    assignment = _ASSIGNMENT.fullmatch(arg)
    if assignment:
        name, value = assignment["name"], assignment["value"]
        sensitivity = redactor.names.sensitivity(name.lstrip("-"))
        if redactor.hides(sensitivity, value):
            places.append(name)
            return f"{name}={redactor.stand_in(sensitivity, value)}"
        return f"{name}={_free(redactor, value, places)}"
    return _free(redactor, arg, places)


def _free(redactor: Redactor, text: str, places: list[str]) -> str:
    if _URL.fullmatch(text):
        shown = redact_url(redactor, text)
    elif text.lstrip()[:1] in ("{", "["):
        shown = redact_body(redactor, text, "application/json")
    else:
        shown = redact_text(redactor, text)
    places += shown.places
    return shown.value
