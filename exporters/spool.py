"""The spool: each process appends what it records to a file of its own.

No server, no lock that anyone waits for: a writer holds a shared ``flock`` on its own file only
so that a reader can tell whether it still lives. The file is one of records
(`otelhook.otlp.records`); readers take it into the store (`otelhook.collector.spools`).
"""

from __future__ import annotations

import os
import re
import secrets
import sys
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otelhook.errors import StorageError
from otelhook.exporters.encoding import Encoded, encode, pack, runs
from otelhook.exporters.tally import Reason, Tally
from otelhook.native_threads import NativeLock
from otelhook.otlp.folders import SPOOL_SUFFIX
from otelhook.otlp.records import frame
from otelhook.ownership import check_folder

if sys.platform != "win32":
    import fcntl

__all__ = ["RECORD_BYTES", "ROTATE_BYTES", "SpoolSpanExporter"]

ROTATE_BYTES = 64 * 1024**2
RECORD_BYTES = 1024**2
"""About the longest record, in bytes: a reader holds one in memory, a kill loses one."""

_ATTEMPTS = 5
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_NAME_LENGTH = 40


class SpoolSpanExporter(SpanExporter):
    """Appends spans to a spool file of this process in ``folder``.

    `export` never raises. What cannot be written (a full disk, a folder that is gone) is counted
    in `tally` and logged once, until a write succeeds again; the file never keeps part of a record.
    """

    def __init__(
        self,
        folder: Path,
        *,
        service: str,
        rotate_bytes: int = ROTATE_BYTES,
        write: Callable[[int, bytes], int] = os.write,
    ) -> None:
        """Make an exporter; the folder and file are made at the first export.

        Args:
            folder: the spool folder; made with mode 0700 if missing.
            service: begins the file's name, for people who look into the folder.
            rotate_bytes: a new file is begun once one has reached this size.
            write: the system call, which tests may make fail.
        """
        self.tally = Tally()
        self._folder = folder
        self._service = _UNSAFE.sub("_", service)[:_NAME_LENGTH].strip(".") or "unnamed"
        self._rotate_bytes = rotate_bytes
        self._write = write
        self._lock = NativeLock()
        self._file: int | None = None
        self._pid = os.getpid()
        self._end = 0
        self._closed = False
        if hasattr(os, "register_at_fork"):
            child = weakref.WeakMethod(self._after_fork)
            # Once a child forks, nothing else runs in it yet: here no two threads can meet.
            os.register_at_fork(after_in_child=lambda: (found := child()) and found())

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append the spans; FAILURE says that some could not be written, and `tally` how many."""
        self._after_fork()
        with self._lock:
            if self._closed:
                self.tally.dropped(len(spans), Reason.ENDED)
                return SpanExportResult.FAILURE
            encoded = encode(spans)
            missing = len(spans) - len(encoded)
            self.tally.dropped(missing, Reason.NOT_ENCODED)
            written = [self._kept(run) for run in runs(encoded, RECORD_BYTES)]
        whole = all(written) and not missing
        return SpanExportResult.SUCCESS if whole else SpanExportResult.FAILURE

    def hurry(self, seconds: float) -> None:
        """Do nothing: writing waits for nobody."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - SDK's signature
        """Return True: what `export` has written, the operating system has."""
        return True

    def shutdown(self) -> None:
        """Close the file; a second call does nothing."""
        self._after_fork()
        with self._lock:
            self._closed = True
            self._close()

    def _after_fork(self) -> None:
        """Let go of the parent's file, and of a lock that the parent may have held while forking.

        Closing here does not release the parent's flock: the open file is the parent's as well.
        """
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._lock = NativeLock()
            self._close()

    def _kept(self, run: Sequence[Encoded]) -> bool:
        """Append one record; return whether its spans are safe by that."""
        try:
            self._append(frame(pack(run)))
        except StorageError as error:
            self.tally.dropped(len(run), Reason.NOT_WRITTEN, str(error))
            return False
        except (OSError, ValueError) as error:
            self.tally.dropped(len(run), Reason.NOT_WRITTEN, f"{self._folder}: {error}")
            return False
        self.tally.delivered(len(run))
        return True

    def _append(self, record: bytes) -> None:
        if self._file is not None and self._end >= self._rotate_bytes:
            self._close()
        for _ in range(_ATTEMPTS):
            file = self._open() if self._file is None else self._file
            self._write_whole(file, record)
            self._end += len(record)
            # A reader removed the file: it may or may not have seen this record, so it is
            # written again elsewhere. The store keeps one of the two.
            if os.fstat(file).st_nlink:
                return
            self._close()
        message = f"{self._folder}: spools are removed as soon as they are made"
        raise OSError(message)

    def _write_whole(self, file: int, record: bytes) -> None:
        """Write all of a record, or take back what there is of it and raise."""
        done = 0
        try:
            while done < len(record):
                done += self._write(file, record[done:] if done else record)
        except OSError:
            # Back to the last whole record: the next one must not follow half a one.
            os.ftruncate(file, self._end)
            raise

    def _open(self) -> int:
        check_folder(self._folder.parent)
        check_folder(self._folder)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        for _ in range(_ATTEMPTS):
            name = f"{self._service}-{os.getpid()}-{secrets.token_hex(4)}{SPOOL_SUFFIX}"
            file = os.open(self._folder / name, flags, 0o600)
            if _hold(file):
                self._file, self._end = file, 0
                return file
            os.close(file)  # a reader is removing it at this moment
        message = f"{self._folder}: no spool could be locked"
        raise OSError(message)

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _hold(file: int) -> bool:
    """Mark a file as one whose writer lives; False if a reader has it at this moment."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks: readers then treat it as alive
    return True
