"""A body as a reader sees it: laid out, described, or said to be absent."""

from __future__ import annotations

from dataclasses import dataclass

from otelhook.render.shared.json_layout import laid_out
from otelhook.render.shared.plain import one_line
from otelhook.render.shared.units import spell_size
from otelhook.sequence.document import Body

__all__ = ["Shown", "shown_body"]

_PREFIX = 32
"""Bytes of a binary body that are shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A body ready for display."""

    language: str
    """What a highlighter calls it: ``json``, ``sql``, ``xml``, ``html``, ``text``."""
    text: str


def shown_body(body: Body | None) -> Shown:
    """Return what to show of a body: ``none`` where there was none."""
    if body is None:
        return Shown("text", "not recorded")
    content = body.content
    if content is None:
        if body.size == 0:
            return Shown("text", "none")
        size = "" if body.size is None else f" ({_described(body, 0)})"
        return Shown("text", f"not recorded{size}")
    if isinstance(content, bytes):
        return _binary(body, content)
    if not content.strip():
        return Shown("text", content if content and body.size else "none")
    return _text(body, content)


def _text(body: Body, content: str) -> Shown:
    kind = body.content_type.lower()
    looks = "json" in kind or content.lstrip()[:1] in ("{", "[")
    if looks and not body.truncated:
        pretty = laid_out(content)
        if pretty is not None:
            return Shown("json", pretty)
    for word, language in (("json", "json"), ("sql", "sql"), ("html", "html"), ("xml", "xml")):
        if word in kind:
            return Shown(language, content)
    return Shown("text", content)


def _described(body: Body, held: int) -> str:
    size = held if body.size is None else body.size
    kind = one_line(body.content_type.partition(";")[0])
    return f"{kind}, {spell_size(size)}" if kind else spell_size(size)


def _binary(body: Body, content: bytes) -> Shown:
    if not content and not body.size:
        return Shown("text", "none")
    prefix = content[:_PREFIX].hex(" ")
    more = " ..." if len(content) > _PREFIX or (body.size or 0) > len(content) else ""
    return Shown("text", f"binary: {_described(body, len(content))}\n{prefix}{more}".rstrip())
