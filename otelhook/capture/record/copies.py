"""What becomes of a copy of what stands in the place of a program's own object.

A program may copy or pickle what it was given; the copy is one of its own object, as without us.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

__all__ = ["as_copied"]


def as_copied(own: object) -> tuple[Callable[[Any], Any], tuple[object]]:
    """Return what ``__reduce_ex__`` does of an object that stands in the place of another."""
    return copy.copy, (own,)
