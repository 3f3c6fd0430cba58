"""Spools into the store: whole records, each once, whoever reads and whoever is still writing.

A spool is a file of records (`otelhook.otlp.records`) that one process appends to, holding a
shared ``flock`` on it for as long as it lives. Its spans and how far it was read are committed
in one transaction, so a reader that is killed repeats nothing and loses nothing. A record cut
short at the end is left for next time while the writer lives.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path

from otelhook.errors import StorageError
from otelhook.otlp.folders import SPOOL_SUFFIX
from otelhook.ownership import check_file, check_folder
from otelhook.store.store import Store

__all__ = ["TakenIn", "take_in"]


@dataclass(slots=True)
class TakenIn:
    """What one round took from the spools."""

    spans: int = 0
    """Spans that were new to the store."""
    records: int = 0
    warnings: list[str] = field(default_factory=list[str])
    """One line on each thing that could not be read, for the user to see."""


def take_in(folder: Path, store: Store, *, retire: bool = False) -> TakenIn:
    """Take all whole records of a folder's spools into the store.

    Spools whose writer is gone are removed once they are read to their end; one with damage in
    it is kept beside them with ``.damaged`` added to its name.

    Args:
        folder: where the spools are; it may be missing.
        store: where the spans go.
        retire: remove those of living writers as well, who then begin new ones: nothing that was
            written stays in the folder, but for what is damaged.

    Raises:
        StorageError: the store cannot be written; what was not stored stays in the spools.
    """
    taken = TakenIn()
    try:
        check_folder(folder)
    except StorageError as error:
        taken.warnings.append(f"spools left out: {error}")
        return taken
    for path in sorted(folder.glob(f"*{SPOOL_SUFFIX}")):
        try:
            # Asked of the name, as opening a pipe would wait for its writer.
            if not stat.S_ISREG(path.lstat().st_mode):
                continue
            check_file(path)
            file = path.open("rb")
        except StorageError as error:
            taken.warnings.append(f"spool left out: {error}")
            continue
        except FileNotFoundError:
            continue  # another reader has finished with it
        except OSError as error:
            taken.warnings.append(f"spool {path}: left out, not readable: {error.strerror}")
            continue
        with file:
            # Imported here: mostly there is no spool, and what blocks are made with is much.
            from otelhook.collector.spool_file import take_file  # noqa: PLC0415

            take_file(path, file, store, taken, retire=retire)
    return taken
