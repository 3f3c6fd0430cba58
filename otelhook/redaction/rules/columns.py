"""Which columns of a document's rows are secret, by the names of the columns.

The names may stand before the rows (BigQuery, Snowflake, ClickHouse) or after them (Metabase).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from otelhook.redaction.rules.company import COMPANIONS
from otelhook.redaction.rules.names import Sensitivity

__all__ = ["Columns", "Found", "Span"]

Span = tuple[int, int]
Found = tuple[Span, Sensitivity, str]
"""Where a leaf stands that turns out to be secret, how secret it is, and its key."""

_KEY_TYPE = "kty"
_MOST_CELLS = 512
"""Cells of rows that are remembered until their columns are named."""


@dataclass(slots=True)
class Columns:
    """The columns of one document: one object for all its levels."""

    secret: dict[int, Sensitivity] = field(default_factory=dict[int, Sensitivity])
    cells: list[tuple[int, Span]] = field(default_factory=list[tuple[int, Span]])
    """Cells that came before the names, by their position."""

    has_key_type: bool = False
    """Whether a name ``kty`` came: a JWK is written as a list of names and values."""

    def of_member(self, name: str) -> Sensitivity:
        """Return how secret a member of such a JWK is."""
        if name == _KEY_TYPE:
            self.has_key_type = True
        elif self.has_key_type and name in COMPANIONS[_KEY_TYPE][0]:
            return COMPANIONS[_KEY_TYPE][1]
        return Sensitivity.NONE

    def keep(self, position: int, span: Span) -> None:
        """Remember a cell whose column has no name yet."""
        if not self.secret and len(self.cells) < _MOST_CELLS:
            self.cells.append((position, span))

    def named(self, position: int, sensitivity: Sensitivity) -> list[Found]:
        """Note that a column is secret; returns the cells of it that came before."""
        self.secret[position] = sensitivity
        return [(span, sensitivity, "[]") for at, span in self.cells if at == position]
