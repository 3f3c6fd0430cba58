"""What a secret that was left in a document looks like.

Nothing here shares code with redaction but the list of names whose values are secret, so that a
mistake there is found here.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from otelhook.redaction import Names, Sensitivity

__all__ = ["Patterns"]


def _form(needles: str, kind: str, pattern: str) -> tuple[tuple[str, ...], str, re.Pattern[str]]:
    return tuple(needles.split("|")), kind, re.compile(pattern, re.ASCII)


_FORMS: Final = (
    _form("gAAAA", "Fernet token", r"gAAAA[\w-]{20,}"),
    _form("eyJ", "JWT", r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    _form("AKIA|ASIA", "AWS key", r"(?<![A-Za-z0-9])A(?:KI|SI)A[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _form("gh|github_pat_", "GitHub token", r"(?<!\w)(?:gh[posru]_\w{20,}|github_pat_\w{20,})"),
    _form("glpat-", "GitLab token", r"glpat-[\w-]{16,}"),
    _form("xox", "Slack token", r"xox[abeoprs]-[\w-]{10,}"),
    _form("k_live_|k_test_", "Stripe key", r"(?<!\w)[sr]k_(?:live|test)_\w{10,}"),
    _form("AIza", "Google key", r"AIza[\w-]{35}"),
    _form("PRIVATE KEY-----", "private key", r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----"),
)
"""What each holds at least one of, its kind, and how it looks."""

_USERINFO: Final = re.compile(r"://[^\s/?#\"'<>\\@:]{0,256}:(?P<value>[^\s/?#\"'<>\\@]{1,256})@")
_BASIC: Final = re.compile(r"(?i:\bbasic) (?P<value>[A-Za-z0-9+/=_-]{6,})", re.ASCII)
_BEARER: Final = re.compile(r"(?i:\bbearer) (?P<value>[\w.~+/=-]{8,})", re.ASCII)

_QUOTE: Final = r"\\{0,3}[\"']"
_QUOTED: Final = re.compile(
    rf"{_QUOTE}(?P<name>[\w. $-]{{1,64}}){_QUOTE}\s{{0,8}}(?P<between>:|=>|=|,)\s{{0,8}}"
    rf"{_QUOTE}(?=(?P<value>[^\"'\\]{{1,1024}}))"
)
"""``"password": "x"``, also within a string; ``["x-auth-token", "x"]``."""

_PAIR: Final = re.compile(
    r"(?P<before>[?&]|(?<![\w.$-]))(?P<name>[A-Za-z_][\w.-]{1,63})="
    r"(?=(?P<value>[^\s&;\"'<>`,)\]}]{1,1024}))"
)
"""``password=x`` in a query, a form, a cookie or a command line."""

_HEADER: Final = re.compile(
    r"(?:^|(?<=[\s'\"`>|(]))(?P<name>[A-Za-z_][\w-]{1,63}):[ \t]{1,8}"
    r"(?=(?P<value>[^\s\"'`<>|][^\r\n]{0,1024}))"
)
"""``X-Auth-Token: x`` at the beginning of a line, a word or a quoted argument."""

_OPTION: Final = re.compile(
    r"(?<![\w-])--?(?P<name>[A-Za-z][\w-]{2,63}) (?=(?P<value>[^\s\"'-][^\s\"'<>]{0,1024}))"
)
"""``--password x``."""

_LABEL: Final = re.compile(
    rf"{_QUOTE}(?i:name|key|header|field){_QUOTE}\s{{0,8}}:\s{{0,8}}"
    rf"{_QUOTE}(?P<name>[\w.-]{{1,64}}){_QUOTE}\s{{0,8}},?\s{{0,8}}"
)
_LABELLED: Final = re.compile(
    rf"\s*{_QUOTE}(?i:value){_QUOTE}\s{{0,8}}:\s{{0,8}}{_QUOTE}(?=(?P<value>[^\"'\\]{{1,1024}}))"
)
"""``"name": "x-auth-token", "value": "x"``: headers in JSON and in HAR, perhaps in two lines."""

_CODES: Final = re.compile(r"\\u([0-9a-fA-F]{4})|<U\+([0-9A-Fa-f]{4,5})>|#([0-9]{2,6});")
_SCHEME: Final = re.compile(r"(?:[A-Za-z][\w-]{2,31})\s+(?=\S)")
_HARMLESS: Final = re.compile(
    r"""
    ‹[^‹›]{1,40}›(?!\w).* | ‹[^‹›]{0,40}
  | <[^<>]*>? | \{\{?[\w.\ -]*\}?\}? | \$\{?\w.* | %[\w()]*%?
  | \W* | [xX*•…]{3,}
  | (?:true|false|null|none|nil|undefined|string|text|bytes|number|required|optional)
  | [\[(*]{0,3}(?:redacted|hidden|masked|filtered|removed|secret)[\])*]{0,3}
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
"""Markers, cut ones at the end of a piece too, placeholders, masks and words for nothing."""

_CODE: Final = re.compile(r"[\w$.!]*[A-Za-z_$][\w$]*(?:[(\[]|\.[a-zA-Z_$]).*", re.DOTALL)
"""A call, a subscript or an attribute in a script: ``token=next(…)``."""

_ISSUED: Final = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[\w.~+/=:%-]{16,}", re.ASCII)
"""At least 16 characters, letters and digits among them: no word."""

_COOKIES: Final = frozenset({"cookie", "set-cookie", "cookie2", "set-cookie2"})
_AUTHORIZATIONS: Final = frozenset({"authorization", "proxy-authorization"})
_LAST_CODE: Final = 0x10FFFF


class Patterns:
    """Looks at one piece of text after another.

    Args:
        names: tells whose values are secret.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._label = ""

    def kinds(self, raw: str) -> Iterator[str]:
        """Yield the kinds of secrets in a line or a piece of one, perhaps repeatedly."""
        text = _undone(raw)
        yield from _forms(text)
        yield from self._labels(text)
        for match in _QUOTED.finditer(text):
            sure = match["between"] != ","
            if self._is_secret(match["name"], match["value"], sure=sure):
                yield _kind(match["name"])
        for match in _HEADER.finditer(text):
            if self._in_header(match["name"], match["value"]):
                yield _kind(match["name"])
        for match in _PAIR.finditer(text):
            if self._in_pair(match["name"], match["value"], in_query=bool(match["before"])):
                yield _kind(match["name"])
        for match in _OPTION.finditer(text):
            if self._in_pair(match["name"], match["value"], in_query=False):
                yield _kind(match["name"])

    def _labels(self, text: str) -> Iterator[str]:
        label, self._label = self._label, ""
        at = 0
        # The value of the label that the line before ended with.
        found = _LABELLED.match(text) if label else None
        if found is not None and self._is_secret(label, found["value"], sure=True):
            yield _kind(label)
        for match in _LABEL.finditer(text):
            at = match.end()
            found = _LABELLED.match(text, at)
            if found is not None and self._is_secret(match["name"], found["value"], sure=True):
                yield _kind(match["name"])
            if at == len(text):
                self._label = match["name"]

    def _is_secret(self, name: str, value: str, *, sure: bool) -> bool:
        """Judge a value; unless the context is ``sure`` it must look issued by a machine."""
        sensitivity = self._names.sensitivity(name)
        if sensitivity is Sensitivity.NONE or _is_harmless(name, value):
            return False
        if sure and sensitivity is not Sensitivity.MAYBE:
            return True
        return _ISSUED.match(_without_scheme(name, value)) is not None

    def _in_header(self, name: str, value: str) -> bool:
        lower = name.lower()
        if lower in _COOKIES:
            pairs = [value] if lower.startswith("set") else value.split(";")
            values = (pair.partition(";")[0].rpartition("=")[2] for pair in pairs)
            return any(not _HARMLESS.fullmatch(part.strip(" '\"\\")) for part in values)
        sensitivity = self._names.sensitivity(name)
        # Without a dash this may be an entry of a script or a style sheet.
        sure = "-" in name or lower in _AUTHORIZATIONS
        if sensitivity is Sensitivity.HUMAN:
            sure = sure or not _CODE.fullmatch(value)
        return self._is_secret(name, value.rstrip("'\"` \\|,;"), sure=sure)

    def _in_pair(self, name: str, value: str, *, in_query: bool) -> bool:
        sensitivity = self._names.sensitivity_in_query(name)
        if sensitivity is Sensitivity.NONE or _is_harmless(name, value):
            return False
        if in_query and sensitivity is not Sensitivity.MAYBE:
            return True
        if sensitivity is Sensitivity.HUMAN:
            return not _CODE.fullmatch(value)
        return _ISSUED.match(value) is not None


def _undone(raw: str) -> str:
    """Undo what formats do to text."""
    text = _CODES.sub(_character, raw) if "\\u" in raw or "U+" in raw or "#" in raw else raw
    text = html.unescape(text) if "&" in text else text
    return unquote(text) if "%" in text else text


def _character(match: re.Match[str]) -> str:
    of_json, of_plantuml, of_mermaid = match.groups()
    code = int(of_mermaid) if of_mermaid else int(of_json or of_plantuml, 16)
    return chr(code) if code <= _LAST_CODE else match[0]


def _forms(text: str) -> Iterator[str]:
    """Yield the kinds of what is known by its own form; most text has no trace of any."""
    for needles, kind, pattern in _FORMS:
        if any(needle in text for needle in needles) and pattern.search(text):
            yield kind
    lower = text.lower()
    if "://" in text and "@" in text:
        passwords = (match["value"] for match in _USERINFO.finditer(text))
        if any(not _HARMLESS.fullmatch(password) for password in passwords):
            yield "password in a URL"
    if "basic " in lower and any(_is_basic(match["value"]) for match in _BASIC.finditer(text)):
        yield "Basic credentials"
    if "bearer " in lower and any(
        _ISSUED.fullmatch(match["value"]) for match in _BEARER.finditer(text)
    ):
        yield "Bearer token"


def _is_basic(value: str) -> bool:
    """Say whether this is RFC 7617's base64 of ``user:password``, and no word of prose."""
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except ValueError:
        return False
    return b":" in decoded


def _without_scheme(name: str, value: str) -> str:
    return _SCHEME.sub("", value, count=1) if name.lower() in _AUTHORIZATIONS else value


def _is_harmless(name: str, value: str) -> bool:
    return _HARMLESS.fullmatch(_without_scheme(name, value.strip()).strip()) is not None


def _kind(name: str) -> str:
    return f"value of {name.strip()}"
