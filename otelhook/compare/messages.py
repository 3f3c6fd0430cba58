"""What differs between two messages of the same call: headers, query, content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import unquote_plus

from otelhook.compare.findings import Change, FindingKind
from otelhook.compare.json_values import Difference, json_differences
from otelhook.compare.shapes import shape
from otelhook.compare.signs import json_value
from otelhook.compare.values import same_header, same_value
from otelhook.render.shared.tracing_headers import TRACING_HEADERS
from otelhook.render.shared.units import spell_size
from otelhook.sequence.document import Body, Header, Protocol, Step, StepKind
from otelhook.sequence.values.json_leaves import body_leaves

__all__ = ["Found", "message_differences", "query_differences"]

Found = tuple[FindingKind, Difference]

_FORM: Final = "application/x-www-form-urlencoded"
_FRAMING: Final = frozenset(
    {"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "age"}
)
"""How a message was sent and kept on its way, not what it says (RFC 9110, 7.6.1)."""


def message_differences(before: Step, after: Step) -> Iterator[Found]:
    """Yield what differs in headers and content; what only one run recorded is not compared."""
    if before.headers and after.headers:
        # What is added on the way only the receiver sees.
        is_alike = before.seen_by is after.seen_by
        for difference in _with_renames(_headers(before.headers, after.headers)):
            if is_alike or difference.change is Change.CHANGED:
                yield FindingKind.HEADERS, difference
    is_statement = before.protocol is Protocol.DATABASE and before.kind is StepKind.REQUEST
    kind = FindingKind.STATEMENT if is_statement else FindingKind.BODY
    for difference in _contents(before.body, after.body, "statement" if is_statement else "body"):
        yield kind, difference


def query_differences(before: str, after: str) -> Iterator[Difference]:
    """Yield what differs between two query strings, by parameter."""
    yield from _tables(_pairs(before), _pairs(after), "query")


def _pairs(text: str) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for pair in filter(None, text.split("&")):
        name, _, value = pair.partition("=")
        pairs.setdefault(unquote_plus(name), []).append(unquote_plus(value))
    return pairs


def _tables(
    before: dict[str, list[str]], after: dict[str, list[str]], place: str
) -> Iterator[Difference]:
    yield from _with_renames(_of_tables(before, after, place))


def _with_renames(found: Iterable[Difference]) -> Iterator[Difference]:
    """Yield what is gone and what is new as one thing with another name, if only it can be that."""
    listed = list(found)
    sides: dict[Change, dict[str, list[Difference]]] = {Change.REMOVED: {}, Change.ADDED: {}}
    for one in listed:
        if one.change in sides:
            sides[one.change].setdefault(shape(one.before or one.after), []).append(one)
    renamed: dict[int, Difference | None] = {}
    for value, gone in sides[Change.REMOVED].items():
        new = sides[Change.ADDED].get(value, [])
        if value and len(gone) == len(new) == 1:
            old_name, name = (one.place.partition(".")[2] for one in (gone[0], new[0]))
            renamed[id(gone[0])] = replace(
                gone[0], change=Change.RENAMED, before=old_name, after=name
            )
            renamed[id(new[0])] = None
    for one in listed:
        known = renamed.get(id(one), one)
        if known is not None:
            yield known


def _of_tables(
    before: dict[str, list[str]], after: dict[str, list[str]], place: str
) -> Iterator[Difference]:
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if new is None:
            yield Difference(Change.REMOVED, f"{place}.{name}", ", ".join(old or ()))
        elif old is None:
            yield Difference(Change.ADDED, f"{place}.{name}", after=", ".join(new))
        elif len(old) != len(new) or not all(
            same_value(name, one, other) for one, other in zip(old, new, strict=True)
        ):
            yield Difference(Change.CHANGED, f"{place}.{name}", ", ".join(old), ", ".join(new))


def _headers(before: tuple[Header, ...], after: tuple[Header, ...]) -> Iterator[Difference]:
    listed: dict[str, tuple[list[str], list[str]]] = {}
    for which, headers in enumerate((before, after)):
        for header in headers:
            if header.name in _FRAMING or TRACING_HEADERS.fullmatch(header.name):
                continue
            listed.setdefault(header.name, ([], []))[which].append(header.value)
    for name, (old, new) in listed.items():
        place, was, now = f"header.{name}", ", ".join(old), ", ".join(new)
        if not new:
            yield Difference(Change.REMOVED, place, was)
        elif not old:
            yield Difference(Change.ADDED, place, after=now)
        elif not _same_lines(name, old, new):
            yield Difference(Change.CHANGED, place, was, now)


def _same_lines(name: str, old: list[str], new: list[str]) -> bool:
    if len(old) != len(new):
        return sorted(map(shape, old)) == sorted(map(shape, new))
    pairs = zip(sorted(old, key=shape), sorted(new, key=shape), strict=True)
    return all(same_header(name, one, other) for one, other in pairs)


def _contents(before: Body | None, after: Body | None, place: str) -> Iterator[Difference]:
    if before is None or after is None or before.content is None or after.content is None:
        return  # one of them was not recorded: nothing can be said
    old, new = before.content, after.content
    if old == new:
        return
    if not old or not new:
        if not (before.truncated or after.truncated):
            change = Change.REMOVED if old else Change.ADDED
            yield Difference(change, place, _shown(before), _shown(after))
    elif isinstance(old, bytes) or isinstance(new, bytes):
        yield Difference(Change.CHANGED, place, _shown(before), _shown(after))
    elif before.truncated or after.truncated:
        yield from _of_cut(before, after, place)
    elif before.content_type.lower().startswith(_FORM):
        yield from _tables(_pairs(old), _pairs(new), place)
    else:
        first, second = json_value(old), json_value(new)
        if first is not None and second is not None:
            yield from json_differences(first, second, place)
        else:
            yield from _of_texts(old, new, place)


def _of_cut(before: Body, after: Body, place: str) -> Iterator[Difference]:
    """Compare what both have of two bodies of which one was cut."""
    old, new = dict(body_leaves(before)), dict(body_leaves(after))
    if not old or not new:
        texts = [body.content if isinstance(body.content, str) else "" for body in (before, after)]
        short = min(map(len, texts))
        yield from _of_texts(texts[0][:short], texts[1][:short], place, cut=True)
        return
    for path, value in old.items():
        other = new.get(path, value)
        if isinstance(value, str) and isinstance(other, str):
            if same_value(path.rpartition(".")[2], value, other):
                continue
        elif value == other:
            continue
        yield Difference(Change.CHANGED, f"{place}.{path}", str(value), str(other))


def _of_texts(old: str, new: str, place: str, *, cut: bool = False) -> Iterator[Difference]:
    """Yield the first line that differs, if any does."""
    if same_value("", old, new):
        return
    lines = [text.splitlines() for text in (old, new)]
    if cut:  # the last line is a part of one
        lines = [side[:-1] for side in lines]
    for one, other in zip(*lines, strict=False):
        if not same_value("", one, other):
            yield Difference(Change.CHANGED, place, one, other)
            return
    if not cut and len(lines[0]) != len(lines[1]):
        short = min(map(len, lines))
        yield Difference(
            Change.CHANGED, place, *(" ".join(side[short : short + 1]) for side in lines)
        )


def _shown(body: Body) -> str:
    if isinstance(body.content, str):
        return body.content
    return f"{spell_size(body.size or len(body.content or b''))} of data"
