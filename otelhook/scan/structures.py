"""Secrets that only the structure of a JSON document tells: columns, types, and what stands beside.

A document is read where a line begins with a brace or bracket, to the line that ends it; one that
is cut or is no JSON says nothing here, and what its lines say for themselves is found elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from otelhook.scan.names import Names, Suspicion
from otelhook.scan.places import placed
from otelhook.scan.statements import said
from otelhook.scan.words import HARMLESS, ISSUED, is_said, is_word_for_one

__all__ = ["Structures"]

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"

_LONGEST: Final = 65_536
_MOST_LINES: Final = 4_000
_DEEPEST: Final = 40
_SHORTEST: Final = 4
_RECEIVER: Final = 30
"""Characters of Pushover's user, who is told by a token beside it."""
_OPENS: Final = re.compile(r"[\[{]")
_CLOSES: Final = re.compile(r"[\]}]")
_SURE: Final = (Suspicion.CHOSEN, Suspicion.ISSUED)
_COLUMN_NAMES: Final = ("name", "columnName", "column_name", "label", "id", "field", "key")
_OF_ONE: Final = re.compile(
    r"(?i)[\w-]*(?:token|secret|password|credential|api[_-]?key)[_-]?(?:id|name)"
)
_KEPT: Final = re.compile(
    r"(?i)(?:secure|secret|sensitive)_?(?:json_?data|data|settings|env|parameters|variables)$"
    r"|(?i:secrets|passwords|passphrases)$"
)
_PATH: Final = re.compile(r"/secrets?/[\w.-]+")
_LOGIN: Final = re.compile(r"(?i)[\w.]*(?:login|log_?on|passphrase|password|auth\w*|unlock)\w*")
_NAME: Final = re.compile(r"[\w .()-]{1,48}")
_HOLDERS: Final = frozenset(
    {"key", "value", "text", "result", "token", "content", "plaintext", "data", "string", "secret"}
)
_PAIRS: Final = (
    ("ssid", ("key", "psk", "passphrase")),
    ("event_action", ("routing_key",)),
    ("acl", ("value",)),
    ("acl", ("key",)),
    ("question", ("answer",)),
)
"""What makes a key beside it one of a secret; an answer is one in a question of recovery only."""
_FLAGS: Final = re.compile(r"(?i)(?:is_?)?(?:sensitive|secret|secured|masked)")
_SENT_TO: Final = frozenset({"phone", "mobile", "email", "password", "phone_number", "phoneNumber"})
_CODE: Final = re.compile(r"\d{5,8}")
_CARD: Final = re.compile(r"\d(?:[ -]?\d){12,18}")
_OF_CARD: Final = re.compile(r"(?i)cv[cvn]2?|csc|exp\w{0,8}_?month|exp_?month|security_?code")
_LOGIN_PAIR: Final = re.compile(r"[\w.@+-]{1,64}:[^\s:/]{4,256}")
_VALUE: Final = re.compile(r"(?i)(?:\w{1,24}_)?value")
_LABEL: Final = re.compile(r"(?i)(?:\w{1,24}_)?(?:name|key)|macro")
_ARGUMENT: Final = re.compile(r"(?P<name>\w{1,64}):\s{0,4}\$(?P<variable>\w{1,64})")
_TYPE: Final = re.compile(r"S|N|B|(?:string|text|plain|secure)?_?[vV]alue|string|text|plain")
_PROGRAM: Final = re.compile(r"(?:[\w./-]{0,64}/)?[a-z][\w.-]{1,24}")
_CHOICES: Final = re.compile("(?i)enum|required|choices|allowed_?values")
"""Lists of words one may choose from, as JSON Schema has them; any other may be a command."""


