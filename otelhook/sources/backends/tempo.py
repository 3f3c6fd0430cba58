"""What a source needs of Tempo: its query API, as Grafana's "Tempo HTTP API" describes it.

``/api/v2/traces/{id}`` answers OTLP within a message of its own, which says as well whether the
trace is all there; a Tempo before 2.6 has ``/api/traces/{id}`` only, which answers bare OTLP.
Both are asked for protobuf: Tempo's JSON has its ids in base64. A search finds a trace that has
a span within the time asked for.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from otelhook.errors import DamagedDataError, UnreachableError
from otelhook.model import Span, TraceId, parse_trace_id
from otelhook.otlp import read_traces
from otelhook.sources.backends.http import Answer, Backend, parsed
from otelhook.sources.backends.whole_traces import newest_within_windows

__all__ = ["Tempo"]

_logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_PROTOBUF: Final = "application/protobuf"
_NO_SUCH_PATH: Final = b"404 page not found"
"""What Go's router answers where there is nothing; a trace that is missing has another text."""

_PARTIAL: Final = 1
_SECOND: Final = 10**9


class Tempo:
    """One Tempo. Every method raises what `Backend.get` does.

    Args:
        backend: where it is.
        clock: nanoseconds since the epoch.
    """

    def __init__(self, backend: Backend, clock: Callable[[], int] = time.time_ns) -> None:
        self._backend = backend
        self._clock = clock

    @property
    def name(self) -> str:
        """Tempo and its address."""
        return self._backend.name

    def spans(self, trace_id: TraceId) -> Sequence[Span]:
        """Return the spans of a trace, none if there is no such trace.

        A trace that Tempo has only a part of, because it is above its limits, is said to be one.
        """
        answer = self._backend.get(f"/api/v2/traces/{trace_id}", accept=_PROTOBUF)
        if answer.status == HTTPStatus.NOT_FOUND and answer.body.strip() == _NO_SUCH_PATH:
            answer = self._backend.get(f"/api/traces/{trace_id}", accept=_PROTOBUF)
            trace = answer.body
        else:
            trace = self._whole(answer)
        if not self._found(answer):
            return ()
        decoded = self._read(lambda: read_traces(trace))
        for said in decoded.skipped:
            _logger.warning("%s: %s", self.name, said)
        return decoded.spans

    def newest(self, limit: int) -> Sequence[TraceId]:
        """Return the ids of the newest traces, newest first, as far as the last 30 days go."""

        def search(start: int, end: int, depth: int) -> Mapping[TraceId, int]:
            asked: dict[str, str | int] = {
                "q": "{}",
                "start": start // _SECOND,
                "end": end // _SECOND,
                "limit": depth,
            }
            answer = self._backend.get("/api/search", asked)
            if not self._found(answer):
                return {}
            return self._read(lambda: _starts(parsed(answer.body)))

        return newest_within_windows(search, self._clock(), limit)

    def _whole(self, answer: Answer) -> bytes:
        """Return the trace within an answer of v2."""
        if answer.status != HTTPStatus.OK or answer.web_page:
            return b""
        message = self._read(lambda: _trace_by_id(answer.body))
        if message.status == _PARTIAL:
            _logger.warning(
                "%s has only a part of the trace%s",
                self.name,
                f": {message.message}" if message.message else "",
            )
        return cast("bytes", message.trace)

    def _found(self, answer: Answer) -> bool:
        """Tell an answer of Tempo's API from that of whatever else answers there."""
        missing = answer.status == HTTPStatus.NOT_FOUND
        if answer.web_page or (missing and answer.body.strip() == _NO_SUCH_PATH):
            message = (
                f"{self.name} has no query API there: give the address of Tempo's query frontend "
                "(its port is 3200), with its prefix if it has one"
            )
            raise UnreachableError(message)
        return answer.status == HTTPStatus.OK

    def _read(self, read: Callable[[], _T]) -> _T:
        """Read an answer, and name the backend if that fails."""
        try:
            return read()
        except DamagedDataError as error:
            message = f"{self.name}: {error}"
            raise DamagedDataError(message) from None


def _starts(content: object) -> dict[TraceId, int]:
    """Return when each trace of a search began; ids may lack their leading zeros."""
    found: dict[TraceId, int] = {}
    try:
        for entry in cast("Mapping[str, Any]", content).get("traces") or ():
            found[parse_trace_id(entry["traceID"])] = int(entry.get("startTimeUnixNano") or 0)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        message = f"not the JSON of Tempo's search: {error}"
        raise DamagedDataError(message) from None
    return found


def _trace_by_id(data: bytes) -> Any:
    """Read Tempo's ``TraceByIDResponse``: the trace, as its bytes, and whether it is whole."""
    try:
        return _TraceByIdResponse.FromString(data)
    except DecodeError as error:
        message = f"not Tempo's protobuf ({len(data)} bytes): {error}"
        raise DamagedDataError(message) from None


def _described() -> Any:
    """Make the message's class. In `tempopb` the trace is a message: on the wire that is bytes."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="otelhook/tempo.proto", package="otelhook.tempo")
    message = file.message_type.add(name="TraceByIDResponse")
    for name, number, kind in (
        ("trace", 1, kinds.TYPE_BYTES),
        ("status", 3, kinds.TYPE_INT32),
        ("message", 4, kinds.TYPE_STRING),
    ):
        message.field.add(name=name, number=number, type=kind, label=kinds.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)  # pyright: ignore[reportUnknownMemberType]
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName("otelhook.tempo.TraceByIDResponse")
    )


_TraceByIdResponse = _described()
