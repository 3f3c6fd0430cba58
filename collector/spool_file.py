"""One spool into the store: its records in batches, each committed with how far it was read."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from otelhook.errors import DamagedDataError
from otelhook.otlp.records import Record, Stop, read_records, resynchronise
from otelhook.store.blocks.block import BlockBuilder
from otelhook.store.store import Store
from otelhook.store.written import SpoolKey, SpoolPosition

if TYPE_CHECKING:
    from otelhook.collector.spools import TakenIn

if sys.platform != "win32":
    import fcntl

__all__ = ["take_file"]

_BATCH_BYTES = 4 * 1024**2
"""Payload committed at once: what one transaction holds in memory."""


def take_file(path: Path, file: BinaryIO, store: Store, taken: TakenIn, *, retire: bool) -> None:
    """Take the whole records of one spool into the store, and remove it if that is its end.

    Args:
        path: the spool.
        file: it, open.
        store: where the spans go.
        taken: is told what was taken.
        retire: remove it although its writer lives.
    """
    # If True, nobody else begins to write to it until we close it.
    gone = _writer_is_gone(file)
    spool = _Spool(path, file, store, taken, gone=gone)
    spool.read()
    if gone or retire:
        spool.remove()


class _Spool:
    """One open spool, and the store's row that says how far it was read."""

    def __init__(
        self, path: Path, file: BinaryIO, store: Store, taken: TakenIn, *, gone: bool
    ) -> None:
        self._path, self._file, self._gone = path, file, gone
        self._store, self._taken = store, taken
        self._key = SpoolKey(path.name, os.fstat(file.fileno()).st_ino)

    def read(self) -> None:
        """Take records until there is no further whole one."""
        while self._size() > self._store.spool(self._key).offset and self._batch():
            pass

    def remove(self) -> None:
        """Remove the spool, which was read to its end; damaged ones are set aside.

        It is unlinked before it is looked at for the last time: a writer that could not hold
        its lock (a file system without them) looks after each write whether its file is still
        linked, and if not writes that record again elsewhere.
        """
        with suppress(FileNotFoundError):
            # Of a living writer it is not set aside: more would be written to it under that name.
            if self._gone and self._store.spool(self._key).damaged:
                self._path.rename(self._path.with_name(f"{self._path.name}.damaged"))
            else:
                self._path.unlink()
        self.read()
        self._store.forget_spool(self._key)

    def _batch(self) -> bool:
        """Take some records and commit them with the new offset; say if any progress was made."""
        with self._store.transaction():
            # Only under the lock is the position ours to move on.
            held = self._store.spool(self._key)
            batch = _Batch(self._path.name)
            end = batch.fill(self._file, held.offset, self._size(), gone=self._gone)
            if end == held.offset:
                return False
            block = batch.builder.finish()
            written = self._store.write_blocks([] if block is None else [block])
            self._store.move_spool(
                self._key, SpoolPosition(end, damaged=held.damaged or batch.damaged)
            )
        self._taken.spans += written.added
        self._taken.records += batch.records
        self._taken.warnings += batch.warnings
        return True

    def _size(self) -> int:
        return os.fstat(self._file.fileno()).st_size


@dataclass(slots=True)
class _Batch:
    """Records of one spool that are committed together."""

    name: str
    builder: BlockBuilder = field(default_factory=lambda: BlockBuilder(quick=True))
    records: int = 0
    damaged: bool = False
    warnings: list[str] = field(default_factory=list[str])

    def fill(self, file: BinaryIO, offset: int, size: int, *, gone: bool) -> int:
        """Read from ``offset`` on and return where the next batch begins."""
        start = offset
        for found in read_records(file, offset, size):
            if isinstance(found, Stop):
                return self._stopped(found, file, size, gone=gone)
            self._take(found)
            offset = found.end
            if offset - start >= _BATCH_BYTES:
                break
        return offset

    def _take(self, record: Record) -> None:
        try:
            skipped = self.builder.add(record.data)
        except DamagedDataError:
            self._warn(record.offset, record.end - record.offset, "damaged record")
            return
        self.records += 1
        self.warnings += (f"spool {self.name}: {said}" for said in skipped)

    def _stopped(self, stop: Stop, file: BinaryIO, size: int, *, gone: bool) -> int:
        if not stop.remaining or not (stop.damaged or gone):
            return stop.offset
        end = resynchronise(file, stop.offset, size)
        if end == size and not gone:
            return stop.offset  # the next whole record may still be written
        what = "damaged bytes" if stop.damaged or end < size else "truncated record"
        self._warn(stop.offset, end - stop.offset, what)
        return end

    def _warn(self, offset: int, length: int, what: str) -> None:
        self.damaged = True
        self.warnings.append(
            f"spool {self.name}: {what} at offset {offset} ({length} bytes) set aside,"
            f" the rest was ingested"
        )


def _writer_is_gone(file: BinaryIO) -> bool:
    """Say if nobody holds the writer's lock, and if so keep every writer out until closing."""
    if sys.platform == "win32":  # no such lock: spools are read, their writers unknown
        return False
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held, or a file system without locks
        return False
    return True
