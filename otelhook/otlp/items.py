"""How much a request holds of what is not traces: told from its bytes, no object is made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import Any, Final, TypeAlias, cast

from otelhook.errors import DamagedDataError
from otelhook.otlp.splitting import fields_of

__all__ = ["OtherSignal", "count_items", "count_items_json"]

_POINTS: Final = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")


_Tags: TypeAlias = Sequence[Collection[int]]
_Names: TypeAlias = Sequence[Collection[str]]


class OtherSignal(Enum):
    """A signal of OTLP that is not taken: what one of its items is called, and where they are."""

    METRICS = (
        "data point",
        # resource_metrics, scope_metrics, metrics, one of the kinds, data_points
        ((0x0A,), (0x12,), (0x12,), (0x2A, 0x3A, 0x4A, 0x52, 0x5A), (0x0A,)),
        (("resourceMetrics",), ("scopeMetrics",), ("metrics",), _POINTS, ("dataPoints",)),
    )
    LOGS = (
        "log record",
        ((0x0A,), (0x12,), (0x12,)),
        (("resourceLogs",), ("scopeLogs",), ("logRecords",)),
    )

    def __init__(self, item: str, tags: _Tags, names: _Names) -> None:
        self.item = item
        self.tags = tags
        self.names = names


def count_items(data: bytes, signal: OtherSignal) -> int:
    """Return how many items a request in protobuf has.

    Raises:
        DamagedDataError: the bytes are no OTLP protobuf.
    """
    try:
        return _count(data, (0, len(data)), signal.tags)
    except IndexError:
        message = f"not OTLP protobuf ({len(data)} bytes)"
        raise DamagedDataError(message) from None


def _count(data: bytes, bounds: tuple[int, int], tags: _Tags) -> int:
    """Count the fields at the end of a path; no list is made of those on the way."""
    wanted, *below = tags
    found = ((at, end) for tag, at, end in fields_of(data, *bounds) if tag in wanted)
    return sum(_count(data, one, below) if below else 1 for one in found)


def count_items_json(value: object, signal: OtherSignal) -> int:
    """Return how many items a request in JSON, parsed, has."""
    level: list[object] = [value]
    for names in signal.names:
        level = [item for one in level for name in names for item in _items(one, name)]
    return len(level)


def _items(value: object, name: str) -> Sequence[object]:
    found: Any = cast("Mapping[str, object]", value).get(name) if isinstance(value, dict) else None
    if isinstance(found, list):
        return cast("list[object]", found)
    return [] if found is None else [found]
