"""The one writer of the collector: what many requests bring, in few commits.

Requests wait until the commit that holds their spans is on the disk, so an answer of success
means that a power cut loses nothing. Those that come while a commit is under way share the next.
The spools of local processes, and retention, are this thread's as well: SQLite has one writer at
a time, and so nobody waits for a lock.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from otelhook.collector.counters import Counters
from otelhook.collector.receivers.refusals import Reason, RefusalError
from otelhook.collector.spools import take_in
from otelhook.errors import OtelhookError, StorageError
from otelhook.store import Block, Store, Written

__all__ = ["Chores", "Intake"]

_logger = logging.getLogger(__name__)

_COMMIT_SPANS = 5_000
"""Spans committed at once, about: a larger commit makes the first of them wait for the last."""

_TRACE = 4
"""What a trace's rows cost to write, in spans, about."""

_PAUSE = 1.0
"""Seconds between two attempts to open a store that went away."""


@dataclass(frozen=True, slots=True)
class Chores:
    """What the writer does beside writing; times in seconds."""

    spools: Path | None = None
    """The folder of local processes' spools."""
    spool_every: float = 1.0
    retain_every: float = 2.0
    compact_every: float = 1.0
    compact_seconds: float = 0.05
    """How long one round takes, about, while spans come."""
    keep_seconds: float = 0.0
    keep_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A request; its blocks leave it one by one, in as many commits as it takes."""

    blocks: deque[Block]
    done: Future[None]


_Commit: TypeAlias = list[tuple[_Waiting, Block | None]]
"""What is written at once: a block of a request each, or none of one that has no spans."""


class Intake:
    """Takes spans from any thread and writes them in its own.

    Args:
        open_store: opens the store; called in the writer's thread.
        counters: what is told of each commit.
        chores: what else the thread does.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        open_store: Callable[[], Store],
        counters: Counters,
        chores: Chores,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_store = open_store
        self._counters = counters
        self._chores = chores
        self._clock = clock
        self._changed = threading.Condition()
        self._queue: deque[_Waiting] = deque()
        self._ending = False
        self._due = {"spools": 0.0, "retention": 0.0, "compaction": 0.0}
        self._thread = threading.Thread(target=self._run, name="otelhook-intake", daemon=True)
        self._opened: Future[None] = Future()
        self._said: dict[str, str] = {}
        self._compacted = ""
        """Of which version of the store there is nothing left to rewrite."""

    def start(self) -> None:
        """Open the store and begin.

        Raises:
            OtelhookError: the store cannot be opened.
        """
        self._thread.start()
        self._opened.result()

    def submit(self, blocks: Iterable[Block]) -> Future[None]:
        """Hand a request's spans over; the future is done once all of them are durable.

        Its exception is a `RefusalError`. The memory that they take is the caller's to bound.

        Raises:
            RefusalError: the collector is ending.
        """
        waiting = _Waiting(deque(blocks), Future())
        with self._changed:
            if self._ending:
                message = "the collector is ending: send it again to the next one"
                raise RefusalError(Reason.UNWRITABLE, message)
            self._queue.append(waiting)
            self._changed.notify()
        return waiting.done

    @property
    def waiting(self) -> int:
        """Requests that wait to be written."""
        return len(self._queue)

    def stop(self) -> None:
        """Write what was handed over, and end."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            store = self._open_store()
        except BaseException as error:  # noqa: BLE001 - it is start()'s to raise
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        self._store = store
        try:
            while self._step():
                pass
        finally:
            self._store.close()

    def _step(self) -> bool:
        """Write one commit's worth, or do what is due; False at the end."""
        with self._changed:
            if not self._queue and not self._ending:
                self._changed.wait(max(min(self._due.values()) - self._clock(), 0.0))
            commit = self._next_commit()
            ending = self._ending and not self._queue
        try:
            store = self._in_place()
        except OtelhookError as error:
            self._refuse(commit, error)
            self._due = dict.fromkeys(self._due, self._clock() + _PAUSE)
        else:
            if commit:
                self._write(store, commit)
            self._do_chores(store)
        return not ending

    def _next_commit(self) -> _Commit:
        """Take blocks in turn, one of each request, so that a large one holds nobody up."""
        commit: _Commit = []
        cost = 0
        while self._queue and cost < _COMMIT_SPANS:
            waiting = self._queue.popleft()
            block = waiting.blocks.popleft() if waiting.blocks else None
            commit.append((waiting, block))
            if block is not None:
                cost += block.spans + _TRACE * len(block.parts)
            if waiting.blocks:
                self._queue.append(waiting)
        return commit

    def _in_place(self) -> Store:
        """Return the store that is at its place: a new one if ours was removed.

        Raises:
            OtelhookError: there is none, and none can be made; or somebody uses another there.
        """
        if self._store.in_place:
            return self._store
        path = self._store.path
        if path.exists() and path.with_name(f"{path.name}-wal").exists():
            # Closing ours, SQLite would remove that log: it goes by the name.
            message = f"{path}: another store took its place and is in use: start collect again"
            raise StorageError(message)
        self._store.close()
        self._store = self._open_store()
        _logger.warning("%s: the store was removed while in use; a new one is begun", path)
        return self._store

    def _refuse(self, commit: _Commit, error: OtelhookError) -> None:
        self._counters.failures.inc()
        self._complain("writing", str(error))
        for waiting, _ in commit:
            self._give_up(waiting, RefusalError(Reason.UNWRITABLE, str(error)))

    def _give_up(self, waiting: _Waiting, refusal: RefusalError) -> None:
        """Answer a request, of which some may be written; the rest of it is not."""
        waiting.blocks.clear()
        with self._changed:
            self._queue = deque(one for one in self._queue if one is not waiting)
        if not waiting.done.done():
            waiting.done.set_exception(refusal)

    def _write(self, store: Store, commit: _Commit) -> None:
        began = self._clock()
        try:
            written = store.write_blocks(block for _, block in commit if block is not None)
        except OtelhookError as error:
            self._refuse(commit, error)
        except Exception as error:
            # A defect: not to be everybody's who shares the commit.
            if len(commit) > 1:
                for one in commit:
                    self._write(store, [one])
                return
            _logger.exception("otelhook collect: a request could not be stored")
            message = f"a defect of otelhook, please report it: {type(error).__name__}"
            self._give_up(commit[0][0], RefusalError(Reason.DEFECT, message))
        else:
            self._said.pop("writing", None)
            self._counters.commits.observe(self._clock() - began)
            self._count(written)
            for waiting, _ in commit:
                if not waiting.blocks and not waiting.done.done():
                    waiting.done.set_result(None)

    def _count(self, written: Written) -> None:
        for outcome in ("added", "replaced", "repeated"):
            self._counters.stored.labels(outcome).inc(getattr(written, outcome))

    def _do_chores(self, store: Store) -> None:
        chores = self._chores
        self._chore("spools", chores.spool_every, lambda: self._take_in(store))
        self._chore("retention", chores.retain_every, lambda: self._retain(store))
        self._chore("compaction", chores.compact_every, lambda: self._compact(store))

    def _chore(self, name: str, every: float, do: Callable[[], None]) -> None:
        """Do what is due; its failure is logged, and is not the end of the writer."""
        now = self._clock()
        if now < self._due[name]:
            return
        self._due[name] = now + every
        try:
            do()
        except OtelhookError as error:
            self._complain(name, str(error))
        except Exception as error:  # noqa: BLE001 - without this thread nothing is taken any more
            self._complain(name, f"{name}: {type(error).__name__}: {error}")
        else:
            self._said.pop(name, None)

    def _retain(self, store: Store) -> None:
        chores = self._chores
        gone = store.retain(chores.keep_seconds, chores.keep_bytes, time.time_ns())
        self._counters.retained.inc(gone.traces)

    def _compact(self, store: Store) -> None:
        """Rewrite some blocks; more of them at once while nobody waits."""
        if self._compacted == store.version():
            return
        if not store.compact(self._chores.compact_seconds):
            self._compacted = store.version()
        elif not self._queue:
            self._due["compaction"] = self._clock()

    def _take_in(self, store: Store) -> None:
        if self._chores.spools is None:
            return
        taken = take_in(self._chores.spools, store)
        self._counters.stored.labels("added").inc(taken.spans)
        for warning in taken.warnings:
            _logger.warning("%s", warning)

    def _complain(self, what: str, line: str) -> None:
        """Say a failure once, until it succeeds or fails otherwise."""
        if line != self._said.get(what):
            self._said[what] = line
            _logger.error("%s", line)
