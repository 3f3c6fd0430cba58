"""The ways in which spans come to be in a store: each has to answer the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest

from otelhook.model import Span
from otelhook.store import STORE_FILE, Store
from otelhook.store.blocks import compacting
from otelhook.store.blocks.term_groups import GROUP, add_group
from tests.store.version_1.writing import write_version_1

__all__ = ["LAYOUTS", "Batches"]

Batches: TypeAlias = Sequence[tuple[int, Sequence[Span]]]
"""Spans that are written together, each after the time (ns) at which."""

_OF_BLOCKS = ("indexes", "segments", "parts", "operations")


def _written(folder: Path, batches: Batches) -> None:
    for received, spans in batches:
        with Store.open(folder, clock=lambda: received) as store:  # noqa: B023 - called at once
            store.write(spans)


def _grouped(folder: Path, batches: Batches) -> None:
    """Write them, the last of them as the block that completes a group."""
    _written(folder, batches)
    if not any(spans for _, spans in batches):
        return
    with closing(sqlite3.connect(folder / STORE_FILE)) as connection, connection:
        (newest,) = connection.execute("SELECT max(id) FROM blocks").fetchone()
        last = newest + 10 * GROUP | GROUP - 1  # far from the old numbers
        for table, column in (("blocks", "id"), *((table, "block") for table in _OF_BLOCKS)):
            connection.execute(f"UPDATE {table} SET {column} = {column} + ?", (last - newest,))
        add_group(connection, last)
        assert connection.execute("SELECT count(*) FROM term_groups").fetchone() == (1,)


def _compacted(folder: Path, batches: Batches) -> None:
    _written(folder, batches)
    with pytest.MonkeyPatch.context() as patch, Store.open(folder, clock=lambda: 0) as store:
        patch.setattr(compacting, "_TIERS", (2, 5))
        while store.compact(0):
            pass


def _migrated(folder: Path, batches: Batches) -> None:
    write_version_1(folder / STORE_FILE, batches)


LAYOUTS: Mapping[str, Callable[[Path, Batches], None]] = {
    "written": _written,
    "in a group": _grouped,
    "compacted": _compacted,
    "migrated from version 1": _migrated,
}