class Structures:
    """Reads line after line and looks at each document that ends.

    Args:
        names: tells whose values are secret.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._lines: list[str] = []
        self._depth = self._size = 0

    def kinds(self, line: str) -> Iterator[str]:
        """Yield what a document says that ends with this line."""
        text = line.lstrip("> \t")
        if not self._lines:
            at = _OPENS.search(text)
            if at is None or (at.start() and not _CLOSES.search(text, at.end())):
                return
            text = text[at.start() :]
        self._lines.append(text)
        self._size += len(text)
        self._depth += len(_OPENS.findall(text)) - len(_CLOSES.findall(text))
        if self._depth > 0 and self._size < _LONGEST and len(self._lines) < _MOST_LINES:
            return
        document, self._lines = "\n".join(self._lines), []
        self._depth = self._size = 0
        try:
            value: Json = json.JSONDecoder(strict=False).raw_decode(document)[0]
        except (ValueError, RecursionError):
            return
        yield from self._walk(value, "", "", 0)

    def _walk(self, value: Json, key: str, above: str, depth: int) -> Iterator[str]:
        """Yield what an object or list says, and all below it.

        Args:
            value: of JSON.
            key: what it stands under.
            above: the type that something around it has, if that is one of secrets.
            depth: how deep it is.
        """
        if depth > _DEEPEST:
            return
        if isinstance(value, dict):
            members = value
            kind = members.get("type")
            above = kind if isinstance(kind, str) and self._is_one(kind) else above
            yield from self._object(members, key, above)
            for name, member in members.items():
                if isinstance(member, dict) and self._holds(name, member):
                    yield name
                yield from self._walk(member, name, above, depth + 1)
        elif isinstance(value, list):
            items = value
            if not _CHOICES.fullmatch(key):
                yield from self._command(items)
            above = key if key and self._is_one(key) else above
            for item in items:
                yield from self._walk(item, key, above, depth + 1)

    def _is_one(self, name: str) -> bool:
        return self._names.suspicion(re.split(r"[/.:]", name)[-1]) in _SURE

    def _holds(self, name: str, member: dict[str, Json]) -> bool:
        """Return whether this is a password and the type of its value: ``{"S": …}``."""
        held = next(iter(member.values()), None)
        is_one = len(member) == 1 and self._names.suspicion(name) is Suspicion.CHOSEN
        if not is_one or not isinstance(held, str) or not _TYPE.fullmatch(next(iter(member))):
            return False
        return not (HARMLESS.fullmatch(held) or is_said(held) or is_word_for_one(held))

    def _object(self, members: dict[str, Json], key: str, above: str) -> Iterator[str]:
        yield from self._table(members)
        for mark, secret in _PAIRS:
            if mark in members and (mark != "question" or re.search("recover|secur|secret", key)):
                yield from (name for name in secret if _is_chosen(members.get(name)))
        if above:
            judge = _is_chosen if above == key else _is_issued
            yield from (name for name in _HOLDERS if judge(members.get(name)))
        yield from self._beside(members)
        yield from _told(members)
        if "kty" in members:
            yield from (name for name in ("d", "k") if _is_issued(members.get(name)))
        if "snmp" in key.lower() and _is_chosen(members.get("community")):
            yield "community"
        yield from self._given(members)
        if _KEPT.match(key) and not {"name", "id", "algorithm"} & members.keys():
            yield from (name for name, one in members.items() if _is_chosen(one))
        inner = members.get("data")
        is_kept = key == "data" and "metadata" in members
        options = members.get("options")
        is_written = isinstance(options, dict) and "cas" in options
        if isinstance(inner, dict) and (is_kept or is_written):
            yield from (f"data.{name}" for name, one in inner.items() if _is_chosen(one))
        method, params = members.get("method"), members.get("params", members.get("args"))
        if isinstance(method, str) and _LOGIN.fullmatch(method) and isinstance(params, list):
            given = [one for one in params if isinstance(one, str)]
            is_secret = self._is_one(method)
            yield from ("parameter" for one in given[-2:] if is_secret or _is_chosen(one))

    def _beside(self, members: dict[str, Json]) -> Iterator[str]:
        """Yield ``value`` if what stands beside it says whose it is."""
        value = next((one for key, one in members.items() if _VALUE.fullmatch(key)), None)
        if not isinstance(value, str):
            return
        for name, one in members.items():
            of_one = _OF_ONE.fullmatch(name) and isinstance(one, str)
            if (of_one and _is_issued(value)) or (
                isinstance(one, str) and _PATH.search(one) and _is_chosen(value)
            ):
                yield "value"
        label = next((one for key, one in members.items() if _LABEL.fullmatch(key)), "")
        if isinstance(label, str) and self._is_one(label.strip("{$}")) and _is_chosen(value):
            yield label

    def _given(self, members: dict[str, Json]) -> Iterator[str]:
        """Yield variables of GraphQL that are given to a secret's argument."""
        query, variables = members.get("query"), members.get("variables")
        if isinstance(query, str) and isinstance(variables, dict):
            for match in _ARGUMENT.finditer(query):
                if self._is_one(match["name"]) and _is_chosen(variables.get(match["variable"])):
                    yield match["name"]

    def _table(self, members: dict[str, Json]) -> Iterator[str]:
        """Yield the names of columns that hold secrets, in rows beside their names or deeper."""
        columns = next((names for one in members.values() if (names := _column_names(one))), ())
        secret = {at: name for at, name in enumerate(columns) if self._is_one(name)}
        if secret:
            for row in _rows(members, 0):
                if len(row) == len(columns) and tuple(map(_plain, row)) != columns:
                    yield from (name for at, name in secret.items() if _is_chosen(_plain(row[at])))

    def _command(self, items: Sequence[Json]) -> Iterator[str]:
        words = [item for item in items if isinstance(item, str)]
        if len(words) > 1 and len(words) == len(items) and _PROGRAM.fullmatch(words[0]):
            line = " ".join(words)
            yield from (kind for kind, value in said(line) if not HARMLESS.fullmatch(value))
            yield from placed(line)


