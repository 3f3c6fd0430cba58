"""Pictures, known by their first bytes and not by what they are called; never SVG."""

from __future__ import annotations

from typing import Final

from otelhook.render.bodies.view import Content, Shown
from otelhook.render.shared.units import spell_size

__all__ = ["IMAGE_LIMIT", "image"]

IMAGE_LIMIT: Final = 256 * 1024
"""Bytes of a picture that a page carries."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_WEBP: Final = 12
_PNG_HEAD, _GIF_HEAD = 24, 10


def image(content: Content) -> Shown | None:
    """Return a whole picture as such, with its size in pixels where its head tells it."""
    data = content.value
    if not isinstance(data, bytes):
        return None
    kind = _kind(data)
    if kind is None:
        return None
    pixels = _pixels(data, kind)
    label = f"{kind.upper()} image{f', {pixels[0]} x {pixels[1]} pixels' if pixels else ''}"
    size = spell_size(content.size or len(data))
    is_whole = not content.truncated and len(data) <= IMAGE_LIMIT
    cut = ", cut" if content.truncated else ""
    media_type = f"image/{kind}" if is_whole else ""
    return Shown("text", f"{label}, {size}{cut}", image=media_type, name="image")


def _kind(data: bytes) -> str | None:
    if data.startswith(_PNG):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data.startswith(b"RIFF") and data[8:_WEBP] == b"WEBP":
        return "webp"
    return None


def _pixels(data: bytes, kind: str) -> tuple[int, int] | None:
    """Return width and height of a PNG (its IHDR chunk) or a GIF (its screen descriptor)."""
    if kind == "png" and len(data) >= _PNG_HEAD:
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if kind == "gif" and len(data) >= _GIF_HEAD:
        return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    return None
