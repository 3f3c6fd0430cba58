"""Numbers of a block's spans, one after another, for what is asked as a range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from otelhook.store.blocks.arrays import INT64, UINT32, packed, unpacked
from otelhook.store.blocks.compression import compressed, inflated

__all__ = ["Columns"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Numbers of each span of a block, in order."""

    starts: Sequence[int]
    took: Sequence[int]
    statuses: Sequence[int]
    """Of HTTP."""
    operations: Sequence[int]
    traces: Sequence[int]
    """Each one's place among the block's traces."""

    def packed(self) -> bytes:
        """Return them compressed."""
        numbers = (
            *(packed(INT64, column) for column in (self.starts, self.took, self.statuses)),
            *(packed(UINT32, column) for column in (self.operations, self.traces)),
        )
        return compressed(b"".join(numbers))

    @classmethod
    def unpacked(cls, data: bytes, spans: int) -> Columns:
        """Read what `packed` wrote.

        Raises:
            DamagedDataError: it is not what was written.
        """
        content = memoryview(inflated(data))
        wide = [content[8 * spans * place : 8 * spans * (place + 1)] for place in range(3)]
        rest = content[24 * spans :]
        narrow = [rest[4 * spans * place : 4 * spans * (place + 1)] for place in range(2)]
        return cls(
            *(unpacked(INT64, column) for column in wide),
            *(unpacked(UINT32, column) for column in narrow),
        )
