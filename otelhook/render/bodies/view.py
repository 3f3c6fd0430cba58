"""What a view of a body is given, and what it makes of it."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

__all__ = [
    "TEXT_LIMIT",
    "Content",
    "Picture",
    "Shown",
    "View",
    "data_address",
    "first_fitting",
]

TEXT_LIMIT = 250_000
"""Characters of a body that a view lays out: what is longer is shown as it came."""


@dataclass(frozen=True, slots=True)
class Content:
    """A body's content: text, or bytes if it is none."""

    value: str | bytes
    media_type: str
    """Without parameters, in lower case; empty if unknown."""
    boundary: str = ""
    """Of a multipart body."""
    truncated: bool = False
    size: int | None = None
    """Its true length in bytes."""

    @property
    def text(self) -> str | None:
        """The content if it is text that can be laid out."""
        is_fit = isinstance(self.value, str) and len(self.value) <= TEXT_LIMIT
        return self.value if is_fit and isinstance(self.value, str) else None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that stands in a row of a table, after the text of the row's last cell."""

    row: int
    """From 0."""
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """A body ready for display."""

    language: str
    """What a highlighter calls it: ``json``, ``sql``, ``xml``, ``html``, ``text``."""
    text: str
    """All of it as lines, for formats that have no tables or pictures."""
    head: tuple[str, ...] = ()
    """The headings of a table; empty if it is none."""
    rows: tuple[tuple[str, ...], ...] = ()
    pictures: tuple[Picture, ...] = ()
    """Of the table's rows, in their order."""
    image: str = ""
    """The media type of a picture whose bytes can be shown; empty if it is none."""
    name: str = ""
    """What a reader calls the view; empty if the text is as it came."""


class View(Protocol):
    """A pure function: how it shows a content, or None if that is nothing for it.

    It may raise ``ValueError`` or ``LookupError`` on what is damaged: the next view is tried.
    """

    def __call__(self, content: Content, /) -> Shown | None:
        """Return the view of a content."""
        ...


def first_fitting(content: Content, views: Iterable[View]) -> Shown | None:
    """Return the first view that fits; None if there is none."""
    for view in views:
        try:
            shown = view(content)
        except (ValueError, LookupError, RecursionError):
            continue  # it is not what it says that it is: another view may know better
        if shown is not None:
            return shown
    return None


def data_address(media_type: str, content: bytes) -> str:
    """Return the address of a picture that stands in the page itself."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"