def _told(members: dict[str, Json]) -> Iterator[str]:
    """Yield what flags and neighbours of an object say of its members."""
    if any(one is True and _FLAGS.fullmatch(name) for name, one in members.items()):
        held = [one for name, one in members.items() if _VALUE.fullmatch(name) or name == "values"]
        inner = [one for many in held if isinstance(many, list) for one in many]
        deeper = [one.get("value") for one in inner if isinstance(one, dict)]
        yield from ("value" for one in (*held, *deeper) if _is_chosen(one))
    code, number = members.get("code"), members.get("number")
    if isinstance(code, str) and _CODE.fullmatch(code) and _SENT_TO & members.keys():
        yield "code"
    if (
        isinstance(number, str)
        and _CARD.fullmatch(number)
        and any(map(_OF_CARD.fullmatch, members))
    ):
        yield "card number"
    user, basic = members.get("user"), members.get("basic")
    if isinstance(user, str) and len(user) == _RECEIVER and _is_issued(user) and "token" in members:
        yield "user"
    if isinstance(basic, str) and _LOGIN_PAIR.fullmatch(basic) and _is_chosen(basic):
        yield "basic"


def _column_names(value: Json) -> tuple[str, ...]:
    """Return the names of columns that a list holds, or an object with such a list, or none."""
    if isinstance(value, dict):
        inner = [_column_names(one) for one in value.values() if isinstance(one, list)]
        return next((names for names in inner if names), ())
    if not isinstance(value, list):
        return ()
    names: list[str] = []
    for item in value:
        name = item
        if isinstance(item, dict):
            held = item
            name = next((held[key] for key in _COLUMN_NAMES if key in held), None)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            return ()
        names.append(name)
    return tuple(names) if len(names) > 1 else ()


def _rows(value: Json, depth: int) -> Iterator[Sequence[Json]]:
    """Yield all lists in lists, or in objects of a list, however deep."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for one in value.values():
            yield from _rows(one, depth + 1)
    elif isinstance(value, list):
        items = value
        yield items
        for item in items:
            if isinstance(item, list | dict):
                yield from _rows(item, depth + 1)


def _plain(cell: Json) -> Json:
    """Return what is in a cell: ``{"v": "x"}`` too."""
    if isinstance(cell, dict) and len(cell) == 1:
        return next(iter(cell.values()))
    return cell


def _is_chosen(value: Json) -> bool:
    if not isinstance(value, str) or len(value) < _SHORTEST or HARMLESS.fullmatch(value):
        return False
    if "‹" in value or is_said(value) or is_word_for_one(value):
        return False
    return any(sign.isdigit() for sign in value) and any(sign.isalpha() for sign in value)


def _is_issued(value: Json) -> bool:
    return isinstance(value, str) and ISSUED.fullmatch(value) is not None
