"""What can go wrong, each in a line that says what to do."""

from __future__ import annotations

__all__ = ["HarnessError"]


class HarnessError(Exception):
    """What went wrong, and what to do about it."""
