"""Traces from a file of OTLP, in any of the forms that collectors and tools write."""

from __future__ import annotations

import codecs
import logging
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from otelhook.errors import DamagedDataError, NotRecordedError, OtelhookError, StorageError
from otelhook.model import Span, SpanKind, Trace, TraceId
from otelhook.otlp import Decoded, Record, read_records, read_traces, read_traces_json
from otelhook.sources.files.decompression import unpacked

__all__ = ["OtlpFileSource"]

_logger = logging.getLogger(__name__)


class OtlpFileSource:
    """One file: a JSON object, JSON lines, length-prefixed protobuf records or one bare message,
    each perhaps within gzip or zstd, and each record within zstd by itself, as the Collector's
    file exporter compresses. The form is told from the content.

    Args:
        path: the file; None is standard input, read once.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._named = "standard input" if path is None else str(path)
        self._traces: dict[TraceId, list[Span]] | None = None

    @property
    def name(self) -> str:
        """The file."""
        return self._named if self._path is None else f"the file {self._path}"

    def find(self, prefix: str) -> Sequence[TraceId]:
        """Return up to 10 ids that start with ``prefix``, in order."""
        wanted = prefix.lower()
        return sorted(trace_id for trace_id in self._read() if trace_id.startswith(wanted))[:10]

    def newest(self, limit: int) -> Sequence[TraceId]:
        """Return the ids of the traces that started last."""
        starts = {
            trace_id: min(span.start_time for span in spans)
            for trace_id, spans in self._read().items()
        }
        return sorted(starts, key=lambda trace_id: (-starts[trace_id], trace_id))[:limit]

    def trace(self, trace_id: TraceId) -> Trace:
        """Return the whole trace.

        Raises:
            NotRecordedError: the file has no such trace.
        """
        spans = self._read().get(trace_id)
        if not spans:
            message = f"no trace {trace_id} in {self.name}"
            raise NotRecordedError(message)
        return Trace(trace_id, tuple(spans))

    def _read(self) -> dict[TraceId, list[Span]]:
        """Read the file once; of a span that is there twice the later end wins, as in the store.

        Raises:
            StorageError: it cannot be opened.
            DamagedDataError: it is none of the forms.
        """
        if self._traces is None:
            held: dict[tuple[TraceId, str, SpanKind], Span] = {}
            for decoded in _decoded(_content(self._path, self._named), self._named):
                for said in decoded.skipped:
                    _logger.warning("%s: %s", self._named, said)
                for span in decoded.spans:
                    known = held.setdefault((span.trace_id, span.span_id, span.kind), span)
                    if known.end_time < span.end_time:
                        held[span.trace_id, span.span_id, span.kind] = span
            traces: dict[TraceId, list[Span]] = {}
            for span in held.values():
                traces.setdefault(span.trace_id, []).append(span)
            self._traces = traces
        return self._traces


def _content(path: Path | None, named: str) -> bytes:
    try:
        content = sys.stdin.buffer.read() if path is None else path.read_bytes()
    except OSError as error:
        message = f"{named}: cannot be read: {error.strerror}"
        raise StorageError(message) from error
    return unpacked(content, named)


def _decoded(content: bytes, named: str) -> Iterator[Decoded]:
    content = content.removeprefix(codecs.BOM_UTF8)
    start = content.lstrip()[:1]
    if not start:
        return
    if start == b"{":
        yield from _json(content, named)
    elif content[:1] == b"\x0a" and (whole := _bare(content)) is not None:
        yield whole
    else:
        yield from _records(content, named)


def _json(content: bytes, named: str) -> Iterator[Decoded]:
    """Read one object, or else one a line; a last line cut short is said and left out."""
    try:
        yield read_traces_json(content)
    except OtelhookError:
        lines = content.splitlines()
    else:
        return
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            decoded = read_traces_json(line)
        except OtelhookError as error:
            if number < len(lines) or number == 1:
                message = f"{named}: line {number}: {error}"
                raise DamagedDataError(message) from None
            _logger.warning("%s: last line left out, it is cut short: %s", named, error)
            return
        yield decoded


def _bare(content: bytes) -> Decoded | None:
    try:
        return read_traces(content)
    except DamagedDataError:
        return None


def _records(content: bytes, named: str) -> Iterator[Decoded]:
    for found in read_records(BytesIO(content), 0, len(content)):
        if isinstance(found, Record):
            try:
                decoded = read_traces(unpacked(found.data, named))
            except DamagedDataError as error:
                message = f"{named}: record at offset {found.offset}: {error}"
                raise DamagedDataError(message) from None
            yield decoded
        elif found.damaged or found.remaining == len(content):
            message = (
                f"{named}: no OTLP at offset {found.offset}: expected JSON, JSON lines, or protobuf"
            )
            raise DamagedDataError(message)
        elif found.remaining:
            _logger.warning(
                "%s: last record left out, it is cut short at offset %d", named, found.offset
            )
