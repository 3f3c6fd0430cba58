"""The store's file: its place, its transactions, and SQLite's errors as one clear line."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from otelhook.errors import DamagedDataError, OtelhookError, StorageError

__all__ = ["STORE_FILE", "clear_errors", "file_at", "reading", "store_path", "transaction"]

STORE_FILE = "store.sqlite3"


def store_path(place: Path) -> Path:
    """Return the store's file: ``place`` itself if it names a file, else the one inside it."""
    named = place.suffix in {".sqlite3", ".sqlite", ".db"}
    return place if place.is_file() or (named and not place.is_dir()) else place / STORE_FILE


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None, None, None]:
    """Hold the write lock; commit at the end, or undo everything if an exception leaves.

    Within another transaction it does nothing of its own: the outer one decides.
    """
    if _in_transaction(connection):
        yield
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk makes SQLite roll back by itself.
        if _in_transaction(connection):
            connection.execute("ROLLBACK")
        raise


@contextmanager
def reading(connection: sqlite3.Connection) -> Generator[None, None, None]:
    """Read one state of the store, whatever other processes write meanwhile."""
    if _in_transaction(connection):
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        # An interrupted statement ends it by itself.
        if _in_transaction(connection):
            connection.execute("COMMIT")


@contextmanager
def clear_errors(path: Path) -> Generator[None, None, None]:
    """Turn what SQLite and the system raise into one line that names the file and says what to do.

    Raises:
        DamagedDataError: the file is damaged or none of SQLite's.
        StorageError: anything else: a full disk, permissions, a lock that stays.
    """
    try:
        yield
    except OtelhookError:
        raise
    except sqlite3.Error as error:
        raise _clear(error, path) from error
    except OSError as error:
        message = f"{path}: {error.strerror or error}; free space, or name another data folder"
        raise StorageError(message) from error


# By SQLite's own words (src/main.c, sqlite3ErrStr): error codes reach Python only from 3.11 on.
_DAMAGE = ("not a database", "malformed", "disk image", "no such table", "no such column")
_ADVICE = (
    ("full", "the disk is full: free space and try again, nothing that was stored is lost"),
    ("locked", "another process keeps it locked: try again"),
    ("busy", "another process keeps it locked: try again"),
    ("readonly", "it cannot be written: check its permissions and its folder's"),
    ("unable to open", "it cannot be opened: check that the folder exists and its permissions"),
)


def _clear(error: sqlite3.Error, path: Path) -> OtelhookError:
    said = str(error)
    if any(words in said for words in _DAMAGE):
        return DamagedDataError(
            f"{path}: damaged store ({said}); move it away to begin a new one, "
            f"or try sqlite3's .recover on it"
        )
    advice = next((advice for words, advice in _ADVICE if words in said), said)
    return StorageError(f"{path}: {advice}")


def _in_transaction(connection: sqlite3.Connection) -> bool:
    return connection.in_transaction


def file_at(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from every other, None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
