"""Questions to the store, each in a thread, with a connection and a time limit of its own.

The event loop only waits. A few questions run at once, so that reading never takes the machine
from receiving; when more wait than can be answered soon, the next is told to come again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

import anyio
import anyio.to_thread

from otelhook.errors import StorageError
from otelhook.store import Store

__all__ = ["BusyError", "Reading"]

_T = TypeVar("_T")

_SECONDS: Final = 10.0
_AT_ONCE: Final = 2
_WAITING: Final = 50


class BusyError(StorageError):
    """Too many questions wait already."""


class Reading:
    """Where the pages and the query API read from.

    Args:
        open_store: opens the store; a connection belongs to the thread that opened it.
        clock: ns since the epoch.
        seconds: how long one question may take SQLite.
        at_once: how many run at the same time.
        waiting: how many may wait for their turn.
    """

    def __init__(
        self,
        open_store: Callable[[], Store],
        clock: Callable[[], int] = time.time_ns,
        *,
        seconds: float = _SECONDS,
        at_once: int = _AT_ONCE,
        waiting: int = _WAITING,
    ) -> None:
        self.clock = clock
        self._open_store = open_store
        self._seconds = seconds
        self._at_once = at_once
        self._waiting = waiting
        self._asked = 0
        self._turns: anyio.CapacityLimiter | None = None

    async def ask(self, question: Callable[[Store], _T]) -> _T:
        """Answer a question in a thread.

        Raises:
            BusyError: too many wait already.
            OtelhookError: what the question raises, and `Store.open` and `Store.bounded`.
        """
        if self._asked >= self._at_once + self._waiting:
            message = "too many questions at once; ask again in a moment"
            raise BusyError(message)
        if self._turns is None:  # it belongs to the event loop, which runs by now
            self._turns = anyio.CapacityLimiter(self._at_once)
        self._asked += 1
        try:
            return await anyio.to_thread.run_sync(
                self._answer, question, limiter=self._turns, abandon_on_cancel=False
            )
        finally:
            self._asked -= 1

    def _answer(self, question: Callable[[Store], _T]) -> _T:
        with self._open_store() as store, store.bounded(self._seconds):
            return question(store)
