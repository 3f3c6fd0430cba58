"""Regular expressions that are compiled when they are first used.

Redaction and the reading of spans have some two hundred, and one run of a command needs few of
them: compiling all took longer than the rest of its start. A service compiles them before its first
request, which must not wait for that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, cast

__all__ = ["compile_all", "lazy"]

_WAYS: Final = (
    *("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split"),
    *("pattern", "flags", "groups", "groupindex"),
)


class _Lazy:
    """Stands for a compiled pattern: from the first use on it has that one's own methods."""

    def __init__(self, pattern: str | Callable[[], str], flags: int) -> None:
        self._made_of = pattern, flags
        _made.append(self)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - what a pattern has
        if name not in _WAYS:
            raise AttributeError(name)
        pattern, flags = self._made_of
        compiled = re.compile(pattern if isinstance(pattern, str) else pattern(), flags)
        self.__dict__.update({way: getattr(compiled, way) for way in _WAYS})
        return self.__dict__[name]


_made: list[_Lazy] = []


def compile_all() -> None:
    """Compile the patterns of all modules that are loaded by now."""
    for one in _made:
        if "search" not in one.__dict__:
            one.search  # noqa: B018 - asking for it compiles it


def lazy(pattern: str | Callable[[], str], flags: int = 0) -> re.Pattern[str]:
    """Return what is used as ``re.compile(pattern, flags)``; an error comes with its use.

    Args:
        pattern: it, or what returns it where it is made of much.
        flags: as for ``re.compile``.
    """
    return cast("re.Pattern[str]", _Lazy(pattern, flags))
