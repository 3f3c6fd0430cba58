"""Parts of a multipart body, whose values stand below their names, and what collections hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from otelhook.scan.names import Names, Suspicion
from otelhook.scan.words import HARMLESS

__all__ = ["Parts"]

_FIELD: Final = re.compile(r"form-data;\s{0,4}name=\"?(?P<name>[\w.\[\]-]{1,64})\"?")
_RETURN: Final = r"\0015"
"""How a shell's script spells what ends a line of a multipart body before its newline."""
_HOLDS: Final = re.compile(
    r"[\"'](?:secrets|passwords|passphrases)[\"']\s{0,4}:\s{0,4}\{(?P<inside>[^}]{1,1024})",
    re.IGNORECASE,
)
_MEMBER: Final = re.compile(
    r"[\"'](?P<key>\w{1,32})[\"']\s{0,4}:\s{0,4}[\"'](?P<value>[^\"'\\]{6,512})"
)


class Parts:
    """Reads line after line, and remembers the name of a part.

    Args:
        names: tells whose values are secret.
        is_secret: judges a name and its value as those of a field of a form.
    """

    def __init__(self, names: Names, is_secret: Callable[[str, str], bool]) -> None:
        self._names = names
        self._is_secret = is_secret
        self._part = ""
        """The name of a part of a multipart body whose value comes next."""

    def kinds(self, text: str) -> Iterator[str]:
        """Yield the names of parts of a multipart body, and of what collections of secrets hold."""
        field = _FIELD.search(text)
        value = text.strip().removesuffix(_RETURN)
        if field is not None:
            self._part = field["name"]
        elif self._part and value and not value.lower().startswith("content-"):
            name, self._part = self._part, ""
            if self._is_secret(name, value):
                yield name
        for match in _HOLDS.finditer(text):
            for member in _MEMBER.finditer(match["inside"]):
                if self._names.suspicion(member["key"]) is Suspicion.NONE and _has_digit(
                    member["value"]
                ):
                    yield member["key"]


def _has_digit(value: str) -> bool:
    return any(sign.isdigit() for sign in value) and not HARMLESS.fullmatch(value)
