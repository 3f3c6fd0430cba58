"""Which calls change something in the world, as far as their requests tell."""

from __future__ import annotations

from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.sequence.document import Protocol, Step

__all__ = ["SIGN_IN", "changes_something"]

_WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_SQL_WRITES: Final = ("INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "CREATE", "DROP", "ALTER")
SIGN_IN: Final = lazy(r"(?i).*/(?:auth/tokens|token|log-?in|sign-?in|authenticate)/?")
"""Paths that are asked for a token."""


def changes_something(request: Step) -> bool:
    """Return whether a request asks for a change: one that only gets a token does not."""
    if request.protocol is Protocol.DATABASE:
        return request.label.upper().startswith(_SQL_WRITES)
    if request.protocol is Protocol.MESSAGING:
        return True
    is_write = request.method.upper() in _WRITES
    return is_write and SIGN_IN.fullmatch(request.path) is None
