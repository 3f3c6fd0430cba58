"""Which columns of a document's rows are secret, by the names of the columns.

The names may stand before the rows (BigQuery, Snowflake, ClickHouse) or after them (Metabase).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from otelhook.redaction.rules.names import Sensitivity

__all__ = ["Columns", "Found", "Span"]

Span = tuple[int, int]
Found = tuple[Span, Sensitivity, str]
"""Where a leaf stands that turns out to be secret, how secret it is, and its key."""

_MOST_CELLS = 512
"""Cells of rows that are remembered until their columns are named."""


@dataclass(slots=True)
class Columns:
    """The columns of one document: one object for all its levels."""

    secret: dict[int, Sensitivity] = field(default_factory=dict[int, Sensitivity])
    cells: list[tuple[int, Span]] = field(default_factory=list[tuple[int, Span]])
    """Cells that came before the names, by their position."""

    def keep(self, position: int, span: Span) -> None:
        """Remember a cell whose column has no name yet."""
        if not self.secret and len(self.cells) < _MOST_CELLS:
            self.cells.append((position, span))

    def named(self, position: int, sensitivity: Sensitivity) -> list[Found]:
        """Note that a column is secret; returns the cells of it that came before."""
        self.secret[position] = sensitivity
        return [(span, sensitivity, "[]") for at, span in self.cells if at == position]
