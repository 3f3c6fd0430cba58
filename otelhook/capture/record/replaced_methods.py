"""What stands in the place of an object's own methods, and must not keep the object.

A bound method keeps its object; kept by what the object itself holds, both are left for the garbage
collector, with all that they hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakMethod

__all__ = ["called_through"]


def called_through(method: Callable[..., Any]) -> Callable[[], Callable[..., Any]]:
    """Return how to get a method again while its object is there, as it is when it is called.

    What is no bound method, or of an object that cannot be referred to weakly, is kept.
    """
    try:
        found: Any = WeakMethod(method)
    except TypeError:
        return lambda: method
    return found  # type: ignore[no-any-return]
