"""Values that stand near a secret's name, whatever the format puts between them.

``define('DB_PASSWORD', '…')``, ``["--password", "…"]``, ``{"path": "/password", "value": "…"}``,
``<entry key="password">…``, ``password: &pw …``: formats differ in what is between a name and its
value, but it is always marks and a few words of theirs. Where a line ends in between, the next one
goes on. Unlike where a name and its value are written with nothing but a colon or an equals sign,
a value must look chosen or issued here, as no word of prose does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from otelhook.scan.meanings import is_other
from otelhook.scan.names import Names, Suspicion
from otelhook.scan.words import HARMLESS, ISSUED, is_word_for_one

__all__ = ["Nearby"]

_STEM: Final = re.compile(
    r"pass|pwd|secret|token|cred|cookie|key|auth|psk|jwt|otp|csrf|xsrf|kennwort|senha|mnemonic"
    r"|code|session|saml|verifier|signature",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"(?<![\w‹])(?:(?<=[\"'])[\w./:-]{3,80}|[A-Za-z_][\w.-]{2,80})")
_FILLER: Final = (
    r"(?:parameter|config|field|string|typed?|secret|text)?_?values?|content|string|str|text|plain"
    r"|raw|data|current|previous|default|stringvalue|sensitive|masked|true|false|public|private"
    r"|static|final|const|let|var|is|was|to|set|export|params?|object|payloads?|bytes|body|[SNB]"
)
_PAIR: Final = (
    r"(?:[\"']?\w{1,32}[\"']?\s{0,4}:\s{0,4}(?:true|false|null|\d{1,6})"
    r"|[\"']?(?:\w{0,16}type|op|sensitive|masked|protected|encrypted|scope|version|format|encoding)"
    r"[\"']?\s{0,8}[:=]\s{0,4}[\"']?[\w.-]{0,32}[\"']?|\s(?:name|id|class|type)=[\"']?[\w.-]{0,32}[\"']?)"
)
_GAP: Final = re.compile(
    rf"""(?:
        >[-+] | -\s | <!\[CDATA\[ | !\w{{1,16}}\s | &\w{{1,24}}\s
      | (?i:{_PAIR})(?=[\s,;/>}}]|\Z)
      | (?<!\w)(?i:{_FILLER})(?=[\s"'\\:=,>\]}})<({{\[]|\Z)
      | [\s"'`\\:=,>\[\]{{}}()|&;]
      | </?[\w:.-]{{1,48}}(?:\s[^<>]{{0,160}})?>
    ){{1,80}}""",
    re.VERBOSE,
)
_BLOCK: Final = re.compile(r":\s*[|>][-+]?\s*\n\s+\Z")
"""A block of YAML: what is below is the value, whatever it looks like."""
_TAG: Final = re.compile(r"[^<>]{0,256}>")
_OPENS: Final = re.compile(r"<(?:[\w.-]{1,32}:)?\Z")
_REFERENCES: Final = ("${", "{{ ", "$")
_CLOSES: Final = re.compile(r"</(?:[\w.-]{1,32}:)?\Z")
_LONGEST_PREFIX: Final = 35
_TEMPLATES: Final = ("{{", "${", "$(", "<%")
_QUOTED: Final = re.compile(r"[^\"'`\\<>\r\n]{4,512}")
_BARE: Final = re.compile(r"[^\s\"'`<>,;|)\]}\\]{4,512}")
_IS_A_NAME: Final = re.compile(r"\\{0,3}[\"']?\s{0,4}(?:=>|[:=](?!=))|\(|\.\w{1,32}\(")
_REVERSE: Final = re.compile(
    rf"""(?i:value|content|\bdata)\w{{0,8}}[\"']?\s{{0,4}}[:=]\s{{0,4}}[\"']?
    (?P<value>[^\"'<>\r\n]{{4,512}}?)[\"']?[\s,]{{1,8}}(?:(?i:{_PAIR})[\s,]{{1,8}}){{0,3}}
    [\"']?(?i:\w{{0,16}}(?:name|key|path|id|type|label|header|field))[\"']?\s{{0,4}}[:=]\s{{0,4}}
    [\"']?(?P<name>[\w./:-]{{2,80}})""",
    re.VERBOSE,
)
_INPUT: Final = re.compile(
    r"<input\b(?=[^<>]{0,512}\stype=[\"']?password)[^<>]{0,512}?\svalue=[\"']?(?P<value>[^\s\"'<>]{3,256})",
    re.IGNORECASE,
)
_LONGEST_TAIL: Final = 320
_MOST_LINES: Final = 5
_WORDS: Final = re.compile(
    r"[A-Za-z]{1,20}(?:[-_.:/ ][A-Za-z]{1,20}){0,12}[.:,;!?]?|[\d.,:/-]{1,12}"
)
_TEMPLATE: Final = re.compile(
    r"[\[{(<$%].*|.*(?:\(\)|\]|\}|\))$|[A-Za-z_][\w.]*[\[(].*|[\w.-]+=(?!=*$).*|[A-Za-z_-]+=|(?:https?|file|arn|urn):.*|/[\w./-]*"
)
_MAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d.*|\d{1,2}:\d\d.*|\d[\d.]{0,12}[numk]?[smhb]")
_IDENTIFIER: Final = re.compile(
    r"[a-z]{2,20}(?:[A-Z][a-z]{1,20}){1,4}|[A-Z][a-z]{1,20}(?:[A-Z][a-z]{1,20}){1,4}|HTTP/[\d.]+"
)
_PLACE: Final = re.compile(r"\.?[A-Za-z_]{1,64}\d{0,2}(?:(?:\[\]|\.)[A-Za-z_]{0,64}\d{0,2}){0,16}")
"""``body.auth.secretKey``: where something was, as a document says it."""
_IS_NUMBER: Final = re.compile(r"(?i)(?:otp|pin|code)s?\Z")
_NUMBER: Final = re.compile(r"[0-9]{4,8}(?![\w.:-])")
_SHORTEST: Final = 4


class Nearby:
    """Reads piece after piece and remembers a name whose value may stand in the next one."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._tail = ""
        self._lines = 0

    def kinds(self, text: str) -> Iterator[str]:
        """Yield the names whose values stand near them."""
        tail, self._tail = self._tail, ""
        if tail:
            yield from self._after(tail + "\n" + text, len(tail), from_tail=True)
        if not self._tail:
            self._lines = 0
        if _STEM.search(text) is None:
            return
        yield from self._after(text, 0, from_tail=False)
        for match in _INPUT.finditer(text):
            if not HARMLESS.fullmatch(match["value"]):
                yield "password"
        for match in _REVERSE.finditer(text):
            name, value = match["name"], match["value"]
            if self._is_secret(name) and (_is_number_of(name, value, 0) or _looks_chosen(value)):
                yield name

    def _after(self, text: str, floor: int, *, from_tail: bool) -> Iterator[str]:
        """Yield names whose values come after them, beyond ``floor``."""
        for match in _NAME.finditer(text, 0, floor or len(text)):
            name = match.group().strip(":./-")
            if not self._is_secret(name):
                continue
            head = text[max(0, match.start() - _LONGEST_PREFIX) : match.start()]
            if _CLOSES.search(head) or head.endswith(_REFERENCES):
                continue
            start = match.end()
            tag = _TAG.match(text, start) if _OPENS.search(head) else None
            gap = _GAP.match(text, tag.end() - 1 if tag else start)
            end = start if gap is None else gap.end()
            if end == len(text):
                self._remember(text[match.start() :])
            elif (
                gap is not None
                and end >= floor
                and (_value_at(text, end, gap.group(), name) or _is_number_of(name, text, end))
            ):
                yield name
            if from_tail:
                return

    def _remember(self, tail: str) -> None:
        if len(tail) <= _LONGEST_TAIL and self._lines < _MOST_LINES:
            self._tail = tail
            self._lines += 1

    def _is_secret(self, name: str) -> bool:
        last = re.split(r"[/.:]", name.rstrip("/.:"))[-1]
        if last.lower().endswith("authorization"):
            return False  # a scheme comes first
        if "://" in name:
            return False
        return bool(last) and self._names.suspicion(last) in (Suspicion.ISSUED, Suspicion.CHOSEN)


def _value_at(text: str, at: int, gap: str, name: str) -> bool:
    """Return whether a secret value begins here, and no further name."""
    quote = text[at - 1]
    pattern = _QUOTED if quote in "\"'`" else _BARE
    match = pattern.match(text, at)
    if match is None or _IS_A_NAME.match(text, match.end()):
        return False
    if any(mark in gap for mark in _TEMPLATES) or is_other(name, match.group().partition("&")[0]):
        return False
    if _BLOCK.search(gap):
        return not HARMLESS.fullmatch(match.group())
    return _looks_chosen(match.group())


def _is_number_of(name: str, text: str, at: int) -> bool:
    """Return whether a code of digits begins here, under the name of one."""
    return bool(_IS_NUMBER.search(name)) and _NUMBER.match(text, at) is not None


def _is_place(value: str) -> bool:
    return ("." in value or "_" in value) and _PLACE.fullmatch(value) is not None


def _is_named(value: str) -> bool:
    """Return whether this only names a secret, or where one was."""
    return _is_place(value) or is_word_for_one(value)


_CODINGS: Final = frozenset({"base64", "base32", "utf8", "utf-8", "ascii85", "sha256", "sha1"})
_DRAWN: Final = re.compile("[\u2026\u2500-\u257f]")
"""What our own diagrams cut words off with, and draw frames with."""


def _looks_chosen(value: str) -> bool:
    """Return whether this is more of a password or token than of words, a path or a template."""
    value = _DRAWN.split(value.strip(), maxsplit=1)[0].rstrip(".,;")
    if len(value) < _SHORTEST or value[0] in "-.@" or "‹" in value or HARMLESS.fullmatch(value):
        return False
    if _WORDS.fullmatch(value) or _TEMPLATE.fullmatch(value) or _MAIL.fullmatch(value):
        return False
    if (
        value in _CODINGS
        or _DATE.fullmatch(value)
        or _IDENTIFIER.fullmatch(value)
        or _is_named(value)
    ):
        return False
    if ISSUED.fullmatch(value):
        return True
    if " " in value:
        return False
    has_digit = any(sign.isdigit() for sign in value)
    has_letter = any(sign.isalpha() for sign in value)
    mixed = value != value.lower() and value != value.upper()
    signs = any(not sign.isalnum() and sign not in "-_./:" for sign in value)
    return has_letter and (has_digit or signs or (mixed and not value.istitle()))
