"""Locks and threads of the operating system, also where eventlet or gevent have replaced them.

Both replace what `_thread` and `threading` offer by parts that switch greenlets: a "thread" is
then a greenlet of the hub that runs at its start, and is stranded when the program replaces that
hub (swift does). A lock of theirs serves greenlets of one thread only, and one that was made
before may be exchanged in place. Who exports in the background needs what is neither a greenlet
nor exchanged, whichever came first: a copy of `_thread`, which the interpreter makes anew and
nobody patches. Of its own type, its locks are not among those that eventlet looks for.

While one of these locks is held, nothing may be done that switches greenlets: another greenlet of
the same thread would be let in, since such a lock belongs to a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.machinery import BuiltinImporter
from importlib.util import module_from_spec
from typing import Any

__all__ = ["NativeCondition", "NativeLock", "NativeThread"]


def _unpatched() -> Any:  # noqa: ANN401 - a module
    spec = BuiltinImporter.find_spec("_thread")
    assert spec is not None  # noqa: S101 - `_thread` is part of every interpreter
    module = module_from_spec(spec)
    BuiltinImporter.exec_module(module)
    return module


_native = _unpatched()


class NativeLock:
    """A lock that the thread which holds it may take again."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = _native.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def take(self, seconds: float) -> bool:
        """Take it; False if it was not to be had within ``seconds``. It is let go by `let_go`."""
        return _acquired(self._lock, seconds)

    def let_go(self) -> None:
        """Let go of it, after `take`."""
        self._lock.release()


class NativeCondition(NativeLock):
    """A lock whose holder may wait until another thread has changed something.

    `threading.Condition` makes a lock each time somebody waits, from a name that is replaced.
    """

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[Any] = []

    def wait(self, seconds: float | None = None) -> bool:
        """Let go of the lock until notified; False if that took longer than ``seconds``."""
        waiter = _held_lock()
        self._waiting.append(waiter)
        state = self._lock._release_save()  # noqa: SLF001 - as threading.Condition does
        try:
            return _acquired(waiter, seconds)
        finally:
            self._lock._acquire_restore(state)  # noqa: SLF001
            if waiter in self._waiting:
                self._waiting.remove(waiter)

    def notify_all(self) -> None:
        """Wake all who wait."""
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            waiter.release()


class NativeThread:
    """A thread that no program waits for at its end.

    `threading` does not know it: one that began before threads were replaced by greenlets could
    not end there without an error.

    Args:
        act: what it does, once.
    """

    __slots__ = ("_act", "_running")

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act
        self._running = _held_lock()

    def start(self) -> None:
        """Start it.

        Raises:
            RuntimeError: the interpreter is ending, or there are too many threads.
        """
        _native.start_new_thread(self._run, ())

    def join(self, seconds: float | None = None) -> bool:
        """Wait for its end; False if that took longer than ``seconds``."""
        if not _acquired(self._running, seconds):
            return False
        self._running.release()
        return True

    def _run(self) -> None:
        try:
            self._act()
        finally:
            self._running.release()


def _held_lock() -> Any:  # noqa: ANN401 - a lock of `_thread`
    lock = _native.allocate_lock()
    lock.acquire()
    return lock


def _acquired(lock: Any, seconds: float | None) -> bool:  # noqa: ANN401
    """Take a lock; False if it was not to be had within ``seconds``."""
    if seconds is None:
        return bool(lock.acquire())
    return bool(lock.acquire(blocking=seconds > 0, timeout=seconds if seconds > 0 else -1))
