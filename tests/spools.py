"""Spools, read back."""

from __future__ import annotations

from pathlib import Path

from otelhook.model import Span
from otelhook.otlp import Record, decode_traces, read_records

__all__ = ["read_spools"]


def read_spools(folder: Path) -> list[Span]:
    """Return all spans of all spools of a folder; every byte must belong to a whole record."""
    spans: list[Span] = []
    for path in sorted(folder.glob("*.otlp")):
        with path.open("rb") as file:
            for found in read_records(file, 0, path.stat().st_size):
                if isinstance(found, Record):
                    spans += decode_traces(found.data)
                else:
                    assert found.remaining == 0
    return spans
