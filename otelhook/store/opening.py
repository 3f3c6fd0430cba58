"""Opening the store: making its file, telling its version, bringing it to the current one."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from otelhook.errors import DamagedDataError, StorageError
from otelhook.lazy_patterns import lazy
from otelhook.ownership import check_file, check_folder
from otelhook.store.database import clear_errors, transaction

__all__ = ["APPLICATION_ID", "connect"]

_logger = logging.getLogger(__name__)

APPLICATION_ID: Final = 0x6F74686B
"""``othk``: marks the file as ours, where SQLite's header has a place for it."""

_MIGRATION: Final = lazy(r"(\d{4})_\w+\.sql")
_PAUSE: Final = 0.02


def _migrate_some(connection: sqlite3.Connection) -> bool:
    from otelhook.store.migrating import migrate_some

    return migrate_some(connection)


_STEPS: Mapping[int, Callable[[sqlite3.Connection], bool]] = MappingProxyType({2: _migrate_some})
"""What is done with a store of some version, one transaction after another until nothing is left,
before it gets the next."""


def connect(path: Path, *, busy_seconds: float, durable: bool = False) -> sqlite3.Connection:
    """Open the file, make or migrate the tables, and return the connection.

    Raises:
        DamagedDataError: no SQLite file, a damaged one, another program's, or a newer version.
        StorageError: it cannot be opened or written, or stays locked.
    """
    with clear_errors(path):
        _make(path)
        if not _is_writable(path):
            return _connect_to_read(path)
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


def _is_writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a store on a medium, or in a folder, that cannot be written."""
    # Without its log SQLite needs no lock and no shared memory; with one it would replay it.
    log = path.with_name(f"{path.name}-wal")
    immutable = not log.exists() or not log.stat().st_size
    address = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if immutable else ''}"
    connection = sqlite3.connect(address, uri=True, isolation_level=None)
    try:
        _check(connection, path)
        _check_current(connection, path)
        connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _make(path: Path) -> None:
    """Make folder and file for this user alone: recorded headers and bodies are private.

    Raises:
        StorageError: what is there is another user's, or could be.
    """
    check_folder(path.parent)
    for suffix in ("", "-wal", "-shm", "-journal"):  # SQLite would take over what those say
        check_file(path.with_name(path.name + suffix))
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
    # What is deleted leaves no bytes within pages that stay; free ones go to the file system.
    connection.execute("PRAGMA secure_delete = FAST")
    migrations = _migrations()
    if _version(connection) < len(migrations):
        _migrate(connection, path, migrations)
    connection.execute("PRAGMA foreign_keys = ON")


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    """Bring the store to the current version; whoever opens it meanwhile does a part of it."""
    begun = _version(connection)
    if begun in range(1, len(migrations)) and _holds_spans(connection):
        _logger.warning(
            "%s: migrating the store from version %d to %d", path, begun, len(migrations)
        )
    while (version := _version(connection)) < len(migrations):
        with transaction(connection):
            # Whoever opened it at the same moment may have been quicker.
            if _version(connection) != version:
                continue
            if version in _STEPS and _STEPS[version](connection):
                continue
            for statement in _statements(migrations[version]):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version + 1}")
    if begun:
        connection.executescript("PRAGMA incremental_vacuum")


def _holds_spans(connection: sqlite3.Connection) -> bool:
    """Return whether there is anything to migrate: another process may be making the store."""
    try:
        (found,) = connection.execute("SELECT EXISTS (SELECT 1 FROM spans)").fetchone()
    except sqlite3.OperationalError:  # it has just become a store of the current version
        return False
    return bool(found)


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


def _check_current(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection) < len(_migrations()):
        message = f"{path}: a store of an older version, which cannot be written: copy it"
        raise StorageError(message)


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


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


@cache
def _migrations() -> tuple[str, ...]:
    folder = Path(__file__).with_name("migrations")  # `importlib.resources` loads much
    found = sorted(
        (entry for entry in folder.iterdir() if _MIGRATION.fullmatch(entry.name)),
        key=lambda entry: entry.name,
    )
    return tuple(entry.read_text(encoding="utf-8") for entry in found)


def _statements(script: str) -> Iterator[str]:
    """Yield a script's statements; `executescript` would commit the transaction it is run in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
