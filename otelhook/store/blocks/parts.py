"""What a block has of a trace: ids, times and outcomes of its spans, and what they do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Final, NamedTuple, TypeAlias

from otelhook.store.blocks.compression import compressed, inflated

__all__ = [
    "FAILURE",
    "WRONG",
    "Operation",
    "Part",
    "PartSpan",
    "flags_of",
    "packed_operations",
    "packed_part",
    "read_operations",
    "read_part",
]

FAILURE: Final = 1
"""Of a span's flags: its status is an error."""

WRONG: Final = 2
"""Of a span's flags: it says so itself, or its answer refuses (400 or more)."""

_KIND_SHIFT: Final = 2
_Values: TypeAlias = tuple[int, bytes, bytes, int, int, int, int]
"""Those of a `PartSpan`."""

_SPAN = Struct("<I8s8sqqIB")


class Operation(NamedTuple):
    """What a service does: spans of one name and kind."""

    service: str
    name: str
    kind: int


class PartSpan(NamedTuple):
    """What is asked of a span most often; times in ns."""

    place: int
    """Among the spans of its block."""
    span_id: bytes
    parent_id: bytes
    """Eight zeros if it has none."""
    start: int
    end: int
    operation: int
    """Among those of its block."""
    flags: int

    @property
    def kind(self) -> int:
        """SpanKind of OTLP."""
        return self.flags >> _KIND_SHIFT

    @property
    def failed(self) -> bool:
        """Whether its status is an error."""
        return bool(self.flags & FAILURE)

    @property
    def went_wrong(self) -> bool:
        """Whether it says so itself, or its answer refuses (400 or more)."""
        return bool(self.flags & WRONG)


class Part(NamedTuple):
    """What a block has of one trace."""

    size: int
    """Bytes of its spans."""
    spans: bytes
    """`PartSpan` after `PartSpan`, packed."""
    start: int
    end: int


def flags_of(kind: int, *, failed: bool, refused: bool) -> int:
    """Return a span's kind and outcome as one number."""
    return kind << _KIND_SHIFT | (FAILURE | WRONG if failed else WRONG if refused else 0)


def read_part(spans: bytes) -> list[PartSpan]:
    """Return the spans of a part, in the order of their places."""
    return [PartSpan(*values) for values in _SPAN.iter_unpack(spans)]


def packed_part(spans: Iterable[_Values]) -> bytes:
    """Return spans as a part holds them."""
    return b"".join(_SPAN.pack(*span) for span in spans)


def packed_operations(operations: Sequence[Operation]) -> bytes:
    """Return operations as a block holds them."""
    return compressed(json.dumps(operations, separators=(",", ":")).encode())


def read_operations(data: bytes) -> list[Operation]:
    """Read what `packed_operations` wrote.

    Raises:
        DamagedDataError: it is not what was written.
    """
    return [Operation(*entry) for entry in json.loads(inflated(data))]
