"""Files of a data folder that hold something of a trace beside its store and its whole spools."""

from __future__ import annotations

import mmap
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from otelhook.errors import StorageError
from otelhook.model import TraceId
from otelhook.otlp.folders import SEQUENCE_FOLDER, SPOOL_FOLDER, SPOOL_SUFFIX

__all__ = ["remove_files"]


def remove_files(data_dir: Path, traces: Collection[TraceId]) -> Sequence[Path]:
    """Remove the documents of traces, and the damaged spools that hold one of them.

    Returns:
        The damaged spools that are gone.

    Raises:
        StorageError: a file cannot be looked at or removed.
    """
    damaged = [
        path
        for path in sorted((data_dir / SPOOL_FOLDER).glob(f"*{SPOOL_SUFFIX}.*"))
        if path.is_file() and not path.is_symlink() and _holds(path, traces)
    ]
    for path in (*damaged, *_documents(data_dir / SEQUENCE_FOLDER, traces)):
        _remove(path)
    return damaged


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        message = f"{path}: cannot be removed: {error.strerror or error}"
        raise StorageError(message) from error


def _documents(folder: Path, traces: Collection[TraceId]) -> Iterator[Path]:
    for path in sorted(folder.glob("*")):
        # <trace_id>.md, or <trace_id>-2.jsonl of another process; half written, a dot before it.
        if path.name.lstrip(".")[:32] in traces:
            yield path


def _holds(path: Path, traces: Collection[TraceId]) -> bool:
    """Say if a trace's id is anywhere in a file, as the bytes that OTLP has of it."""
    try:
        with path.open("rb") as file:
            if not file.seek(0, 2):
                return False
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return any(content.find(bytes.fromhex(trace)) >= 0 for trace in traces)
    except OSError as error:
        message = f"{path}: cannot be looked at: {error.strerror or error}"
        raise StorageError(message) from error
