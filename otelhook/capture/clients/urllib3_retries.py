"""What urllib3 sends again on its own while one call of the program runs."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Protocol

from otelhook.capture.context.attached import held
from otelhook.capture.guard import Guard

__all__ = ["Attempts", "attempts_of"]


class Repeatable(Protocol):
    """A hop that urllib3 may make again."""

    @property
    def sent(self) -> Any:
        """The request as it is sent."""
        ...

    def again(self) -> Any:
        """Begin the hop that sends the same request once more."""
        ...

    def sends(self, body: object, /) -> bool:
        """Say whether this is the body of this very request."""
        ...

    def attempted(self, outcome: Any, /) -> None:
        """See what an attempt ended with."""
        ...

    def replaced(self, outcome: Any, /) -> None:
        """End: another attempt follows."""
        ...


class Attempts:
    """The hops of one `HTTPAdapter.send`: each attempt is a request on the wire of its own.

    Args:
        hop: the first, begun already.
        guard: absorbs failures of ours.
    """

    __slots__ = ("_count", "_guard", "_outcome", "latest")

    def __init__(self, hop: Any, guard: Guard) -> None:
        self.latest = hop
        """The hop that the call's own outcome belongs to."""
        self._guard = guard
        self._count = 0
        self._outcome: Any = None

    def under_way(self) -> held:
        """Let urllib3's hook find them within a ``with`` block."""
        return held(_attempts, self)

    def begin(self, kwargs: dict[str, Any]) -> None:
        """Begin an attempt; from the second on it gets a span and headers of its own."""
        self._count += 1
        if self._count == 1:
            return
        with self._guard:
            last = self.latest
            self.latest = last.again()
            last.replaced(self._outcome)
            kwargs["headers"] = _with_propagation(kwargs["headers"], self.latest.sent.headers)

    def goes_over(self, connected: Any) -> None:
        """Record what the attempt goes over."""
        self.latest.goes_over(connected)

    def fail(self, error: BaseException) -> None:
        """Record that the call ended with this."""
        self._outcome = None  # its traceback leads back here
        self.latest.fail(error)

    def ended(self, outcome: Any) -> None:
        """Note what the attempt ended with."""
        self._outcome = outcome
        with self._guard:
            self.latest.attempted(outcome)


_attempts: ContextVar[Attempts | None] = ContextVar("otelhook-attempts", default=None)


def attempts_of(body: object) -> Attempts | None:
    """Return the attempts that a request with this body is one of.

    A generator may make calls of its own while it is being sent: those have other bodies.
    """
    attempts = _attempts.get()
    return attempts if attempts is not None and attempts.latest.sends(body) else None


def _with_propagation(headers: Mapping[str, str], ours: Mapping[str, str]) -> Mapping[str, str]:
    """Return a copy of an attempt's headers with another attempt's propagation headers."""
    changed: Any = headers.copy()  # type: ignore[attr-defined]
    for name, value in ours.items():
        changed[name] = value
    return changed  # type: ignore[no-any-return]
