"""The values in a step that may come from, or go to, another step, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import count
from typing import Final, NamedTuple
from urllib.parse import unquote

from otelhook.lazy_patterns import lazy
from otelhook.sequence.document import Body, Document, Step, StepKind
from otelhook.sequence.values.json_leaves import Leaf, body_leaves
from otelhook.sequence.values.traceable import (
    TOKEN_MARK,
    TOKEN_PIECES,
    is_measure,
    is_token_name,
    is_traceable,
)

__all__ = ["Value", "ValueReader", "token_names"]

_SILENT: Final = lazy(
    r"accept(-.*)?|age|allow|baggage|b3|cache-control|connection|content-(?!location).*|date"
    r"|expires|forwarded|host|if-(un)?modified-since|keep-alive|last-modified|origin|pragma"
    r"|range|referer|server|server-timing|te|traceparent|tracestate|trailer|transfer-encoding"
    r"|upgrade|user-agent|vary|via|x-b3-.*|x-forwarded-.*|x-real-ip|x-requestshook-.*"
    r"|x-trans-id|(.*-)?(request|correlation|trace|transaction)-id"
)
"""Headers that describe the message, its way or its trace: nobody gets a value from them."""

_OWN_SCHEMES: Final = lazy(r"(?i)(basic|digest|ntlm|negotiate)\b.*", re.DOTALL)
"""Credentials that the caller makes itself (RFC 7617, RFC 7616)."""

_SCHEME: Final = lazy(r"[A-Za-z][\w-]{1,31} +(?=\S+\Z)")
_LINKS: Final = lazy(r"<([^<>\s]+)>")
_AT_HAND: Final = 250_000
"""Characters of bodies whose leaves are kept at hand: one catalogue comes with every token."""
_KEPT: Final = 32_000_000
"""Bytes, about, of leaves that are kept for the passes that come later."""
_OF_A_LEAF: Final = 120
"""Bytes that a short leaf takes, and a body without any."""


class Value(NamedTuple):
    """A value at a place of a step (see `otelhook.sequence.document.Flow`)."""

    place: str
    text: str
    is_token: bool = False


class ValueReader:
    """Reads steps; what several passes ask of a body is read once, as far as memory goes."""

    def __init__(self) -> None:
        self._leaves: dict[Body, tuple[Leaf, ...]] = {}
        self._at_hand = _AT_HAND
        self._followed: dict[Body, tuple[str, ...]] = {}
        self._paths: dict[str, str] = {}
        self._room = _KEPT

    def leaves(self, body: Body | None) -> tuple[Leaf, ...]:
        """Return the leaves of a body; of bodies that are equal those of the last few."""
        if body is None or not isinstance(body.content, str):
            return ()
        found = self._leaves.get(body)
        if found is None:
            found = body_leaves(body)
            self._at_hand -= len(body.content)
            self._leaves[body] = found
            while self._at_hand < 0:  # what is oldest goes first
                oldest = next(iter(self._leaves))
                del self._leaves[oldest]
                self._at_hand += len(oldest.content or "")
        return found

    def followed(self, body: Body | None) -> tuple[str, ...]:
        """Return the leaves that are worth following, path and text in turn: most are nobody's."""
        if body is None:
            return ()
        found = self._followed.get(body)
        if found is None:
            found = tuple(self._worth_following(body))
            size = sum(map(len, found)) + _OF_A_LEAF * (len(found) // 2 + 1)
            if size <= self._room:  # the next pass begins with the same bodies
                self._room -= size
                known = self._paths.setdefault  # bodies of a kind have the same
                leaves = zip(found[::2], found[1::2], strict=True)
                found = tuple(part for path, text in leaves for part in (known(path, path), text))
                self._followed[body] = found
        return found

    def _worth_following(self, body: Body) -> Iterator[str]:
        for path, value in self.leaves(body):
            if isinstance(value, str) and ("‹" in value or is_traceable(value)):
                yield path
                yield value

    def values(self, step: Step) -> Iterator[Value]:
        """Yield the traceable values of a step, headers first; a request's path and query too."""
        yield from _values_of_head(step)
        yield from self._values_of_body(step.body)

    def tokens(self, step: Step) -> Iterator[Value]:
        """Yield those of a step's values that are tokens; most bodies are not parsed for that."""
        yield from (value for value in _values_of_head(step) if value.is_token)
        if _may_hold_tokens(step.body):
            yield from (value for value in self._values_of_body(step.body) if value.is_token)

    def _values_of_body(self, body: Body | None) -> Iterator[Value]:
        followed = iter(self.followed(body))
        for path, value in zip(followed, followed, strict=True):
            yield from _named(f"body.{path}", _key_of(path), value)

    def texts(self, step: Step) -> Iterator[tuple[str, str]]:
        """Yield place and text of all that may hold an address, traceable or not."""
        for header in step.headers:
            if header.name == "link":
                yield from (("header.link", link) for link in _LINKS.findall(header.value))
            elif not _is_silent(header.name):
                yield f"header.{header.name}", header.value
        for path, value in self.leaves(step.body):
            if isinstance(value, str) and value:
                yield f"body.{path}", value


def _may_hold_tokens(body: Body | None) -> bool:
    """Return whether a body has a token's mark, a piece of a token's name, or may spell it."""
    if body is None or not isinstance(body.content, str):
        return False
    text = body.content.lower()
    return any(piece in text for piece in ("‹", "\\", "%", *TOKEN_PIECES))


def _values_of_head(step: Step) -> Iterator[Value]:
    for header in step.headers:
        yield from _header_values(header.name, header.value)
    if step.kind is StepKind.REQUEST:
        yield from _path_values(step.path)
        yield from _query_values(step.query)


@lru_cache(1024)
def _is_silent(name: str) -> bool:
    return _SILENT.fullmatch(name) is not None


def _header_values(name: str, value: str) -> Iterator[Value]:
    if _is_silent(name):
        return
    place = f"header.{name}"
    marks = TOKEN_MARK.findall(value)
    if marks:
        yield from (Value(place, mark, is_token=True) for mark in marks)
        return
    if name in ("cookie", "set-cookie"):
        pairs = value.split(";") if name == "cookie" else value.split(";", 1)[:1]
        texts = [pair.partition("=")[2].strip().strip('"') for pair in pairs]
    elif name == "link":
        texts = _LINKS.findall(value)
    elif _OWN_SCHEMES.fullmatch(value):
        texts = []
    else:
        texts = [_SCHEME.sub("", value.strip(), count=1)]
    is_token = is_token_name(name)
    yield from (Value(place, text, is_token) for text in texts if is_traceable(text))


def _path_values(path: str) -> Iterator[Value]:
    for segment in path.split("/"):
        text = unquote(segment) if "%" in segment else segment
        if "‹" in text or is_traceable(text):
            yield from _named("path", "", text)


def _query_values(query: str) -> Iterator[Value]:
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        text = unquote(value) if "%" in value else value
        if "‹" in text or is_traceable(text):
            yield from _named("query", name, text)


def _key_of(path: str) -> str:
    """Return the key that tells what a leaf is: of a list's item, the list's."""
    rest, _, name = path.rpartition(".")
    return rest.rpartition(".")[2] if name.isdecimal() else name


def _named(place: str, name: str, value: str) -> Iterator[Value]:
    """Yield the marks of a value that has some, or a traceable value, if its name lets it be."""
    if "‹" in value:
        for mark in TOKEN_MARK.findall(value):
            yield Value(place, mark, is_token=True)
    elif not (value.isdecimal() and is_measure(name)):
        yield Value(place, value, is_token_name(name))


def token_names(document: Document) -> Mapping[str, str]:
    """Return from each token, as it stands in the steps, to its name: ``token 1``, ``token 2``.

    Names that flows have already given are kept; all others count on, in order of appearance.
    Renderers may show a name in place of a token's pseudonym.
    """
    reader = ValueReader()
    given: dict[tuple[int, str], dict[str, None]] = {}
    for flow in document.flows:
        if flow.name.startswith("token "):
            given.setdefault((flow.step, flow.place), {})[flow.name] = None
    names: dict[str, str] = {}
    order: dict[str, None] = {}
    for step in document.steps:
        found: dict[str, dict[str, None]] = {}
        for value in reader.tokens(step):
            order.setdefault(value.text)
            found.setdefault(value.place, {})[value.text] = None
        if step.kind is StepKind.REQUEST:  # where each token has a flow, in this order
            for place, texts in found.items():
                for text, name in zip(texts, given.get((step.number, place), ()), strict=False):
                    names.setdefault(text, name)
    taken = set(names.values())
    free = (name for number in count(1) if (name := f"token {number}") not in taken)
    return {text: names.get(text) or next(free) for text in order}
