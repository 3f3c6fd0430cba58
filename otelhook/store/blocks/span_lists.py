"""What messages say of their spans, one entry a span in each list."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from opentelemetry.proto.trace.v1 import trace_pb2

__all__ = ["CODES", "KINDS", "NO_PARENT", "SPAN_ID", "TRACE_ID", "SpanLists"]

TRACE_ID: Final = 16
"""Bytes of a trace's id."""

SPAN_ID: Final = 8
"""Bytes of a span's id."""

NO_PARENT: Final = bytes(SPAN_ID)
"""In place of the id of a parent where there is none."""

KINDS: Final = len(trace_pb2.Span.SpanKind.keys())
CODES: Final = len(trace_pb2.Status.StatusCode.keys())


@dataclass(slots=True)
class SpanLists:
    """The spans of some messages, in their order."""

    traces: list[bytes] = field(default_factory=list[bytes])
    ids: list[bytes] = field(default_factory=list[bytes])
    parents: list[bytes] = field(default_factory=list[bytes])
    """Eight zeros where there is none."""
    names: list[bytes] = field(default_factory=list[bytes])
    kinds: list[int] = field(default_factory=list[int])
    statuses: list[int] = field(default_factory=list[int])
    starts: list[int] = field(default_factory=list[int])
    ends: list[int] = field(default_factory=list[int])
    sizes: list[int] = field(default_factory=list[int])
    """Bytes of each span."""
    resources: list[bytes] = field(default_factory=list[bytes])
    """OTLP ``Resource`` of each span."""
    pairs: defaultdict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Places of the spans that have an attribute, by its own bytes (``KeyValue``)."""

    def __len__(self) -> int:
        return len(self.traces)

    def add(
        self,
        texts: tuple[bytes, bytes, bytes, bytes],
        numbers: tuple[int, int, int, int, int],
        resource: bytes,
    ) -> None:
        """Add a span.

        Args:
            texts: ids of its trace, of itself and of its parent, and its name.
            numbers: its kind and status, when it began and ended, its bytes.
            resource: OTLP ``Resource``.
        """
        trace, span, parent, name = texts
        self.traces.append(trace)
        self.ids.append(span)
        # A parent id that cannot be one is no parent; the span itself is still worth having.
        self.parents.append(parent if len(parent) == SPAN_ID else NO_PARENT)
        self.names.append(name)
        kind, status, start, stop, size = numbers
        # Numbers of a later OTLP are unspecified to us; the content has them.
        self.kinds.append(kind if 0 <= kind < KINDS else 0)
        self.statuses.append(status if 0 <= status < CODES else 0)
        self.starts.append(start)
        self.ends.append(stop)
        self.sizes.append(size)
        self.resources.append(resource)

    def cut(self, count: int) -> None:
        """Keep the first ``count`` spans only."""
        for column in (
            *(self.traces, self.ids, self.parents, self.names, self.kinds, self.statuses),
            *(self.starts, self.ends, self.sizes, self.resources),
        ):
            del column[count:]
        for pair, places in list(self.pairs.items()):
            self.pairs[pair] = list(takewhile(lambda place: place < count, places))
            if not self.pairs[pair]:
                del self.pairs[pair]
