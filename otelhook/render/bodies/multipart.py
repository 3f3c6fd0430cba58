"""A multipart body by part (RFC 2046, 5.1; RFC 7578 for forms)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from otelhook.render.bodies.view import Content, Shown
from otelhook.render.shared.plain import one_line
from otelhook.render.shared.units import spell_size

__all__ = ["multipart"]

_PARTS: Final = 200
_SHOWN: Final = 400
"""Characters of a part's text in the table."""

_PARAMETER: Final = re.compile(r'(?i)[;\s](name|filename)="([^"\r\n]{0,300})"')
_END: Final = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    file: str
    media_type: str
    content: bytes

    @property
    def text(self) -> str:
        """The content if it is text, else how much of what it is."""
        try:
            text = self.content.decode()
        except UnicodeDecodeError:
            return f"binary, {spell_size(len(self.content))}"
        if any(character < " " and character not in "\t\r\n" for character in text):
            return f"binary, {spell_size(len(self.content))}"
        return text


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
    for part in parts:
        text = part.text
        about = (
            ", ".join(word for word in (part.name, part.file, part.media_type) if word) or "part"
        )
        lines += [f"-- {about}", text.rstrip("\r\n"), ""]
        short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
        rows.append((part.name, part.file, part.media_type, short))
    head = ("name", "file", "type", "content")
    return Shown("text", "\n".join(lines).rstrip("\n"), head, tuple(rows), name="parts")


def _parts(data: bytes, boundary: bytes) -> list[_Part]:
    pieces = data.split(b"--" + boundary, _PARTS + 1)
    found: list[_Part] = []
    for piece in pieces[1 : _PARTS + 1]:
        if piece.startswith(b"--"):
            break
        inner = piece.lstrip(b" \t")
        inner = inner.removeprefix(b"\r").removeprefix(b"\n")
        match = _END.search(inner)
        if match is None:
            continue
        found.append(_part(inner[: match.start()], inner[match.end() :]))
    return found


def _part(headers: bytes, content: bytes) -> _Part:
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
    return _Part(
        one_line(named.get("name", "")), one_line(named.get("filename", "")), media_type, body
    )
