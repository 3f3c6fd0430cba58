"""The ways in which spans come to be in a store: each has to answer the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from otelhook.model import Span
from otelhook.store import STORE_FILE, Store
from otelhook.store.blocks import compacting
from tests.store.version_1.writing import write_version_1

__all__ = ["LAYOUTS", "Batches"]

Batches: TypeAlias = Sequence[tuple[int, Sequence[Span]]]
"""Spans that are written together, each after the time (ns) at which."""


def _written(folder: Path, batches: Batches) -> None:
    for received, spans in batches:
        with Store.open(folder, clock=lambda: received) as store:  # noqa: B023 - called at once
            store.write(spans)


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
    "compacted": _compacted,
    "migrated from version 1": _migrated,
}
