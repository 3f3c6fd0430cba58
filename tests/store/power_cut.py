"""What a program wrote and synced, and what a power cut in the middle of it may leave.

A sync makes certain what was written to its file before. Of what came after, each write is there,
is not, or ends at a sector; so is each change of a file's length. That a file exists, once it was
synced, is taken as certain.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from struct import Struct

__all__ = ["Disk", "Note", "build", "read_notes", "why_not"]

_HEAD = Struct("<cQQH")
_SECTOR = 512

UNREAD = frozenset({"store.sqlite3-shm", "said"})
"""Of SQLite, which nobody reads after a restart, and the program's own words to its test."""


@dataclass(frozen=True)
class Note:
    """One thing that the program did."""

    what: str
    """``w`` write, ``t`` truncate, ``s`` sync, ``u`` unlink."""
    name: str
    """Of the file."""
    offset: int
    data: bytes = field(repr=False)


def why_not() -> str:
    """Say why it cannot be built here; nothing if it can."""
    return "" if shutil.which("cc") else "no C compiler: install Debian's gcc"


def build(folder: Path) -> Path:
    """Compile the layer that notes; return the library."""
    library = folder / "power_cut.so"
    source = Path(__file__).with_name("power_cut.c")
    words = ["cc", "-O1", "-Wall", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run([*words, "-lpthread"], check=True)
    return library


def read_notes(log: Path) -> list[Note]:
    """Return what was noted, in order."""
    data = log.read_bytes()
    notes: list[Note] = []
    at = 0
    while at < len(data):
        what, offset, size, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        name = Path(data[at : at + length].decode()).name
        at += length
        held = size if what == b"w" else 0
        notes.append(Note(what.decode(), name, offset, data[at : at + held]))
        at += held
    return notes


class Disk:
    """What the files of a folder hold for certain, and what waits for a sync."""

    def __init__(self) -> None:
        self._certain: dict[str, bytearray] = {}
        self._pending: dict[str, list[Note]] = {}

    def take(self, note: Note) -> None:
        """Do what the program did."""
        if note.what == "u":
            self._certain.pop(note.name, None)
            self._pending.pop(note.name, None)
        elif note.what == "s":
            content = self._certain.setdefault(note.name, bytearray())
            for one in self._pending.pop(note.name, []):
                _apply(content, one, len(one.data))
        else:
            self._pending.setdefault(note.name, []).append(note)

    def left_over(self, chance: random.Random) -> dict[str, bytes]:
        """Return what files may hold if the power is cut now."""
        left = {name: bytes(content) for name, content in self._certain.items()}
        for name, held in self._pending.items():
            if name not in UNREAD:
                content = bytearray(self._certain.get(name, b""))
                for one in held:
                    _apply_some(content, one, chance)
                left[name] = bytes(content)
        return {name: content for name, content in left.items() if name not in UNREAD}


def _apply_some(content: bytearray, note: Note, chance: random.Random) -> None:
    size = chance.choice((0, len(note.data), chance.randrange(len(note.data) + 1)))
    if note.what == "t" and chance.random() < 0.5:
        return
    _apply(content, note, size - size % _SECTOR if size < len(note.data) else size)


def _apply(content: bytearray, note: Note, size: int) -> None:
    end = note.offset + size
    if note.what == "t":
        content[note.offset :] = bytes(max(note.offset - len(content), 0))
    elif size:
        content.extend(bytes(max(end - len(content), 0)))
        content[note.offset : end] = note.data[:size]
