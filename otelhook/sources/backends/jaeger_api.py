"""What is asked of Jaeger over HTTP: its third query API, else its first.

``/api/v3`` answers OTLP JSON as it was sent, so it is asked first; what serves no v3 (older
Jaegers, and other backends that look like Jaeger) is asked ``/api/traces``. Both are asked for
the spans as they are stored, without Jaeger's own adjustment of clocks. Parameters go out under
both of the names that versions of v3 have for them: ``rawTraces`` in newer ones, ``raw_traces``
in 2.13 and before. Jaeger after 2.20 has no services and no search in v1 any more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Any, TypeAlias, TypeVar, cast

from otelhook.errors import DamagedDataError, UnreachableError
from otelhook.model import TraceId
from otelhook.otlp import Decoded, read_traces_json
from otelhook.sources.backends.http import Answer, Backend, parsed
from otelhook.sources.formats.jaeger_v1 import read_jaeger_v1

__all__ = ["JaegerApi"]

_logger = logging.getLogger(__name__)

_Parameters: TypeAlias = Mapping[str, str | int]
_T = TypeVar("_T")

_NOTHING = Decoded(())
_SECOND = 10**9


class JaegerApi:
    """The query API of one Jaeger. Every method raises what `Backend.get` does."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._has_v3 = True
        """False once only v1 has answered."""

    @property
    def name(self) -> str:
        """Jaeger and its address."""
        return self._backend.name

    def trace(self, trace_id: TraceId) -> Decoded:
        """Return the spans of a trace, none if there is no such trace."""
        return self._spans(
            (f"/api/v3/traces/{trace_id}", {"rawTraces": "true", "raw_traces": "true"}),
            (f"/api/traces/{trace_id}", {"raw": "true"}),
        )

    def search(self, service: str, start: int, end: int, depth: int) -> Decoded:
        """Return the spans of whole traces in which a service has a span.

        Args:
            service: its name.
            start: earliest start of that span, ns since the epoch.
            end: latest start.
            depth: traces at most.
        """
        third: dict[str, str | int] = {}
        for camel, snake, value in (
            ("serviceName", "service_name", service),
            ("startTimeMin", "start_time_min", _rfc3339(start)),
            ("startTimeMax", "start_time_max", _rfc3339(end)),
            ("searchDepth", "num_traces", depth),
            ("rawTraces", "raw_traces", "true"),
        ):
            third |= {f"query.{camel}": value, f"query.{snake}": value}
        first: _Parameters = {
            "service": service,
            "start": start // 1000,
            "end": end // 1000,
            "limit": depth,
            "raw": "true",
        }
        return self._spans(("/api/v3/traces", third), ("/api/traces", first))

    def services(self) -> tuple[str, ...]:
        """Return the names of all services, in order."""
        answer = self._third("/api/v3/services", {}) or self._first("/api/services", {})
        content = self._read(answer, parsed)
        if isinstance(content, dict):
            found = cast("Mapping[str, Any]", content)
            listed: object = found.get("services", found.get("data")) or []  # {} if there are none
            if isinstance(listed, list):
                names = cast("list[object]", listed)
                return tuple(sorted(str(name) for name in names))
        message = f"{self.name}: its list of services cannot be read"
        raise DamagedDataError(message)

    def _spans(self, third: tuple[str, _Parameters], first: tuple[str, _Parameters]) -> Decoded:
        answer, read = self._third(*third), _read_v3
        if answer is None:
            answer, read = self._first(*first), _read_v1
        if answer.status == HTTPStatus.NOT_FOUND:
            return _NOTHING
        decoded = self._read(answer, read)
        for said in decoded.skipped:
            _logger.warning("%s: %s", self.name, said)
        return decoded

    def _third(self, path: str, parameters: _Parameters) -> Answer | None:
        """Ask v3; None where there is no v3."""
        if not self._has_v3:
            return None
        answer = self._backend.get(path, parameters)
        return answer if _is_api(answer, "error") else None

    def _first(self, path: str, parameters: _Parameters) -> Answer:
        """Ask v1, which is asked only where v3 is not."""
        answer = self._backend.get(path, parameters)
        if not _is_api(answer, "errors"):
            message = (
                f"{self.name} has no query API there: give the address of Jaeger's page "
                "(its port is 16686), with its base path if it has one"
            )
            raise UnreachableError(message)
        self._has_v3 = False
        return answer

    def _read(self, answer: Answer, read: Callable[[bytes], _T]) -> _T:
        """Read an answer, and name the backend if that fails."""
        try:
            return read(answer.body)
        except DamagedDataError as error:
            message = f"{self.name}: {error}"
            raise DamagedDataError(message) from None


def _is_api(answer: Answer, errors: str) -> bool:
    """Tell an answer of the API from that of whatever else answers there.

    Args:
        answer: Jaeger's page answers 200 and HTML on every path that it does not know.
        errors: the key under which this API's own 404 says that nothing was found.
    """
    if answer.web_page:
        return False
    if answer.status == HTTPStatus.NOT_FOUND:
        try:
            content = parsed(answer.body)
        except DamagedDataError:
            return False
        return isinstance(content, dict) and errors in content
    return answer.status == HTTPStatus.OK


def _read_v3(body: bytes) -> Decoded:
    content = parsed(body)
    if isinstance(content, dict) and cast("Mapping[str, object]", content).get("result") == {}:
        return _NOTHING  # zero values are left out: a result without spans
    return read_traces_json(body)


def _read_v1(body: bytes) -> Decoded:
    return read_jaeger_v1(parsed(body))


def _rfc3339(time: int) -> str:
    seconds, rest = divmod(time, _SECOND)
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
