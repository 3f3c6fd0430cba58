"""Secrets that the object around them tells, in JSON over one or several lines.

``"token": {"id": …}``, ``"passwords": [… ]``, a Kubernetes Secret's data, barbican's payload,
Azure's named keys. Also what a document's own lines tell: the variables below a diagram.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from otelhook.scan.words import HARMLESS, ISSUED

__all__ = ["Objects"]

_QUOTE: Final = r"\\{0,3}[\"']"
_OPENED: Final = re.compile(
    rf"{_QUOTE}(?P<name>[\w.-]{{1,64}}){_QUOTE}\s{{0,8}}:\s{{0,8}}(?P<mark>[\[{{])\s*"
)
_INNER: Final = {
    "{": re.compile(
        rf"[^{{}}]{{0,512}}?{_QUOTE}(?P<key>id|value|signature){_QUOTE}\s{{0,8}}:\s{{0,8}}{_QUOTE}"
        rf"(?P<value>[^\"'\\]{{1,1024}})"
    ),
    "[": re.compile(r"\s*\\{0,3}(?P<quote>[\"'])(?P<value>(?:(?!(?P=quote))[^\\]){1,1024})"),
}
"""``"token": {"id": "x"}`` and ``"passwords": ["x"]``, perhaps in two lines."""
_BRACKET: Final = re.compile(r"[\[\]{}]")
_PAYLOAD: Final = re.compile(
    rf"{_QUOTE}payload{_QUOTE}\s{{0,8}}:\s{{0,8}}{_QUOTE}(?P<value>[^\"'\\]{{1,1024}})"
)
_SECRET_KIND: Final = re.compile(rf"{_QUOTE}?kind{_QUOTE}?\s{{0,8}}:\s{{0,8}}{_QUOTE}?Secret\b")
_SECRET_DATA: Final = re.compile(
    rf"{_QUOTE}(?:data|stringData){_QUOTE}\s{{0,8}}:\s{{0,8}}\{{\s{{0,8}}"
    rf"(?:{_QUOTE}[\w.-]{{1,64}}{_QUOTE}\s{{0,8}}:\s{{0,8}}{_QUOTE}(?P<value>[^\"'\\]{{1,1024}})|$)"
)
_SIGNATURE: Final = re.compile(
    rf"{_QUOTE}signature{_QUOTE}\s{{0,8}}:\s{{0,8}}{_QUOTE}(?P<value>[\w+/=-]{{24,}})"
)
_KEY_NAME: Final = re.compile(rf"{_QUOTE}keyName{_QUOTE}\s{{0,8}}:")
_KEY_VALUE: Final = re.compile(
    rf"{_QUOTE}value{_QUOTE}\s{{0,8}}:\s{{0,8}}{_QUOTE}[A-Za-z0-9+/]{{40,}}={{0,2}}{_QUOTE}"
)
_VARIABLE: Final = re.compile(r"^\{(?P<name>[\w.-]{1,64})\}\s{1,8}(?P<value>\S{1,1024})")
"""``{token}  x``: the variables below a diagram."""
_PUTTY: Final = re.compile(r"Private-Lines: [0-9]+\s{0,4}$")
_LINE_OF_KEY: Final = re.compile(r"\s{0,16}[A-Za-z0-9+/]{16,}={0,2}\s{0,4}")
_MEMBER: Final = re.compile(
    rf"{_QUOTE}[\w.-]{{1,64}}{_QUOTE}\s{{0,8}}:\s{{0,8}}{_QUOTE}(?P<value>[^\"'\\]{{1,1024}})"
)
_YAML_KIND: Final = re.compile(r"[ -]{0,16}kind:\s{1,8}[\"']?Secret[\"']?\s*$")
_YAML_LINE: Final = re.compile(
    r"[ ]{0,64}[\"']?(?P<key>[\w.-]{1,253})[\"']?:"
    r"(?:\s{1,16}[\"']?(?P<value>[^\s\"'].{0,1024}?))?[\"']?\s*$"
)
_NAMES_OF_SOME: Final = re.compile(r"(?i:\w*(?:secret|token)s)=[a-z]{2,24}(?:-[a-z]{2,24}){0,4}")
"""``"pullSecrets": ["regcred"]``: the names of secrets."""
_NEAR: Final = 12
"""Lines within which one part of an object is looked for after another."""


class _IsSecret(Protocol):
    def __call__(self, name: str, value: str, *, sure: bool) -> bool: ...


class Objects:
    """Reads line after line and remembers what was opened.

    Args:
        is_secret: judges a value under a name.
        is_variable: judges the value of a variable of a path or query.
    """

    def __init__(self, is_secret: _IsSecret, is_variable: Callable[[str, str], bool]) -> None:
        self._is_secret = is_secret
        self._is_variable = is_variable
        self._opened: tuple[str, str] | None = None
        self._payload = self._secret = self._key_name = _NEAR
        """Lines since each was seen."""
        self._after_putty = False
        self._manifest = -1
        """How far a Secret's data is indented in YAML, plus one; 0 after its kind, else -1."""

    def kinds(self, text: str) -> Iterator[str]:
        """Yield what an object says of a member, here or in the line before."""
        opened, self._opened = self._opened, None
        if opened is not None:
            yield from self._inner(opened, text, 0)
        for match in _OPENED.finditer(text):
            yield from self._inner((match["name"], match["mark"]), text, match.end())
        yield from self._near(text)
        yield from self._lines(text)

    def _near(self, text: str) -> Iterator[str]:
        """Yield what one member of an object says of another, some lines away."""
        payload = _PAYLOAD.search(text)
        is_payload = payload is not None and not HARMLESS.fullmatch(payload["value"])
        self._payload = 0 if is_payload else self._payload + 1
        self._secret = 0 if _SECRET_KIND.search(text) else self._secret + 1
        self._key_name = 0 if _KEY_NAME.search(text) else self._key_name + 1
        if "payload_content_type" in text and self._payload < _NEAR:
            yield "value of payload"
        data = _SECRET_DATA.search(text) if self._secret < _NEAR else None
        if data is not None and data["value"] is None:
            self._opened = ("data", "")
        elif data is not None and not HARMLESS.fullmatch(data["value"]):
            yield "data of a Secret"
        if self._key_name < _NEAR and _KEY_VALUE.search(text):
            yield "value of a key"

    def _manifests(self, text: str) -> Iterator[str]:
        """Yield what a line of a Secret's data holds, in YAML."""
        if _YAML_KIND.match(text):
            self._manifest = 0
        elif self._manifest >= 0:
            line = _YAML_LINE.match(text)
            depth = len(text) - len(text.lstrip(" "))
            if text.startswith("---") or line is None:
                self._manifest = self._manifest if line is None and depth else -1
            elif line["key"] in ("data", "stringData") and not line["value"]:
                self._manifest = depth + 1
            elif self._manifest and depth >= self._manifest and line["value"]:
                if not HARMLESS.fullmatch(line["value"]) and _has_digit(line["value"]):
                    yield "data of a Secret"
            elif self._manifest:
                self._manifest = 0

    def _lines(self, text: str) -> Iterator[str]:
        yield from self._manifests(text)
        variable = _VARIABLE.match(text)
        if variable is not None and self._is_variable(variable["name"], variable["value"]):
            yield f"value of {variable['name']}"
        if self._after_putty and _LINE_OF_KEY.fullmatch(text):
            yield "private key"
        self._after_putty = _PUTTY.search(text) is not None
        signature = _SIGNATURE.search(text)
        if signature is not None and ISSUED.fullmatch(signature["value"]):
            yield "value of signature"

    def _inner(self, opened: tuple[str, str], text: str, at: int) -> Iterator[str]:
        name, mark = opened
        if not mark:  # the first line of a Secret's data
            match = _MEMBER.search(text, at)
            if match is not None and not HARMLESS.fullmatch(match["value"]):
                yield "data of a Secret"
            return
        if not self._is_secret(name, "x1", sure=True) and name.lower() != "credentials":
            return
        found = _INNER[mark].match(text, at)
        if found is not None:
            is_token = name.lower() in ("token", "session")
            about = mark == "{" and found["key"] == "id" and not is_token
            about = about or (mark == "[" and _NAMES_OF_SOME.fullmatch(f"{name}={found['value']}"))
            if not about and self._is_secret(name, found["value"], sure=mark == "[" or is_token):
                yield f"value of {name}"
        elif not text[at:].strip() or (mark == "{" and not _BRACKET.search(text, at)):
            self._opened = opened


def _has_digit(value: str) -> bool:
    return any(sign.isdigit() for sign in value) and any(sign.isalpha() for sign in value)
