"""What a mistyped name may have been meant for."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["meant", "nearest"]

_LIKE = 0.6
"""How alike two names have to be (difflib's ratio): ``rendr`` and ``render`` are 0.9."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like this one, None if none is like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - only once something is mistyped

    by_lower = {one.lower(): one for one in known}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=_LIKE)
    return by_lower[found[0]] if found else None


def meant(name: str, known: Iterable[str]) -> str:
    """Return `` (did you mean render?)`` for a message, nothing if no known name is like it."""
    found = nearest(name, known)
    return "" if found is None else f" (did you mean {found}?)"
