"""Redaction of command lines."""

from __future__ import annotations

from collections.abc import Sequence

from otelhook.lazy_patterns import lazy
from otelhook.redaction.formats.bodies import redact_body
from otelhook.redaction.formats.command_line import CommandLine
from otelhook.redaction.formats.mixed import redact_text
from otelhook.redaction.formats.urls import redact_url
from otelhook.redaction.rules.policy import Redacted, Redactor

__all__ = ["redact_command"]

_URL = lazy(r"[A-Za-z][A-Za-z0-9+.-]*://\S*")


def redact_command(redactor: Redactor, args: Sequence[str]) -> Redacted[tuple[str, ...]]:
    """Hide the secrets of a command line; the places are option and variable names."""
    if not redactor.enabled:
        return Redacted(tuple(args), ())

    def free(text: str, places: list[str]) -> str:
        if _URL.fullmatch(text):
            shown = redact_url(redactor, text)
        elif text.lstrip()[:1] in ("{", "["):
            shown = redact_body(redactor, text, "application/json")
        else:
            shown = redact_text(redactor, text)
        places += shown.places
        return shown.value

    line = CommandLine(redactor, args, free)
    return Redacted(tuple(map(line.shown, args)), tuple(dict.fromkeys(line.places)))
