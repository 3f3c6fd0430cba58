"""Redaction of JSON, by its structure and in its own text.

The text is scanned once, left to right, with a stack of its own: nesting of any depth, a text cut
in the middle, several documents one after another and duplicate keys all work, and everything but
the hidden values stays as it was written, white space included. What is not quite JSON (bare
words, single quotes) is looked at a second time as free text.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence

from otelhook.lazy_patterns import lazy
from otelhook.redaction.formats.command_line import CommandLine
from otelhook.redaction.formats.text import hide_in_text
from otelhook.redaction.rules.columns import Columns
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.policy import MARKER, Redacted, Redactor, looks_issued
from otelhook.redaction.rules.prefilter import worth_a_look
from otelhook.redaction.rules.roles import TOLD, role
from otelhook.redaction.rules.siblings import Found, Level, Span

__all__ = ["redact_json"]

_TOKEN = lazy(
    r"""
    "(?P<string>[^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?\Z)(?P<colon>\s*:)?
  | (?P<open>[{\[])
  | (?P<close>[}\]])
  | (?P<scalar>[^\s"{}\[\],:]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_LITERAL = lazy(r"-?\d[\d.eE+-]*|true|false|null|t(?:r|ru)?|f(?:a|al|als)?|n(?:u|ul)?")
_NUMBER = lazy(r"-?\d[\d.eE+-]*")
_NONE = Sensitivity.NONE
_LONG_NUMBER = 12
_SHORTEST_TEXT = 8
_DEEPEST_PLACE = 12
_DEEPEST_DOCUMENT = 3
_KEPT = lazy(
    r"\s{0,8}{\s{0,8}(?:\"data\"\s{0,2}:\s{0,2}{\s{0,8}\"data\"\s{0,2}:\s{0,2}{"
    r"|\"options\"\s{0,2}:\s{0,2}{\s{0,8}\"cas\")"
)
"""How a vault's answer begins, or what is written to it."""
_ENCODED = "eyJ"
"""How base64 of ``{"`` begins: an object of JSON."""
_BASE64 = lazy(r"(?:[\w+-]|\\?/)+={0,2}")
_URLSAFE = str.maketrans("+/", "-_")
_IN_VAULT = 3
"""Levels around what a vault keeps, with that of the text itself."""
_VARIABLE = lazy(r"(?P<name>\w{1,64}):\s{0,4}\$(?P<variable>\w{1,64})")
"""``password: $p``: a variable of GraphQL, whose value stands under its own name."""
_VERIFIED = lazy(
    r"(?i:verif|confirm|log_?in|sign_?in|mfa|otp|2fa|factor|auth|challenge)\w{0,32}\s{0,2}"
    r"\([^()]{0,200}?\bcode:\s{0,4}\$(?P<variable>\w{1,64})"
)
"""``verifyPhone(code: $c)``: a code that an operation checks."""
_STATED = lazy(
    r"(?i:\bpassword|\bidentified by)\s(?:(?i:from|to|by|is)\s|=\s?)?[$:@](?P<variable>\w{1,64})"
    r"(?:(?i:\sto\s)[$:@](?P<new>\w{1,64}))?"
)
"""``SET PASSWORD FROM $old TO $new``: parameters of a statement, likewise."""
_HOLD_VARIABLES = frozenset({"variables", "parameters", "params"})
_OF_TEXT = frozenset(
    {"start_offset", "end_offset", "logprob", "top_logprobs", "bytes", "lemma", "position", "pos"}
)
"""What is said of a token of text, a word or a part of one."""


def redact_json(redactor: Redactor, text: str) -> Redacted[str]:
    """Hide the secret leaves of a JSON text, whole or cut; the places are dotted keys."""
    if not _is_worth_it(redactor, text):
        return Redacted(text, ())
    scan = _Scan(redactor, text)
    value = scan.value()
    return Redacted(value, tuple(dict.fromkeys(scan.places)))


def _is_worth_it(redactor: Redactor, text: str) -> bool:
    if not redactor.enabled:
        return False
    return worth_a_look(redactor, text) or _KEPT.match(text) is not None


class _Scan:
    def __init__(self, redactor: Redactor, text: str, depth: int = 0) -> None:
        self._redactor = redactor
        self._depth = depth
        """Of how many texts of JSON this one is within."""
        self._names = redactor.names
        self._text = text
        self._stack: list[Level] = []
        self._edits: dict[Span, str] = {}
        self.places: list[str] = []
        self.odd = False
        self._kept: list[Found] = []
        self._kept_flat = False
        self._kept_level = Level("", _NONE, is_list=False, columns=Columns())
        own = redactor.patterns or redactor.names.has_further
        self._shortest = 1 if own else _SHORTEST_TEXT
        self._may_be_secret_object = '"Secret"' in text or '"apiVersion"' in text
        self._variables = self._variables_of(text)
        self._may_be_vault = '"lease_' in text or (
            '"created_time"' in text and '"metadata"' in text
        )
        self._may_be_written = '"cas"' in text and '"options"' in text

    def _variables_of(self, text: str) -> dict[str, Sensitivity]:
        """Return how secret variables of GraphQL and parameters of statements are, by what they
        are given to.
        """
        found: dict[str, Sensitivity] = {}
        if '"variables"' in text and "$" in text:
            for one in _VARIABLE.finditer(text):
                found[one["variable"]] = self._names.sensitivity(one["name"])
            for one in _VERIFIED.finditer(text):
                found[one["variable"]] = Sensitivity.HUMAN
        if '"param' in text:
            for one in _STATED.finditer(text):
                given = filter(None, one.group("variable", "new"))
                found |= dict.fromkeys(given, Sensitivity.HUMAN)
        return found

    def value(self) -> str:
        """Return the text without its secrets; what is not quite JSON is looked at twice."""
        shown = self.run()
        return hide_in_text(self._redactor, shown, self.places) if self.odd else shown

    def run(self) -> str:
        stack = self._stack
        top = Level("", Sensitivity.NONE, is_list=False, columns=Columns())
        key: str | None = None
        for match in _TOKEN.finditer(self._text):
            kind = match.lastgroup
            if kind == "colon":
                key = _plain(match["string"])
                if top.text_token is not None and key in _OF_TEXT:
                    self._edits.pop(top.text_token, None)
                continue
            if kind == "open":
                stack.append(top)
                top = top.child(key, self._names, is_list=match["open"] == "[")
            elif kind == "close":
                if top.words:
                    self._hide_in_command(top.words)
                if top.told:
                    self._hide_earlier(top, top.told)
                top = stack.pop() if stack else top
            else:
                self._leaf(match, top, key, is_string=kind == "string")
            key = None
        if stack and self._kept_flat:  # a vault's answer that was cut before its version
            self._hide_earlier(self._kept_level, self._kept)
        for level in (*stack, top):
            self._hide_in_command(level.words or ())
            self._hide_earlier(level, level.unfinished())
        return self._edited()

    def _leaf(
        self, match: re.Match[str], level: Level, key: str | None, *, is_string: bool
    ) -> None:
        group = "string" if is_string else "scalar"
        raw = match[group]
        if not is_string and not _LITERAL.fullmatch(raw):
            self.odd = True
        if key is None:
            sensitivity = (
                level.of_item(raw, match.span(group), self._names)
                if is_string
                else level.of_scalar()
            )
        else:
            sensitivity = self._names.sensitivity(key)
            if self._variables and level.key in _HOLD_VARIABLES:
                sensitivity = self._variables.get(key, sensitivity)
            if sensitivity is _NONE and (
                self._may_be_secret_object
                or self._may_be_vault
                or self._may_be_written
                or level.has_company(key)
            ):
                span = match.span(group)
                sensitivity = self._by_company(span, raw, level, key, is_string=is_string)
            elif sensitivity is not _NONE and role(key) & TOLD:
                self._by_company(match.span(group), raw, level, key, is_string=is_string)
        if level.key == "data" and len(self._stack) == _IN_VAULT and not self._may_be_vault:
            self._keep(
                (match.span(group), Sensitivity.HUMAN, key or ""), level, is_string=is_string
            )
        if sensitivity is not _NONE and self._hide(
            match.span(group), raw, sensitivity, self._place(level, key), is_string=is_string
        ):
            if key == "token" and not looks_issued(raw):
                level.text_token = match.span(group)
            return
        if is_string and len(raw) >= self._shortest and worth_a_look(self._redactor, raw):
            self._look_inside(match.span(group), raw, level, key)

    def _hides_encoded(self, raw: str) -> bool:
        """Return whether a text is base64 of JSON with a secret in it."""
        if self._depth >= _DEEPEST_DOCUMENT or not _BASE64.fullmatch(raw):
            return False
        try:
            plain = base64.urlsafe_b64decode(_plain(raw).translate(_URLSAFE) + "==").decode()
        except ValueError:
            return False
        if not _is_worth_it(self._redactor, plain):
            return False
        scan = _Scan(self._redactor, plain, self._depth + 1)
        return scan.run() != plain

    def _keep(self, found: Found, level: Level, *, is_string: bool) -> None:
        """Remember what a vault may keep: the flat texts of ``{"data": {"data": {…``."""
        if self._stack[-1].key == "data" and not level.is_list:
            self._kept_level = level
            self._kept_flat = (self._kept_flat or not self._kept) and is_string
            self._kept.append(found)

    def _by_company(
        self, span: Span, raw: str, level: Level, key: str, *, is_string: bool
    ) -> Sensitivity:
        """Return how secret a leaf is by the object that holds it and the leaves beside it."""
        value = _plain(raw) if is_string else raw
        own, earlier = level.judge(key, value, span, self._names, is_string=is_string)
        if self._may_be_secret_object and self._stack and level.is_data and is_string:
            found = (span, Sensitivity.HUMAN, f"{level.key}.{key}")
            own = own if own is not Sensitivity.NONE else self._stack[-1].of_data(found)
        if earlier:
            self._hide_earlier(level, earlier)
        if self._may_be_vault and level.key == "data" and self._stack[-1].key == "data":
            return Sensitivity.HUMAN if is_string else own  # what Vault keeps, with its version
        if self._may_be_written and level.key == "data" and len(self._stack) == _IN_VAULT - 1:
            return Sensitivity.HUMAN if is_string else own
        return own

    def _hide_earlier(self, level: Level, found: Sequence[Found]) -> None:
        for (start, end), sensitivity, name in found:
            is_string = self._text[start - 1 : start] == '"'
            raw, place = self._text[start:end], self._place(level, name)
            self._hide((start, end), raw, sensitivity, place, is_string=is_string)

    def _hide(
        self,
        span: Span,
        raw: str,
        sensitivity: Sensitivity,
        place: str,
        *,
        is_string: bool = True,
    ) -> bool:
        value = _plain(raw) if is_string else raw
        is_count = sensitivity is not Sensitivity.HUMAN or place.lower().endswith("pass")
        if not is_string and is_count and len(raw) < _LONG_NUMBER:
            return False
        scheme = ""
        if is_string and place.rstrip("[]").lower().endswith(("authorization", "auth")):
            head, blank, rest = value.partition(" ")
            scheme, value = (head + blank, rest) if rest and head.isalpha() else ("", value)
        name = place.rpartition(".")[2]
        if not self._redactor.hides(sensitivity, value, name, self._text):
            return False
        shown = scheme + self._redactor.stand_in(sensitivity, value)
        self._edits[span] = shown if is_string else f'"{shown}"'
        self.places.append(place)
        return True

    def _hide_in_command(self, words: Sequence[tuple[Span, str]]) -> None:
        """Hide what programs take on their command line without saying so by a name."""
        line = CommandLine(self._redactor, [_plain(raw) for _, raw in words])
        for span, raw in words:
            shown = line.shown(_plain(raw))
            if shown != _plain(raw) and span not in self._edits:
                self._edits[span] = json.dumps(shown, ensure_ascii=False)[1:-1]
        self.places += line.places

    def _look_inside(self, span: Span, raw: str, level: Level, key: str | None) -> None:
        """Hide what a harmless leaf's own text gives away: a message, a URL, JSON in a string."""
        if raw[:3] == _ENCODED and self._hides_encoded(raw):
            self._edits[span] = MARKER
            self.places.append(self._place(level, key))
            return
        found: list[str] = []
        shown = self._inside(hide_in_text(self._redactor, raw, found), found)
        if shown != raw:
            self._edits[span] = shown
            self.places.append(self._place(level, key))

    def _inside(self, raw: str, found: list[str]) -> str:
        """Hide what only shows in a text without its escapes: lines of it, or JSON."""
        is_document = raw[:2] in ("{\\", "[{", "[\\") and self._depth < _DEEPEST_DOCUMENT
        if "\\" not in raw or not (is_document or "\\n" in raw):
            return raw
        plain = _plain(raw)
        if is_document:
            scan = _Scan(self._redactor, plain, self._depth + 1)
            shown = scan.run()
            found += scan.places
        else:
            shown = hide_in_text(self._redactor, plain, found)
        if shown == plain:
            return raw
        return json.dumps(shown, ensure_ascii="\\u" in raw)[1:-1]

    def _place(self, level: Level, key: str | None) -> str:
        levels = [*self._stack[1:], level] if self._stack else []
        path = [entry.key for entry in levels[-_DEEPEST_PLACE:]]
        path.append(key if key is not None else ("[]" if level.is_list else ""))
        return ".".join(part for part in path if part).replace(".[]", "[]")

    def _edited(self) -> str:
        out: list[str] = []
        done = 0
        for (start, end), shown in sorted(self._edits.items()):
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
