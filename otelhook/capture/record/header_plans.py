"""What becomes of a header, by its name: found once, and remembered for the next request.

Servers and clients have few names of headers, and few sets of them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from otelhook.attributes import Direction, header_prefix
from otelhook.capture.header_values import header_name
from otelhook.redaction import LookAt, Names, look_at

__all__ = ["EnvironPlan", "HeaderPlan", "HeaderPlans", "environ_plan", "header_keys", "plans_of"]

_MOST = 1024
"""Names remembered of one side of one service."""
_LONGEST = 64
_MOVED = frozenset({"HTTP_HOST", "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"})


class HeaderPlan(NamedTuple):
    """What becomes of a header."""

    key: str
    """The attribute that has its values."""
    name: str
    """Its name in lower case."""
    look: LookAt
    """Which of its values are looked at for secrets."""


class HeaderPlans(dict[str, HeaderPlan]):
    """Plans by the names that headers came with, in any case; what is missing is made.

    Args:
        names: which names are secret.
        side: of the request, or of the response.
    """

    def __init__(self, names: Names, side: Direction) -> None:
        super().__init__()
        self._names = names
        self._prefix = header_prefix(side)

    def __missing__(self, name: str) -> HeaderPlan:
        lower = name.lower()
        plan = HeaderPlan(self._prefix + lower, lower, look_at(self._names, lower))
        if len(self) >= _MOST:
            self.clear()
        if len(name) <= _LONGEST:
            self[name] = plan
        return plan


@lru_cache(maxsize=32)
def plans_of(names: Names, side: Direction) -> HeaderPlans:
    """Return the plans for one side's headers under these rules."""
    return HeaderPlans(names, side)


EnvironPlan = tuple[tuple[str, HeaderPlan], ...]
"""Which of an environ's keys stand for headers, in the order in which they are recorded."""


@lru_cache(maxsize=128)
def environ_plan(names: Names, keys: tuple[str, ...]) -> EnvironPlan:
    """Return what becomes of an environ's headers: host first, the others where the server has
    them. Those that describe the body are not among them: servers fill them in.
    """
    plans = plans_of(names, "request")
    return tuple((key, plans[header_name(key)]) for key in header_keys(keys))


def header_keys(keys: tuple[str, ...]) -> list[str]:
    """Return those of an environ's keys that stand for headers, as `environ_plan` orders them."""
    host = ["HTTP_HOST"] if "HTTP_HOST" in keys else []
    return host + [key for key in keys if key.startswith("HTTP_") and key not in _MOVED]
