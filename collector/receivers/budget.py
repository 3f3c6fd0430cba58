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
            RefusalError: there are not as many left, or never were.
        """
        if self.held + size > self._budget.total:
            message = f"takes more than {self._budget.total} bytes of memory: send smaller batches"
            raise RefusalError(Reason.TOO_LARGE, message)
        self._budget.take(size)
        self.held += size

    def shrink(self, size: int) -> None:
        """Give bytes back."""
        self._budget.give_back(size)
        self.held -= size

    def hold(self, size: int) -> None:
        """Take more bytes or give some back, to hold this many.

        Raises:
            RefusalError: there are not as many left.
        """
        if size > self.held:
            self.grow(size - self.held)
        else:
            self.shrink(self.held - size)

    def copied(self, content: bytearray) -> bytes:
        """Return bytes that were gathered, of which there are two for a moment.

        Raises:
            RefusalError: there are not as many left.
        """
        size = len(content)
        self.grow(size)
        copy = bytes(content)
        content.clear()
        self.shrink(size)
        return copy

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
