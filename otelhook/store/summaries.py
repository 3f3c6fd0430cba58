"""What a list says of traces: counted from their parts; of their spans only the first is read."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from otelhook import attributes as keys
from otelhook.errors import DamagedDataError
from otelhook.model import Attributes, SpanId, TraceId
from otelhook.otlp import decode_resource, model_span
from otelhook.store.blocks.parts import Operation, PartSpan, read_operations
from otelhook.store.blocks.reading import BlockReader
from otelhook.store.blocks.span_lists import NO_PARENT

__all__ = ["Root", "ServiceCalls", "ServiceCount", "TraceSummary", "calls", "summaries"]

_logger = logging.getLogger(__name__)

_METHODS = (keys.HTTP_REQUEST_METHOD, keys.HTTP_METHOD_OLD)
_STATUSES = (keys.HTTP_RESPONSE_STATUS_CODE, keys.HTTP_STATUS_CODE_OLD)
_STATUS = re.compile(r"[0-9]{3}")
_PATHS = (keys.HTTP_ROUTE, keys.URL_PATH, keys.HTTP_TARGET_OLD, keys.URL_FULL, keys.HTTP_URL_OLD)


@dataclass(frozen=True, slots=True)
class Root:
    """The span that a trace begins with: the earliest without a parent, else the earliest."""

    span_id: SpanId
    service: str
    name: str
    http_method: str | None
    http_status: int | None
    path: str
    """Its route, path or URL, whichever there is first."""
    command: tuple[str, ...] = ()
    """The command line that it is the run of."""


@dataclass(frozen=True, slots=True)
class ServiceCount:
    """The spans of one service in a trace; ``errors`` have the status of an error."""

    service: str
    spans: int
    errors: int


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """One trace; times in ns."""

    trace_id: TraceId
    start_time: int
    end_time: int
    received: int
    """When it was last written, on the store's clock."""

    root: Root
    services: tuple[ServiceCount, ...]
    """In order of their first spans."""

    failed: int
    """Spans with the status of an error, or with an HTTP status of 400 or more."""

    orphans: int
    """Spans whose parent is not in the trace."""

    @property
    def spans(self) -> int:
        """How many spans it has."""
        return sum(count.spans for count in self.services)

    @property
    def errors(self) -> int:
        """How many spans have the status of an error."""
        return sum(count.errors for count in self.services)


@dataclass(frozen=True, slots=True)
class ServiceCalls:
    """How often spans of one service have a parent in another.

    A service's own spans within one another are not calls: Jaeger leaves them out as well.
    """

    parent: str
    child: str
    count: int


@dataclass(frozen=True, slots=True)
class _Held:
    """A span of a trace, where it is and what it is."""

    block: int
    span: PartSpan
    operation: Operation

    @property
    def order(self) -> tuple[bool, int, int, int]:
        """Where it comes among those that may be the root."""
        span = self.span
        return span.parent_id != NO_PARENT, span.start, self.block, span.place


class _Traces:
    """Traces of which summaries are made, within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.reader = BlockReader(connection)
        self._connection = connection
        self._operations: dict[int, list[Operation]] = {}

    def spans(self, trace_id: bytes) -> list[_Held]:
        """Return the spans of a trace."""
        return [
            _Held(block, span, self._operations_of(block)[span.operation])
            for block, spans in self.reader.parts(trace_id)
            for span in spans
        ]

    def _operations_of(self, block: int) -> list[Operation]:
        known = self._operations.get(block)
        if known is None:
            (data,) = self._connection.execute(
                "SELECT operations FROM indexes WHERE block = ?", (block,)
            ).fetchone()
            try:
                known = self._operations[block] = read_operations(data)
            except DamagedDataError as error:
                message = f"block {block}: {error}"
                raise DamagedDataError(message) from None
        return known


def summaries(
    connection: sqlite3.Connection, traces: Iterable[TraceId], check: Callable[[], None]
) -> Iterator[TraceSummary]:
    """Yield what a list says of traces, in that order, without those that are not there.

    Args:
        connection: within one transaction, so that nothing moves meanwhile.
        traces: their ids.
        check: called for each; what it raises ends the list.
    """
    held = _Traces(connection)
    for trace_id in traces:
        check()
        row = connection.execute(
            "SELECT start_time, end_time, received FROM traces WHERE trace_id = ?",
            (bytes.fromhex(trace_id),),
        ).fetchone()
        if row is None:
            continue
        try:
            spans = held.spans(bytes.fromhex(trace_id))
        except DamagedDataError as error:
            _logger.warning("trace %s is left out of the list: %s", trace_id, error)
            continue
        ids = {one.span.span_id for one in spans}
        yield TraceSummary(
            trace_id,
            start_time=row[0],
            end_time=row[1],
            received=row[2],
            root=_root(held.reader, min(spans, key=lambda one: one.order)),
            services=_services(spans),
            failed=sum(one.span.went_wrong for one in spans),
            orphans=sum(one.span.parent_id not in {*ids, NO_PARENT} for one in spans),
        )


def calls(
    connection: sqlite3.Connection, start: int, end: int, check: Callable[[], None]
) -> tuple[ServiceCalls, ...]:
    """Return who called whom in traces that began between two times (ns), most calls first."""
    held = _Traces(connection)
    counts: Counter[tuple[str, str]] = Counter()
    rows = connection.execute(
        "SELECT trace_id FROM traces WHERE start_time BETWEEN ? AND ?", (start, end)
    )
    for (trace_id,) in rows:
        check()
        spans = held.spans(trace_id)
        by_id: dict[bytes, list[str]] = {}
        for one in spans:
            by_id.setdefault(one.span.span_id, []).append(one.operation.service)
        for one in spans:
            for caller in by_id.get(one.span.parent_id, ()):
                counts[caller, one.operation.service] += 1
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(ServiceCalls(*between, count) for between, count in ordered)


def _services(spans: Iterable[_Held]) -> tuple[ServiceCount, ...]:
    """Count the spans of each service, in the order of their first spans."""
    starts: dict[str, int] = {}
    counts: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for one in spans:
        service = one.operation.service
        starts[service] = min(starts.get(service, one.span.start), one.span.start)
        counts[service] += 1
        errors[service] += one.span.failed
    order = sorted(starts, key=lambda service: (starts[service], service))
    return tuple(ServiceCount(service, counts[service], errors[service]) for service in order)


def _root(reader: BlockReader, root: _Held) -> Root:
    service, name, _ = root.operation
    span_id = SpanId(root.span.span_id.hex())
    try:
        ((resource_spans, scope_spans, message),) = reader.spans(root.block, [root.span.place])
    except DamagedDataError as error:
        _logger.warning("%s: of its traces the list has no more than names", error)
        return Root(span_id, service, name, None, None, "")
    resource = decode_resource(resource_spans.resource.SerializeToString())
    held = model_span(message, resource, scope_spans).attributes
    paths = (held.get(key) for key in _PATHS)
    path = next((path for path in paths if isinstance(path, str) and path), "")
    words = held.get(keys.PROCESS_COMMAND_ARGS)
    command = tuple(map(str, words)) if isinstance(words, list | tuple) else ()
    method = next((held[key] for key in _METHODS if key in held), None)
    known = method if isinstance(method, str) else None
    return Root(span_id, service, name, known, _status(held), path, command)


def _status(held: Attributes) -> int | None:
    status = next((held[key] for key in _STATUSES if key in held), None)
    if isinstance(status, str):  # as some tools write it
        return int(status) if _STATUS.fullmatch(status) else None
    return status if isinstance(status, int) and not isinstance(status, bool) else None
