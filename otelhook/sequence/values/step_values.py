"""The values in a step that may come from, or go to, another step, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, count
from typing import Final, NamedTuple, TypeAlias, cast
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
_KEPT: Final = 64_000_000
"""Bytes, about, of leaves that are kept for the passes that come later: those of 100,000 steps,
whose spans took more until then."""
_OF_A_VALUE: Final = 80
"""Bytes that a value takes besides its letters, with its place in what is kept."""
_OF_A_BODY: Final = 300
"""Bytes, about, that are kept of a body without any."""
_OF_A_PLACE: Final = 400
"""Bytes, about, that all that is known of a path takes, without the path's own letters."""
_OF_AN_ITEM: Final = 8


Value: TypeAlias = tuple[str, str, bool]
"""A place of a step (see `otelhook.sequence.document.Flow`), the value there, and whether that is
a token. No class: some ten are made for each step, several times."""


_Place: TypeAlias = tuple[str, str, bool]
"""A leaf's place, the key that tells what it is, and whether that is a token's name."""


class _Read(NamedTuple):
    """What passes ask of a body, so that most bodies are parsed once."""

    places: tuple[str, ...]
    """Of all leaves that are text, one object for all bodies of a kind."""
    linked: tuple[str, ...]
    """Place and text, in turn, of those that may hold an address."""
    values: tuple[str | bool, ...]
    """Place, value and whether it is a token, in turn: most leaves are worth following nowhere."""


_NOT_READ: Final = _Read((), (), ())


class ValueReader:
    """Reads steps; what several passes ask of a body is read once, as far as memory goes."""

    def __init__(self, sent: frozenset[str] | None = None) -> None:
        """Keep what is worth following.

        Args:
            sent: all values that requests have, if they are known: of the others in responses
                only tokens are yielded then, since nobody got one from there.
        """
        self.sent = sent
        self._leaves: dict[tuple[str, str, bool], tuple[Leaf, ...]] = {}
        self._at_hand = _AT_HAND
        self._kept: dict[tuple[bool, str, bool], dict[str, _Read]] = {}
        """By what tells how a content is read, then by the content: a body is slow to hash."""
        self._places: dict[str, _Place] = {}
        """By path of a leaf."""
        self._kinds: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._room = _KEPT

    @classmethod
    def of(cls, steps: Iterable[Step], given: Iterable[str] = ()) -> ValueReader:
        """Return a reader for these steps, which has read their requests.

        Args:
            steps: all of a document.
            given: values that are looked for wherever they stand.
        """
        reader = cls()
        requests = (step for step in steps if step.kind is StepKind.REQUEST)
        texts = (text for step in requests for _, text, _ in reader.values(step))
        reader.sent = frozenset(chain(texts, given))
        return reader

    def leaves(self, body: Body | None) -> tuple[Leaf, ...]:
        """Return the leaves of a body; of bodies that are equal those of the last few."""
        if body is None or not isinstance(body.content, str):
            return ()
        key = (body.content, body.content_type, body.truncated)
        found = self._leaves.get(key)
        if found is None:
            found = body_leaves(body)
            self._at_hand -= len(body.content)
            self._leaves[key] = found
            while self._at_hand < 0:  # what is oldest goes first
                oldest = next(iter(self._leaves))
                del self._leaves[oldest]
                self._at_hand += len(oldest[0])
        return found

    def values(self, step: Step) -> Iterator[Value]:
        """Yield the traceable values of a step, headers first; a request's path and query too."""
        yield from _values_of_head(step)
        yield from self._values_of_body(step)

    def tokens(self, step: Step) -> Iterator[Value]:
        """Yield those of a step's values that are tokens; most bodies are not parsed for that."""
        yield from (value for value in _values_of_head(step) if value[2])
        if _may_hold_tokens(step.body):
            yield from (value for value in self._values_of_body(step) if value[2])

    def _values_of_body(self, step: Step) -> Iterator[Value]:
        parts = iter(self._read(step).values)
        return cast("Iterator[Value]", zip(parts, parts, parts, strict=True))

    def texts(self, step: Step) -> Iterator[tuple[str, str]]:
        """Yield place and text of all that may hold an address, traceable or not."""
        for header in step.headers:
            if header.name == "link":
                yield from (("header.link", link) for link in _LINKS.findall(header.value))
            elif not _is_silent(header.name):
                yield f"header.{header.name}", header.value
        parts = iter(self._read(step).linked)
        yield from zip(parts, parts, strict=True)

    def text_places(self, step: Step) -> tuple[str, ...]:
        """Return the places in a step's body where a text stands, in order."""
        return self._read(step).places

    def _read(self, step: Step) -> _Read:
        body = step.body
        if body is None or not isinstance(body.content, str):
            return _NOT_READ
        asked = step.kind is StepKind.REQUEST
        kept = self._kept.setdefault((asked, body.content_type, body.truncated), {})
        found = kept.get(body.content)
        if found is None:
            found = self._look(body, None if asked else self.sent)
            self._keep(kept, body.content, found)
        return found

    def _keep(self, kept: dict[str, _Read], content: str, found: _Read) -> None:
        """Keep what was read of a body for the next pass, which begins with the same, if it fits.

        Bodies of a kind have the same places, which are kept once.
        """
        places, linked, values = found
        size = _OF_A_BODY + _OF_A_VALUE * (len(linked) // 2 + len(values) // 3)
        size += sum(map(len, linked[1::2])) + sum(len(str(text)) for text in values[1::3])
        if places not in self._kinds:
            size += _OF_AN_ITEM * len(places)
        if size <= self._room:
            self._room -= size
            kept[content] = _Read(self._kinds.setdefault(places, places), linked, values)

    def _look(self, body: Body, sent: frozenset[str] | None) -> _Read:
        places: list[str] = []
        linked: list[str] = []
        values: list[str | bool] = []
        known = self._places.get
        for path, text in self.leaves(body):
            if not isinstance(text, str):
                continue
            place, key, is_token = known(path) or self._place(path)
            places.append(place)
            if text[:1] in "/hH" and "/" in text:
                linked += (place, text)
            if "‹" in text or ((sent is None or is_token or text in sent) and is_traceable(text)):
                for value in _named(place, key, text):
                    values += value
        return _Read(tuple(places), tuple(linked), tuple(values))

    def _place(self, path: str) -> _Place:
        """Return what is known of a leaf's path, and keep it if it fits."""
        key = _key_of(path)
        place = f"body.{path}", key, is_token_name(key)
        size = 2 * len(path) + _OF_A_PLACE
        if size <= self._room:
            self._room -= size
            self._places[path] = place
        return place


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
        yield from ((place, mark, True) for mark in marks)
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
    yield from ((place, text, is_token) for text in texts if is_traceable(text))


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
            yield (place, mark, True)
    elif not (value.isdecimal() and is_measure(name)):
        yield place, value, is_token_name(name)


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
        for place, text, _ in reader.tokens(step):
            order.setdefault(text)
            found.setdefault(place, {})[text] = None
        if step.kind is StepKind.REQUEST:  # where each token has a flow, in this order
            for place, texts in found.items():
                for text, name in zip(texts, given.get((step.number, place), ()), strict=False):
                    names.setdefault(text, name)
    taken = set(names.values())
    free = (name for number in count(1) if (name := f"token {number}") not in taken)
    return {text: names.get(text) or next(free) for text in order}
