"""Redaction of JSON, by its structure and in its own text.

The text is scanned once, left to right, with a stack of its own: nesting of any depth, a text cut
in the middle, several documents one after another and duplicate keys all work, and everything but
the hidden values stays as it was written, white space included. What is not quite JSON (bare
words, single quotes) is looked at a second time as free text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from otelhook.redaction.names import Sensitivity, spell
from otelhook.redaction.policy import Redacted, Redactor
from otelhook.redaction.text import hide_in_text, may_hold_secrets

__all__ = ["redact_json"]

_TOKEN = re.compile(
    r"""
    "(?P<string>[^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?\Z)(?P<colon>\s*:)?
  | (?P<open>[{\[])
  | (?P<close>[}\]])
  | (?P<scalar>[^\s"{}\[\],:]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_LITERAL = re.compile(r"-?\d[\d.eE+-]*|true|false|null|t(?:r|ru)?|f(?:a|al|als)?|n(?:u|ul)?")
_NUMBER = re.compile(r"-?\d[\d.eE+-]*")
_SECRET_CHILDREN = frozenset({"id", "value", "secret", "data", "content"})
"""``{"token": {"id": "…"}}``: the first identity API's way to write a token."""
_LABELS = frozenset({"name", "key", "field", "id", "header", "parameter"})
"""``{"name": "DB_PASSWORD", "value": "…"}``: an environment list's way to write a secret."""
_VALUES = frozenset({"value", "values"})
_LONG_NUMBER = 12
_SHORTEST_TEXT = 8
_DEEPEST_PLACE = 12


@dataclass(slots=True)
class _Level:
    """One open object or list: its own key, and what its leaves inherit from it."""

    key: str
    sensitivity: Sensitivity
    is_list: bool
    labelled: Sensitivity = Sensitivity.NONE
    value: tuple[int, int] | None = None


def redact_json(redactor: Redactor, text: str) -> Redacted[str]:
    """Hide the secret leaves of a JSON text, whole or cut; the places are dotted keys."""
    if not redactor.enabled or not may_hold_secrets(text):
        return Redacted(text, ())
    scan = _Scan(redactor, text)
    value = scan.run()
    if scan.odd:
        value = hide_in_text(redactor, value, scan.places)
    return Redacted(value, tuple(dict.fromkeys(scan.places)))


class _Scan:
    def __init__(self, redactor: Redactor, text: str) -> None:
        self._redactor = redactor
        self._text = text
        self._stack: list[_Level] = []
        self._edits: list[tuple[int, int, str]] = []
        self.places: list[str] = []
        self.odd = False

    def run(self) -> str:
        stack = self._stack
        top = _Level("", Sensitivity.NONE, is_list=False)
        key: str | None = None
        for match in _TOKEN.finditer(self._text):
            kind = match.lastgroup
            if kind == "colon":
                key = _plain(match["string"])
                continue
            if kind == "open":
                sensitivity = self._of_container(top, key)
                label = key if key is not None else ("[]" if top.is_list else "")
                stack.append(top)
                top = _Level(label, sensitivity, match["open"] == "[")
            elif kind == "close":
                top = stack.pop() if stack else top
            else:
                self._leaf(match, top, key, is_string=kind == "string")
            key = None
        return self._edited()

    def _of_container(self, level: _Level, key: str | None) -> Sensitivity:
        if key is not None:
            return self._redactor.names.sensitivity(key)
        return level.sensitivity if level.is_list else Sensitivity.NONE

    def _leaf(
        self, match: re.Match[str], level: _Level, key: str | None, *, is_string: bool
    ) -> None:
        group = "string" if is_string else "scalar"
        raw = match[group]
        if not is_string and not _LITERAL.fullmatch(raw):
            self.odd = True
        sensitivity = self._of_container(level, key)
        if key is not None and sensitivity is Sensitivity.NONE:
            sensitivity = self._by_company(match.span(group), raw, level, key, is_string=is_string)
        if sensitivity is not Sensitivity.NONE and self._hide(
            match.span(group), raw, sensitivity, self._place(level, key), is_string=is_string
        ):
            return
        if is_string and len(raw) >= _SHORTEST_TEXT:
            self._look_inside(match.span(group), raw, level, key)

    def _by_company(
        self, span: tuple[int, int], raw: str, level: _Level, key: str, *, is_string: bool
    ) -> Sensitivity:
        """Return how secret a leaf is by the object that holds it and the leaves beside it."""
        if is_string and level.sensitivity is not Sensitivity.NONE and key in _SECRET_CHILDREN:
            return level.sensitivity
        if key in _VALUES:
            if is_string:
                level.value = span
            return level.labelled
        if is_string and key.lower() in _LABELS:
            level.labelled = self._redactor.names.sensitivity(_plain(raw))
            if level.value is not None and level.labelled is not Sensitivity.NONE:
                start, end = level.value
                place = self._place(level, "value")
                self._hide((start, end), self._text[start:end], level.labelled, place)
        return Sensitivity.NONE

    def _hide(
        self,
        span: tuple[int, int],
        raw: str,
        sensitivity: Sensitivity,
        place: str,
        *,
        is_string: bool = True,
    ) -> bool:
        value = _plain(raw) if is_string else raw
        if not is_string and sensitivity is not Sensitivity.HUMAN and len(raw) < _LONG_NUMBER:
            return False
        scheme = ""
        if is_string and spell(place).endswith(("authorization", "auth")):
            head, blank, rest = value.partition(" ")
            scheme, value = (head + blank, rest) if rest and head.isalpha() else ("", value)
        if not self._redactor.hides(sensitivity, value):
            return False
        shown = scheme + self._redactor.stand_in(sensitivity, value)
        self._edits.append((*span, shown if is_string else f'"{shown}"'))
        self.places.append(place)
        return True

    def _look_inside(self, span: tuple[int, int], raw: str, level: _Level, key: str | None) -> None:
        """Hide what a harmless leaf's own text gives away: a message, a URL, JSON in a string."""
        found: list[str] = []
        shown = hide_in_text(self._redactor, raw, found)
        if shown != raw:
            self._edits.append((*span, shown))
            self.places.append(self._place(level, key))

    def _place(self, level: _Level, key: str | None) -> str:
        levels = [*self._stack[1:], level] if self._stack else []
        path = [entry.key for entry in levels[-_DEEPEST_PLACE:]]
        path.append(key if key is not None else ("[]" if level.is_list else ""))
        return ".".join(part for part in path if part).replace(".[]", "[]")

    def _edited(self) -> str:
        out: list[str] = []
        done = 0
        for start, end, shown in sorted(self._edits):
            if start >= done:
                out += (self._text[done:start], shown)
                done = end
        out.append(self._text[done:])
        return "".join(out)


def _plain(raw: str) -> str:
    """Return the text that a JSON string's inside stands for."""
    if "\\" not in raw:
        return raw
    try:
        return str(json.loads(f'"{raw}"', strict=False))
    except ValueError:
        return raw
