"""What stands where a secret was."""

from __future__ import annotations

from otelhook.lazy_patterns import lazy

__all__ = ["ANY_MARKER", "MARKER", "is_marker"]

MARKER = "‹redacted›"
"""Stands for a secret of which nothing is shown."""

ANY_MARKER = lazy(r"‹(?:redacted|token:[0-9a-f]{16})›")
"""A marker or a pseudonym."""


def is_marker(text: str) -> bool:
    """Say whether the text is a marker or pseudonym of ours, so that a second pass keeps it."""
    return text.startswith("‹") and ANY_MARKER.fullmatch(text) is not None
