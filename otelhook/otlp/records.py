"""Records of OTLP one after another in a file.

A record is a length of four bytes, big-endian, and so many bytes of ``TracesData`` protobuf: the
form of the OpenTelemetry Collector's file exporter with ``format: proto``. Spools have it too.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

__all__ = [
    "HEADER",
    "MAX_RECORD",
    "Record",
    "Stop",
    "frame",
    "read_records",
    "resynchronise",
]

HEADER = struct.Struct(">I")

MAX_RECORD = 64 * 1024**2
"""No record is longer, in bytes: a length above it is damage, and is never allocated."""

# A record's plausible beginning: a length below MAX_RECORD, then field 1 (``resource_spans``),
# length-delimited. Every TracesData that holds a span begins so.
_BEGINNING = re.compile(rb"(?=[\x00-\x04][\x00-\xff]{3}\x0a)", re.DOTALL)
_WINDOW = 1024**2


@dataclass(frozen=True, slots=True)
class Record:
    """One whole record: where it begins in the file, and its payload."""

    offset: int
    data: bytes

    @property
    def end(self) -> int:
        """The offset of the byte after the record."""
        return self.offset + HEADER.size + len(self.data)


@dataclass(frozen=True, slots=True)
class Stop:
    """Why reading ended: at ``offset`` there is nothing, part of a record, or no record at all."""

    offset: int
    remaining: int
    """Bytes from ``offset`` to the end of the file as it was."""
    damaged: bool
    """The length there cannot be one, whatever is still to come."""


def frame(data: bytes) -> bytes:
    """Return a payload as a record.

    Raises:
        ValueError: the payload is empty or above `MAX_RECORD`.
    """
    if not 0 < len(data) <= MAX_RECORD:
        message = f"a record holds 1 to {MAX_RECORD} bytes, not {len(data)}"
        raise ValueError(message)
    return HEADER.pack(len(data)) + data


def read_records(file: BinaryIO, offset: int, size: int) -> Iterator[Record | Stop]:
    """Yield whole records from ``offset`` on, in order, and last a `Stop` that says why it ended.

    One record is held in memory at a time. ``size`` is the file's size: what is appended later
    is not looked at.
    """
    file.seek(offset)
    while True:
        header = file.read(HEADER.size) if offset + HEADER.size <= size else b""
        if len(header) < HEADER.size:
            yield Stop(offset, size - offset, damaged=False)
            return
        (length,) = HEADER.unpack(header)
        if not 0 < length <= MAX_RECORD:
            yield Stop(offset, size - offset, damaged=True)
            return
        data = file.read(length) if offset + HEADER.size + length <= size else b""
        if len(data) < length:
            yield Stop(offset, size - offset, damaged=False)
            return
        record = Record(offset, data)
        yield record
        offset = record.end


def resynchronise(file: BinaryIO, offset: int, size: int) -> int:
    """Return where the next record seems to begin after ``offset``, else ``size``.

    A place counts if its length is plausible, fits into the file, and another record or the end
    of the file follows it: what looks like a record within a body seldom does.
    """
    start = offset + 1
    while start < size:
        file.seek(start)
        # The window overlaps the next by a beginning's length less one.
        window = file.read(_WINDOW + HEADER.size)
        for match in _BEGINNING.finditer(window):
            place = start + match.start()
            (length,) = HEADER.unpack_from(window, match.start())
            if _followed(file, place + HEADER.size + length, size):
                return place
        start += _WINDOW
    return size


def _followed(file: BinaryIO, end: int, size: int) -> bool:
    if end >= size:
        return end == size
    file.seek(end)
    following = file.read(HEADER.size + 1)
    # A cut header at the very end is what a killed writer leaves.
    return len(following) <= HEADER.size or _BEGINNING.match(following) is not None
