"""What a receiver that took a request says of the spans in it."""

from __future__ import annotations

import re

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from otelhook.exporters.transport import Answer, Verdict

__all__ = ["about_size", "read_response"]

_SIZE = re.compile(
    r"too[ _]?(?:large|big|long)|larger than|exceed|max(?:imum)?\b.*size|size.*limit", re.IGNORECASE
)


def about_size(words: str) -> bool:
    """Return whether a receiver's words are of a size that is too large."""
    return _SIZE.search(words) is not None


def read_response(data: bytes) -> Answer:
    """Read an ``ExportTraceServiceResponse``.

    A partial success must not be sent again (OTLP specification): which spans were taken is not
    said. Only the exporter, which knows how many there were, can tell that none was.
    """
    try:
        partial = ExportTraceServiceResponse.FromString(data).partial_success
    except DecodeError:
        return Answer(Verdict.TAKEN)  # another content type; the status has said it all
    return Answer(
        Verdict.TAKEN, detail=partial.error_message, rejected=max(0, partial.rejected_spans)
    )
