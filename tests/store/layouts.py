"""The ways in which spans come to be in a store: each has to answer the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from otelhook.model import Span
from otelhook.store import Store

__all__ = ["LAYOUTS", "Batches"]

Batches: TypeAlias = Sequence[tuple[int, Sequence[Span]]]
"""Spans that are written together, each after the time (ns) at which."""


def _written(folder: Path, batches: Batches) -> None:
    for received, spans in batches:
        with Store.open(folder, clock=lambda: received) as store:  # noqa: B023 - called at once
            store.write(spans)


LAYOUTS: Mapping[str, Callable[[Path, Batches], None]] = {"written": _written}
