"""Messages of gRPC as JSON, and its metadata as headers."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from otelhook.capture.record.content import BodyForm
from otelhook.capture.record.tee import Tee

__all__ = ["Messages", "lines_of"]

_ONE: Final = BodyForm("application/json")
_SEVERAL: Final = BodyForm("application/x-ndjson")
_MOST: Final = 1_000_000
"""Bytes of a message, as it is sent, above which it is counted and not laid out: that would take
longer than sending it."""


def lines_of(metadata: object) -> Iterator[tuple[str, str]]:
    """Yield metadata as header lines: what is binary in Base64, as it is sent (``-bin``)."""
    pairs: Iterable[tuple[object, object]] = metadata or ()  # type: ignore[assignment]
    for name, value in pairs:
        if isinstance(value, bytes):
            yield str(name), base64.b64encode(value).decode("ascii")
        else:
            yield str(name), str(value)


class Messages:
    """The messages of one side of a call, as they flow by.

    Args:
        limit: bytes of JSON that are kept.
        several: whether there may be any number of them, which then are a line each.
    """

    __slots__ = ("_several", "_size", "_tee")

    def __init__(self, limit: int, *, several: bool) -> None:
        self._tee = Tee(limit)
        self._several = several
        self._size = 0

    @property
    def tee(self) -> Tee:
        """What is kept, and how much there was."""
        return self._tee

    @property
    def size(self) -> int | None:
        """The bytes of all messages where some were not laid out; None if the copy knows."""
        return self._size if self._size > self._tee.size else None

    @property
    def form(self) -> BodyForm:
        """How the copy is to be read."""
        if self.size is not None:
            return BodyForm(_SEVERAL.content_type if self._several else "", whole=False)
        return _SEVERAL if self._several else _ONE

    def add(self, message: Any) -> None:
        """Note a message."""
        if self._is_large(message):
            self._size += int(message.ByteSize()) if hasattr(message, "ByteSize") else len(message)
            return
        if self._several and self._tee.size:
            self._tee.add(b"\n")
        self._tee.add(_json(message))

    def _is_large(self, message: Any) -> bool:
        size = message.ByteSize() if hasattr(message, "ByteSize") else 0
        if isinstance(message, bytes):
            size = len(message)
        return int(size) > _MOST


def _json(message: Any) -> bytes:
    """Return a message of protobuf's as JSON, bytes in Base64, anything else as its text."""
    if hasattr(message, "DESCRIPTOR"):
        from google.protobuf.json_format import MessageToDict

        shown: object = MessageToDict(message, preserving_proto_field_name=True)
    elif isinstance(message, bytes):
        shown = {"base64": base64.b64encode(message).decode("ascii")}
    else:
        shown = message
    return json.dumps(shown, ensure_ascii=False, default=str).encode("utf-8", "replace")
