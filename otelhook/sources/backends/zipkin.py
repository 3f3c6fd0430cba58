"""What a source needs of Zipkin: its API v2 (zipkin-api, ``zipkin2-api.yaml``)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from otelhook.errors import DamagedDataError, UnreachableError
from otelhook.model import Span, TraceId
from otelhook.otlp import Decoded
from otelhook.sources.backends.http import Answer, Backend, parsed
from otelhook.sources.backends.whole_traces import first_starts, newest_within_windows
from otelhook.sources.formats.zipkin_json import read_zipkin

__all__ = ["Zipkin"]

_logger = logging.getLogger(__name__)

_MILLISECOND: Final = 10**6
_NOT_FOUND: Final = b" not found"
"""What Zipkin says of an id; of a path that it does not know it says ``404 Not Found``."""


class Zipkin:
    """One Zipkin. Every method raises what `Backend.get` does.

    Args:
        backend: where it is.
        clock: nanoseconds since the epoch.
    """

    def __init__(self, backend: Backend, clock: Callable[[], int] = time.time_ns) -> None:
        self._backend = backend
        self._clock = clock

    @property
    def name(self) -> str:
        """Zipkin and its address."""
        return self._backend.name

    def spans(self, trace_id: TraceId) -> Sequence[Span]:
        """Return the spans of a trace, none if there is no such trace."""
        return self._read(self._backend.get(f"/api/v2/trace/{trace_id}")).spans

    def newest(self, limit: int) -> Sequence[TraceId]:
        """Return the ids of the newest traces, newest first, as far as the last 30 days go."""

        def search(start: int, end: int, depth: int) -> Mapping[TraceId, int]:
            asked: dict[str, str | int] = {
                "endTs": end // _MILLISECOND,
                "lookback": (end - start) // _MILLISECOND,
                "limit": depth,
            }
            return first_starts(self._read(self._backend.get("/api/v2/traces", asked)).spans)

        return newest_within_windows(search, self._clock(), limit)

    def _read(self, answer: Answer) -> Decoded:
        missing = answer.status == HTTPStatus.NOT_FOUND and answer.body.endswith(_NOT_FOUND)
        if answer.web_page or not (missing or answer.status == HTTPStatus.OK):
            message = (
                f"{self.name} has no query API there: give the address of Zipkin's page "
                "(its port is 9411)"
            )
            raise UnreachableError(message)
        if missing:
            return Decoded(())
        try:
            decoded = read_zipkin(parsed(answer.body))
        except DamagedDataError as error:
            message = f"{self.name}: {error}"
            raise DamagedDataError(message) from None
        for said in decoded.skipped:
            _logger.warning("%s: %s", self.name, said)
        return decoded
