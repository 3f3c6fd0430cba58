"""How much is recorded of which body: by the request it belongs to, and by its content type."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["BodyLimits", "RequestLimits"]

_Rules = Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Of the bodies of one request and of its answer."""

    usual: int
    """Bytes of a body of which no rule speaks."""
    types: tuple[tuple[re.Pattern[str], int], ...] = ()
    ceiling: int | None = None
    """What the request's own rule says; None if there is none."""

    def of(self, content_type: str) -> int:
        """Return how many bytes are kept of a body: where two rules speak of it, the fewer."""
        if not self.types:
            return self.usual
        found = _by_type(self.types, content_type)
        if found is None:
            return self.usual
        return found if self.ceiling is None else min(found, self.ceiling)


class BodyLimits:
    """The rules of one service; the first that fits speaks.

    Args:
        usual: bytes kept of each body where no rule fits.
        types: patterns of content types such as ``image/*``, and how many bytes.
        routes: patterns of paths such as ``/v2/images/*/file``, with a method before it or
            none, and how many bytes. ``*`` is any text in both.
    """

    __slots__ = ("_routes", "_usual")

    def __init__(self, usual: int, types: _Rules = (), routes: _Rules = ()) -> None:
        kinds = tuple((_pattern(kind.lower()), limit) for kind, limit in types)
        self._usual = RequestLimits(usual, kinds)
        self._routes = [
            (*_split_method(route), RequestLimits(limit, kinds, limit)) for route, limit in routes
        ]

    @property
    def everywhere(self) -> RequestLimits | None:
        """The limits of every request; None if there are rules by request."""
        return None if self._routes else self._usual

    def at(self, method: str, path: str) -> RequestLimits:
        """Return the limits of a request: its method in upper case, its path without a query."""
        for wanted, pattern, limits in self._routes:
            if wanted in ("", method) and pattern.fullmatch(path):
                return limits
        return self._usual


def _split_method(route: str) -> tuple[str, re.Pattern[str]]:
    method, _, path = route.strip().rpartition(" ")
    return method.strip().upper(), _pattern(path)


def _pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern in which only ``*`` means something; it never goes back over a star."""
    plain = re.sub(r"[\[?]", lambda found: f"[{found[0]}]", text)
    return re.compile(fnmatch.translate(plain))


@lru_cache(maxsize=256)
def _by_type(types: tuple[tuple[re.Pattern[str], int], ...], content_type: str) -> int | None:
    media = content_type.partition(";")[0].strip().lower()
    return next((limit for pattern, limit in types if pattern.fullmatch(media)), None)
