"""A span as the evaluation sees it, whatever file it came from.

Nothing here, or beside it, imports the code that is evaluated: what a trace shows is derived a
second time, from the conventions alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Key", "Seen", "Trace", "text"]

Key = tuple[str, str, str]
"""Trace id, span id, and ``server`` for the half of a span that two sides share (Zipkin)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One span. Kinds are OpenTelemetry's in lower case, empty where none was recorded."""

    trace: str
    span: str
    parent: str
    name: str
    kind: str
    start: int
    end: int
    service: str
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    resource: Mapping[str, Any] = field(default_factory=dict[str, Any])
    scope: str = ""
    status: str = ""
    """``ok``, ``error`` or empty."""
    message: str = ""
    events: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    """Trace and span id each."""
    shared: bool = False
    """The server's half of a span whose id the client made (Zipkin)."""
    parent_shared: bool = False
    """Its parent is such a half."""

    @property
    def key(self) -> Key:
        return (self.trace, self.span, "server" if self.shared else "")

    def get(self, *names: str) -> str:
        """Return the first of these attributes that says something, as text."""
        for name in names:
            said = text(self.attributes.get(name))
            if said:
                return said
        return ""

    def has(self, *prefixes: str) -> bool:
        """Tell whether any attribute's name starts with one of these."""
        return any(name.startswith(prefixes) for name in self.attributes)


@dataclass(frozen=True, slots=True)
class Trace:
    """All spans of one trace id in one file."""

    id: str
    spans: tuple[Seen, ...]


def text(value: object) -> str:
    """Return an attribute's value as the words that a reader would look for."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ", ".join(text(item) for item in value)
    return str(value).strip()
