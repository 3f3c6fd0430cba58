"""A multipart body by part (RFC 2046, 5.1; RFC 7578 for forms)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from otelhook.render.bodies.form import form
from otelhook.render.bodies.graphql import graphql
from otelhook.render.bodies.image import IMAGE_LIMIT, image
from otelhook.render.bodies.json_text import json_text
from otelhook.render.bodies.markup import html_text, xml_text
from otelhook.render.bodies.view import Content, Picture, Shown, View, first_fitting
from otelhook.render.shared.plain import one_line
from otelhook.render.shared.units import spell_size

__all__ = ["multipart"]

_PARTS: Final = 200
_SHOWN: Final = 2_000
"""Characters of a part's text in the table."""

_VIEWS: Final[tuple[View, ...]] = (image, form, graphql, json_text, html_text, xml_text)
"""Of a part, in the order in which they are tried."""

_PARAMETER: Final = re.compile(r'(?i)[;\s](name|filename)="([^"\r\n]{0,300})"')
_END: Final = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    file: str
    media_type: str
    content: bytes
    is_cut: bool

    @property
    def text(self) -> str | None:
        """The content if it is text."""
        try:
            text = self.content.decode()
        except UnicodeDecodeError:
            return None
        is_binary = any(character < " " and character not in "\t\r\n" for character in text)
        return None if is_binary else text

    @property
    def shown(self) -> Shown:
        """The content as a view shows it; else its text, or how much of what it is."""
        text, size = self.text, len(self.content)
        value = self.content if text is None else text
        content = Content(value, self.media_type, truncated=self.is_cut, size=size)
        came = f"binary, {spell_size(size)}" if text is None else text
        return first_fitting(content, _VIEWS) or Shown("text", came)


def multipart(content: Content) -> Shown | None:
    """Return a table of the parts: their names, types, and what they hold."""
    if not content.media_type.startswith("multipart/") or not content.boundary:
        return None
    data = content.value
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    parts = _parts(raw, content.boundary.encode("utf-8", "replace"))
    if not parts:
        return None
    lines: list[str] = []
    rows: list[tuple[str, ...]] = []
    pictures: list[Picture] = []
    room = IMAGE_LIMIT
    for part in parts:
        shown = part.shown
        text = shown.text
        if shown.image and len(part.content) <= room:
            room -= len(part.content)
            pictures.append(Picture(len(rows), shown.image, part.content))
        about = (
            ", ".join(word for word in (part.name, part.file, part.media_type) if word) or "part"
        )
        lines += [f"-- {about}", text.rstrip("\r\n"), ""]
        short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
        rows.append((part.name, part.file, part.media_type, short))
    head = ("name", "file", "type", "content")
    whole = "\n".join(lines).rstrip("\n")
    return Shown("text", whole, head, tuple(rows), tuple(pictures), name="parts")


def _parts(data: bytes, boundary: bytes) -> list[_Part]:
    pieces = data.split(b"--" + boundary, _PARTS + 1)
    found: list[_Part] = []
    last = len(pieces) - 1
    for index, piece in enumerate(pieces[1 : _PARTS + 1], 1):
        if piece.startswith(b"--"):
            break
        inner = piece.lstrip(b" \t")
        inner = inner.removeprefix(b"\r").removeprefix(b"\n")
        match = _END.search(inner)
        if match is None:
            continue
        # A part without a boundary after it was cut with its body.
        found.append(_part(inner[: match.start()], inner[match.end() :], is_cut=index == last))
    return found


def _part(headers: bytes, content: bytes, *, is_cut: bool) -> _Part:
    named: dict[str, str] = {}
    media_type = ""
    for line in headers.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            named |= {key.lower(): text for key, text in _PARAMETER.findall(value)}
        elif name.strip().lower() == "content-type":
            media_type = one_line(value.partition(";")[0])
    # The line end before a boundary belongs to the boundary.
    body = content.removesuffix(b"\n").removesuffix(b"\r")
    name, file = (one_line(named.get(key, "")) for key in ("name", "filename"))
    return _Part(name, file, media_type, body, is_cut)
