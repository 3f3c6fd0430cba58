"""How much memory requests may take at once, shared by all receivers."""

from __future__ import annotations

import threading
from types import TracebackType

from otelhook.collector.receivers.refusals import Reason, RefusalError

__all__ = ["Budget", "Share"]


class Budget:
    """A number of bytes; who wants more than is left is sent away to come again."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._taken = 0
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """Bytes that are in use."""
        return self._taken

    def share(self) -> Share:
        """Begin a request's share, empty; to be used in a ``with``."""
        return Share(self)

    def take(self, size: int) -> None:
        """Take bytes.

        Raises:
            RefusalError: there are not as many left.
        """
        with self._lock:
            if self._taken + size > self.total:
                message = "the collector is taking as much as it can hold: send it again"
                raise RefusalError(Reason.BUSY, message)
            self._taken += size

    def give_back(self, size: int) -> None:
        """Give bytes back."""
        with self._lock:
            self._taken -= size


class Share:
    """What one request holds; all of it goes back at the end of the ``with``."""

    __slots__ = ("_budget", "held")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.held = 0

    def grow(self, size: int) -> None:
        """Take more bytes.

        Raises:
            RefusalError: there are not as many left.
        """
        self._budget.take(size)
        self.held += size

    def __enter__(self) -> Share:  # noqa: PYI034 - Self is newer than Python 3.10
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._budget.give_back(self.held)
        self.held = 0
