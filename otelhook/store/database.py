"""Opening the store's file: its place, its version, and SQLite's errors as one clear line."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from otelhook.errors import DamagedDataError, OtelhookError, StorageError

__all__ = ["APPLICATION_ID", "STORE_FILE", "clear_errors", "connect", "store_path", "transaction"]

STORE_FILE = "store.sqlite3"

APPLICATION_ID = 0x6F74686B
"""``othk``: marks the file as ours, where SQLite's header has a place for it."""

_MIGRATION = re.compile(r"(\d{4})_\w+\.sql")
_PAUSE = 0.02


def store_path(place: Path) -> Path:
    """Return the store's file: ``place`` itself if it names a file, else the one inside it."""
    named = place.suffix in {".sqlite3", ".sqlite", ".db"}
    return place if place.is_file() or (named and not place.is_dir()) else place / STORE_FILE


def connect(path: Path, *, busy_seconds: float, durable: bool = False) -> sqlite3.Connection:
    """Open the file, make or migrate the tables, and return the connection.

    Raises:
        DamagedDataError: no SQLite file, a damaged one, another program's, or a newer version.
        StorageError: it cannot be opened or written, or stays locked.
    """
    with clear_errors(path):
        _make(path)
        # isolation_level None: this module says itself where transactions begin and end.
        connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
        try:
            _prepare(connection, path, busy_seconds)
            # NORMAL with WAL: safe but for the last moment before a power cut.
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        except BaseException:
            connection.close()
            raise
    return connection


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


def _make(path: Path) -> None:
    """Make folder and file for this user alone: recorded headers and bodies are private."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _prepare(connection: sqlite3.Connection, path: Path, busy_seconds: float) -> None:
    _check(connection, path)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if not pages:  # later it has no effect but writes to the file
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _switch_to_wal(connection, busy_seconds)
    connection.execute("PRAGMA foreign_keys = ON")
    migrations = _migrations()
    if _version(connection) < len(migrations):
        with transaction(connection):
            # Whoever opened it at the same moment may have been quicker.
            for number in range(_version(connection), len(migrations)):
                for statement in _statements(migrations[number]):
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(migrations)}")


def _check(connection: sqlite3.Connection, path: Path) -> None:
    version, known = _version(connection), len(_migrations())
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if tables and application != APPLICATION_ID:
        message = f"{path}: not an otelhook store; name another file or data folder"
        raise DamagedDataError(message)
    if version > known:
        message = (
            f"{path}: a store of version {version}, this otelhook reads up to {known}; "
            f"upgrade otelhook"
        )
        raise DamagedDataError(message)


def _switch_to_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Switch to write-ahead logging, which SQLite refuses at once, without the busy timeout,
    while another process is doing the same.
    """
    deadline = time.monotonic() + busy_seconds
    while not _is_wal(connection, last=time.monotonic() > deadline):
        time.sleep(_PAUSE)


def _is_wal(connection: sqlite3.Connection, *, last: bool) -> bool:
    try:
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
    except sqlite3.OperationalError as error:
        if last or "locked" not in str(error):
            raise
        return False
    return True


def _in_transaction(connection: sqlite3.Connection) -> bool:
    return connection.in_transaction


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _migrations() -> list[str]:
    folder = files("otelhook.store").joinpath("migrations")
    found = sorted(
        (entry for entry in folder.iterdir() if _MIGRATION.fullmatch(entry.name)),
        key=lambda entry: entry.name,
    )
    return [entry.read_text(encoding="utf-8") for entry in found]


def _statements(script: str) -> Iterator[str]:
    """Yield a script's statements; `executescript` would commit the transaction it is run in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
