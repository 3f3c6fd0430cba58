"""What every renderer is."""

from __future__ import annotations

from typing import Protocol

from otelhook.sequence.document import Document

__all__ = ["Renderer"]


class Renderer(Protocol):
    """A pure function from a Document to text or bytes: deterministic, escaped at the boundary."""

    def __call__(self, document: Document, /) -> str | bytes:
        """Return the document in this renderer's format."""
        ...
