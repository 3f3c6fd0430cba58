"""The notes file that the collector's pages show and add to: one file, which its user names.

It stays the user's: a person edits it, and it is read anew for each page. What is added goes to its
end and only if the file is still as the page saw it; a crash leaves the old file or the new one.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Final

from otelhook.errors import ConfigError, StorageError
from otelhook.sequence import Document
from otelhook.sequence.annotations.notes import annotate, parse_notes

__all__ = ["ChangedFileError", "NoteFile"]

_NEW_FILE: Final = 0o600
"""Notes may tell what the traces do, which is nobody else's."""


class ChangedFileError(ConfigError):
    """The file is not the one that was read before."""


class NoteFile:
    """The file; all methods may be called from any thread."""

    def __init__(self, path: Path) -> None:
        # Behind a link it is the file itself that is replaced.
        self._path = path.resolve()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """How it is named to a reader, without its folder."""
        return self._path.name

    def version(self) -> str:
        """Return what tells the file as it is from any other, as an entity tag (RFC 9110, 8.8.3).

        A file that cannot be read has none that anything could be saved beside.
        """
        try:
            return _tag(self._read())
        except StorageError:
            return '""'

    def put_on(self, document: Document) -> Document:
        """Return the document with the notes that fit it; what cannot be used is a warning."""
        problems: list[str] = []
        try:
            rules = parse_notes(self._read(), problems)
        except (ConfigError, StorageError) as error:
            rules, problems = (), [str(error)]
        # The file is for every trace: what does not fit this one is for another.
        noted, _ = annotate(document, [replace(rule, optional=True) for rule in rules])
        unused = tuple(f"Left unused: {problem}." for problem in problems)
        return replace(noted, warnings=noted.warnings + unused)

    def add(self, entries: str, version: str) -> int:
        """Write entries to the file's end and return how many there are.

        Args:
            entries: TOML, ``[[notes]]`` only.
            version: of the file that the entries were written beside.

        Raises:
            ChangedFileError: the file is another than that.
            ConfigError: the entries, or the file before them, cannot be used.
            StorageError: the file cannot be read or written.
        """
        added = parse_notes(entries)
        if not added:
            message = "there are no words to save"
            raise ConfigError(message)
        with self._lock:
            before = self._read()
            if _tag(before) != version:
                message = f"{self.name} has changed since the page was shown: open it again"
                raise ChangedFileError(message)
            text = f"{before.rstrip()}\n\n{entries.strip()}\n".lstrip("\n")
            if len(parse_notes(text)) != len(parse_notes(before)) + len(added):
                message = "the entries say something of the file as a whole"
                raise ConfigError(message)
            self._write(text)
        return len(added)

    def _read(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8 text"
            message = f"{self.name} cannot be read: {reason}"
            raise StorageError(message) from None

    def _write(self, text: str) -> None:
        folder = self._path.parent
        try:
            mode = stat.S_IMODE(self._path.stat().st_mode) if self._path.exists() else _NEW_FILE
            handle, name = tempfile.mkstemp(prefix=f".{self.name}.", dir=folder)
            written = Path(name)
            try:
                with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                    file.write(text)
                    file.flush()
                    os.fchmod(file.fileno(), mode)
                    os.fsync(file.fileno())
                written.replace(self._path)
            except BaseException:
                written.unlink(missing_ok=True)
                raise
            _sync_folder(folder)
        except OSError as error:
            message = f"{self.name} cannot be written: {error.strerror}"
            raise StorageError(message) from None


def _tag(text: str) -> str:
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
