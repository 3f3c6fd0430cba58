"""What a secret that was left in a document looks like.

Nothing here shares code or lists with redaction, so that a mistake there is found here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import unquote

from otelhook.scan.credentials import credentials, users
from otelhook.scan.forms import formed
from otelhook.scan.headings import Headings
from otelhook.scan.laid_out import LaidOut
from otelhook.scan.links import links
from otelhook.scan.meanings import is_choice, is_other
from otelhook.scan.names import Names, Suspicion
from otelhook.scan.nearby import Nearby
from otelhook.scan.objects import Objects
from otelhook.scan.parts import Parts
from otelhook.scan.places import placed
from otelhook.scan.statements import named_values, said
from otelhook.scan.strings import encoded, texts_within
from otelhook.scan.structures import Structures
from otelhook.scan.words import HARMLESS, ISSUED, is_said, is_word_for_one
from otelhook.scan.wrappings import unwrapped

__all__ = ["Patterns"]


_QUOTE: Final = r"\\{0,3}[\"']"
_QUOTED: Final = re.compile(
    rf"{_QUOTE}(?P<name>[\w. $-]{{1,64}}){_QUOTE}\s{{0,8}}(?P<between>:|=>|=|,)\s{{0,8}}"
    rf"{_QUOTE}(?=(?P<value>[^\"'\\]{{1,1024}}))"
)
"""``"password": "x"``, also within a string; ``["x-auth-token", "x"]``."""

_PAIR: Final = re.compile(
    r"(?P<before>[?&]|(?<![\w.$-])|(?<=--)|(?<=-D))(?P<name>[A-Za-z_][\w.$\[\]-]{1,63})"
    r"[ \t]{0,4}=[ \t]{0,4}(?![0-9]{1,3};)(?=(?P<value>[^\s&;\"'<>`,)\]}]{1,1024}))"
)
"""``password=x`` in a query, a form, a cookie or a command line."""

_HEADER: Final = re.compile(
    r"(?:^|(?<=[\s'\"`>|(*])|(?<=\\n))(?P<name>[^\W\d][\w.-]{1,63})[ ]?:"
    r"\*{0,2}[ \t]{1,8}`?\\{0,3}['\"]?"
    r"(?=(?P<value>[^\s\"'`<>|][^\r\n]{0,1024}))"
)
"""``X-Auth-Token: x`` at the beginning of a line, a word or a quoted argument."""

_ROW: Final = re.compile(
    r"\|\s{0,4}`(?P<name>[A-Za-z_][\w.\[\]-]{1,63})`(?:\s{0,4}\|){1,3}\s{0,4}"
    r"`(?=(?P<value>[^`]{1,1024}))"
)
"""``| `code` | `x` |``: a form or a query as a table of Markdown; that of a multipart body has two
columns between, with nothing in them where a part is no file."""

_KEY_FIRST: Final = re.compile(r"[a-z][a-z_-]{1,31}:\s+\S")
"""What goes on with a key of its own: a block of YAML whose lines were joined."""

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

_TEXT: Final = re.compile(r"[A-Za-z]{1,12}")
"""A word, as tokens of text are."""
_SHELL_VARIABLE: Final = re.compile(r"""'?"\$\{?(\w+)\}?"'?""")
_CODES: Final = re.compile(r"\\u([0-9a-fA-F]{4})|<U\+([0-9A-Fa-f]{4,5})>|(?<!&)#([0-9]{2,6});")
_SCHEME: Final = re.compile(r"(?:[A-Za-z][\w-]{2,31})\s+(?=\S)")
_CODE: Final = re.compile(r"[\w$.!]*[A-Za-z_$][\w$]*(?:[(\[]|\.[a-zA-Z_$]).*", re.DOTALL)
"""A call, a subscript or an attribute in a script: ``token=next(…)``."""

_NAME_OF_HEADER: Final = re.compile(r"[A-Za-z]{1,24}(?:-[A-Za-z]{1,24}){0,6}")
_LONG_RUN: Final = re.compile(r"(?<!‹token:)(?=[^0-9]{0,64}[0-9])[A-Za-z0-9+/_=-]{16,}")
_PREFERENCE: Final = re.compile(
    r"(?:theme|lang|language|locale|consent|currency|country|tz|timezone|view|sort)\w{0,8}"
    r"=[A-Za-z]{2,12}(?:[-_][A-Za-z]{2,8})?|_g\w{1,16}=G\w\d[.\d]{4,40}",
    re.IGNORECASE,
)
"""What a browser keeps that lets nobody in: ``lang=de``."""
_COOKIES: Final = frozenset({"cookie", "set-cookie", "cookie2", "set-cookie2"})
_AUTHORIZATIONS: Final = frozenset({"authorization", "proxy-authorization"})
_PATH: Final = re.compile(r"/?(?:[\w.-]{1,64}/){1,16}[\w.-]{1,64}\.[A-Za-z]\w{1,4}")
_COUNT: Final = re.compile(r"\d{1,4}\b|(?i:test|spec)[\w.:-]*|[^()]*\([\d.]+ ?m?s\b")
_ESCAPED_SIGN: Final = re.compile(r"(?<!\\)\\(?=[-/:.=])")
"""As reStructuredText has signs of text, and some programs a slash in JSON."""
_ESCAPED: Final = re.compile(r"\\[nrt]")
_LAST_CODE: Final = 0x10FFFF


_GOES_ON: Final = frozenset(
    {
        *("to", "is", "or", "and", "for", "in", "on", "with", "the", "a", "an", "as"),
        *("option", "flag", "argument", "requires", "must", "may", "can", "cannot"),
        *("should", "will", "from", "of", "not", "was", "were", "has", "instead", "when"),
        *("if", "are", "be", "parameter", "options", "which", "takes", "expects"),
        *("needs", "accepts", "sets", "specifies", "without", "before", "but"),
    }
)
"""Words after an option in a sentence about it."""


class Patterns:
    """Looks at one piece of text after another.

    Args:
        names: tells whose values are secret.
        own: the user's own patterns of secrets.
    """

    def __init__(self, names: Names, own: tuple[re.Pattern[str], ...] = ()) -> None:
        self._own = own
        self._names = names
        self._label = ""
        self._objects = Objects(self._is_secret, self._is_variable)
        self._nearby = Nearby(names)
        self._headings = Headings(names)
        self._laid_out = LaidOut(self._is_variable)
        self._parts = Parts(names, self._is_variable)
        self._structures = Structures(names)

    def kinds(self, raw: str) -> Iterator[str]:
        """Yield the kinds of secrets in a line or a piece of one, perhaps repeatedly."""
        plain = _undone(raw)
        text = unquote(plain) if "%" in plain else plain
        text = unquote(text) if "%25" in plain else text
        yield from formed(_ESCAPED.sub(" ", text) if "\\" in text else text)
        yield from credentials(text)
        yield from users(plain)
        yield from links(text)
        yield from self._objects.kinds(text)
        if any(_left(match) for pattern in self._own for match in pattern.finditer(text)):
            yield "what redact_patterns says"
        yield from (kind for kind, value in said(text) if not HARMLESS.fullmatch(value))
        yield from placed(text)
        for document in encoded(text):
            yield from map(_kind, Structures(self._names).kinds(document))
            yield from (_kind(name) for name, value in self._named(document) if value)
        for lines in texts_within(raw):
            yield from self._within(lines)
        yield from self._labels(text)
        yield from (_kind(name) for name, value in self._named(text) if value)
        yield from map(_kind, self._nearby.kinds(text))
        wrapped = list(unwrapped(plain))
        inner = [unquote(line) for line in wrapped]
        for line in wrapped:
            yield from users(line)
        for line in inner:
            yield from credentials(line)
            yield from placed(line)
            yield from (kind for kind, value in said(line) if not HARMLESS.fullmatch(value))
            yield from (_kind(name) for name, value in self._named(line) if value)
        for line in inner or (text,):
            yield from map(_kind, self._headings.kinds(line))
            yield from map(_kind, self._laid_out.kinds(line))
            yield from map(_kind, self._parts.kinds(line))
            yield from map(_kind, self._structures.kinds(line))

    def _within(self, lines: Sequence[str]) -> Iterator[str]:
        """Yield the kinds of secrets in a text that is all here, by its lines."""
        structures, headings = Structures(self._names), Headings(self._names)
        for raw in lines:
            line = _undone(raw)
            line = unquote(line) if "%" in line else line
            yield from placed(line)
            yield from map(_kind, structures.kinds(line))
            yield from map(_kind, headings.kinds(line))
            yield from map(_kind, self._parts.kinds(line))
            yield from (_kind(name) for name, value in self._named(line) if value)

    def _named(self, text: str) -> Iterator[tuple[str, bool]]:
        """Yield the names in a text, and whether a secret stands after each."""
        for name, value in named_values(text):
            yield name, self._is_secret(name, value, sure=True)
        for match in _QUOTED.finditer(text):
            name, value = match["name"], match["value"]
            sure = match["between"] != "," or self._is_header_pair(name, value)
            yield name, self._is_secret(name, value, sure=sure)
        for match in _HEADER.finditer(text):
            yield match["name"], self._in_header(match["name"], match["value"])
        for match in _PAIR.finditer(text):
            in_query = bool(match["before"])
            yield match["name"], self._in_pair(match["name"], match["value"], in_query=in_query)
        for match in _ROW.finditer(text):
            yield match["name"], self._in_pair(match["name"], match["value"], in_query=True)
        for match in _OPTION.finditer(text):
            value = match["value"].split(" ")[0].rstrip("])}.,")
            if value.lower() not in _GOES_ON and not (value.isupper() and value.isalpha()):
                yield match["name"], self._in_pair(match["name"], value, in_query=False)

    def _is_header_pair(self, name: str, value: str) -> bool:
        """Return whether ``["x-auth-key", "hunter2"]`` is a header, and no list of header names."""
        lower = name.lower()
        header = lower.startswith("x-") or lower in _AUTHORIZATIONS or lower in _COOKIES
        return header and _NAME_OF_HEADER.fullmatch(value) is None

    def _is_variable(self, name: str, value: str) -> bool:
        return self._in_pair(name, value, in_query=True)

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
        suspicion = self._names.suspicion(name)
        if suspicion is Suspicion.NONE and "-signature" in name.lower():
            in_header = self._names.in_query(name)
            return in_header is not Suspicion.NONE and bool(_LONG_RUN.search(value))
        if name.lower() in _COOKIES:
            return _in_cookies(name.lower(), value)
        is_text = name.lower() in ("token", "tokens") and _TEXT.fullmatch(value)
        if suspicion is Suspicion.NONE or is_text or _is_harmless(name, value):
            return False
        if name.lower() == "x-container-sync-auth":
            return sure
        if sure and suspicion is not Suspicion.IF_ISSUED:
            return True
        return _is_issued(_without_scheme(name, value))

    def _in_header(self, name: str, value: str) -> bool:
        lower = name.lower()
        if lower in _COOKIES:
            return _in_cookies(lower, value)
        suspicion = self._names.in_query(name)
        # Without a dash this may be an entry of a script or a style sheet.
        sure = "-" in name or lower in _AUTHORIZATIONS
        if suspicion is Suspicion.CHOSEN:
            sure = sure or not _CODE.fullmatch(value)
        value = value.rstrip("'\"` \\|,;")
        if (
            "-" not in name
            and lower not in _AUTHORIZATIONS
            and HARMLESS.fullmatch(value.split(" ")[0])
        ):
            return False
        if "signature" in lower:
            return suspicion is not Suspicion.NONE and bool(_LONG_RUN.search(value))
        if suspicion is Suspicion.IF_ISSUED and "-" in name:
            return any(map(ISSUED.fullmatch, value.split()))
        return self._is_secret(name, value, sure=sure)

    def _in_pair(self, name: str, value: str, *, in_query: bool) -> bool:
        if name.lower() in _COOKIES and "=" in value:
            return _in_cookies(name.lower(), value)
        suspicion = self._names.in_query(name) if in_query else self._names.suspicion(name)
        if suspicion is Suspicion.NONE or _is_harmless(name, value):
            return False
        if in_query and suspicion is not Suspicion.IF_ISSUED:
            return True
        if suspicion is Suspicion.CHOSEN:
            return not _CODE.fullmatch(value)
        return _is_issued(value)


def _is_issued(value: str) -> bool:
    return ISSUED.match(value) is not None and _PATH.fullmatch(value) is None


def _undone(raw: str) -> str:
    """Undo what formats do to text."""
    raw = raw.replace("\uff1a", ": ") if "\uff1a" in raw else raw
    raw = _ESCAPED_SIGN.sub("", raw) if "\\" in raw else raw
    text = _CODES.sub(_character, raw) if "\\u" in raw or "U+" in raw or "#" in raw else raw
    for quoted in ("'\\''", "'\"'\"'"):  # a shell's
        text = text.replace(quoted, "'") if quoted in text else text
    text = _SHELL_VARIABLE.sub(r"$\1", text) if '"$' in text else text
    return html.unescape(text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    of_json, of_plantuml, of_mermaid = match.groups()
    code = int(of_mermaid) if of_mermaid else int(of_json or of_plantuml, 16)
    return chr(code) if code <= _LAST_CODE else match[0]


def _left(match: re.Match[str]) -> bool:
    """Return whether a match of a user's pattern is a leftover: its first group, or all of it."""
    value = (match[1] if match.re.groups else None) or match[0]
    return "‹" not in value and not HARMLESS.fullmatch(value)


def _in_cookies(name: str, value: str) -> bool:
    if "=" not in value and " " in value.strip():
        return False  # a sentence about cookies
    pairs = [value] if name.startswith("set") else value.split(";")
    values = (pair.partition(";")[0].partition("=") for pair in pairs)
    return any(
        not HARMLESS.fullmatch((part if equals else name).strip(" '\"\\"))
        and not (equals and is_choice(name.strip(), part.strip(" '\"\\")))
        and not (equals and _PREFERENCE.fullmatch(f"{name.strip()}={part.strip()}"))
        for name, equals, part in values
    )


def _without_scheme(name: str, value: str) -> str:
    return _SCHEME.sub("", value, count=1) if name.lower().endswith("authorization") else value


def _is_harmless(name: str, value: str) -> bool:
    if name.lower() == "pass" and _COUNT.match(value):
        return True
    if name[-1] == "[" or is_other(name, value.strip(" '\"")):
        return True
    if _KEY_FIRST.match(value) or is_said(value) or is_word_for_one(value):
        return True  # keys within are judged for themselves
    return HARMLESS.fullmatch(_without_scheme(name, value.strip(" '\"")).strip()) is not None


def _kind(name: str) -> str:
    return f"value of {name.strip()}"
