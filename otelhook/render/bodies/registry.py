"""The views, and the one way to show a body.

The first view that fits is taken; one that fails is passed over, and at last a body is shown as it
came. Adding a view is one module with a `View` and one entry in `VIEWS`. The pattern is that of
mitmproxy's contentviews.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from otelhook.render.bodies.event_stream import event_stream
from otelhook.render.bodies.form import form
from otelhook.render.bodies.graphql import graphql
from otelhook.render.bodies.image import image
from otelhook.render.bodies.json_text import json_text
from otelhook.render.bodies.markup import html_text, xml_text
from otelhook.render.bodies.multipart import multipart
from otelhook.render.bodies.ndjson import ndjson
from otelhook.render.bodies.sql import sql
from otelhook.render.bodies.stack_trace import stack_trace
from otelhook.render.bodies.view import Content, Shown, View, first_fitting
from otelhook.render.shared.plain import one_line
from otelhook.render.shared.units import spell_size
from otelhook.sequence.document import Body

__all__ = ["VIEWS", "Shown", "content_of", "shown_body", "shown_content"]

VIEWS: Final[tuple[View, ...]] = (
    image,
    multipart,
    form,
    event_stream,
    ndjson,
    graphql,
    json_text,
    sql,
    html_text,
    xml_text,
    stack_trace,
)
"""In the order in which they are tried."""

_PREFIX: Final = 32
"""Bytes of a binary body that are shown."""

_BOUNDARY: Final = re.compile(r'(?i);\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))')


def shown_body(body: Body | None) -> Shown:
    """Return what to show of a body: ``none`` where there was none."""
    if body is None:
        return Shown("text", "not recorded")
    content = body.content
    if content is None:
        size = "" if body.size is None else f" ({_described(body, 0)})"
        return Shown("text", "none" if body.size == 0 else f"not recorded{size}")
    if isinstance(content, str) and not content.strip():
        return Shown("text", content if content and body.size else "none")
    if not content and not body.size:
        return Shown("text", "none")
    shown = shown_content(content_of(body, content))
    return shown or _as_it_came(body, content)


def content_of(body: Body, value: str | bytes) -> Content:
    """Return a body's content for a view."""
    media_type = body.content_type.partition(";")[0].strip().lower()
    found = _BOUNDARY.search(body.content_type)
    boundary = (found[1] or found[2]) if found else ""
    return Content(value, media_type, boundary, body.truncated, body.size)


def shown_content(content: Content, views: Iterable[View] = VIEWS) -> Shown | None:
    """Return the first view that fits; None if there is none."""
    return first_fitting(content, views)


def _described(body: Body, held: int) -> str:
    size = held if body.size is None else body.size
    kind = one_line(body.content_type.partition(";")[0])
    return f"{kind}, {spell_size(size)}" if kind else spell_size(size)


def _as_it_came(body: Body, content: str | bytes) -> Shown:
    if isinstance(content, str):
        return Shown("text", content)
    prefix = content[:_PREFIX].hex(" ")
    more = " ..." if len(content) > _PREFIX or (body.size or 0) > len(content) else ""
    return Shown("text", f"binary: {_described(body, len(content))}\n{prefix}{more}".rstrip())
