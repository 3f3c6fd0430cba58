"""Bodies of http.client: responses copied as they are read, chunks that the caller framed."""

from __future__ import annotations

from typing import Any

from otelhook.capture.record.body_reader import BodyReader
from otelhook.capture.record.noted_reads import Reading, let_tell

__all__ = ["tee_http_response", "without_framing"]

_READING = Reading(
    ("read", "read1", "readline", "readinto"), is_over=lambda response, _: response.isclosed()
)


def tee_http_response(response: Any, reader: BodyReader) -> bool:
    """Let a response of http.client, or of eventlet's own copy of it, tell what is read of it.

    Returns:
        False if this is no such response, or teed already; then nothing was changed.
    """
    kind: Any = response.__class__
    known = any(
        one.__name__ == "HTTPResponse" and one.__module__.endswith("http.client")
        for one in kind.__mro__
    )
    return known and let_tell(response, reader, _READING)


def without_framing(kept: bytes) -> bytes:
    """Take the chunked coding (RFC 9112, 7.1) off a body's first bytes.

    What does not read as chunked comes back as it is: the caller may have sent it so.
    """
    body = bytearray()
    place = 0
    while place < len(kept):
        end = kept.find(b"\r\n", place)
        if end < 0:
            break
        digits = kept[place:end].partition(b";")[0].strip()
        try:
            size = int(digits, 16)
        except ValueError:
            return kept
        if size <= 0:
            break
        body += kept[end + 2 : end + 2 + size]
        place = end + 2 + size + 2
    return bytes(body)
