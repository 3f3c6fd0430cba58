"""OTLP over HTTP: the official exporter's request, with our bytes and our reading of the answer.

`opentelemetry.exporter.otlp.proto.http` reads endpoint, headers, certificates, time limit and
compression from the environment, and sends through a ``requests.Session`` that may be given to
it. That session is the seam: it is asked to send an empty request, puts our bytes in its place,
keeps the answer for us, and reports success, so that the official exporter neither waits nor
gives the batch up. Only public API is used; it is the same from 1.34 on.
"""

from __future__ import annotations

import gzip
import traceback
import zlib
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

from otelhook.exporters.partial_success import read_response
from otelhook.exporters.transport import Answer, Verdict

__all__ = ["HttpTransport"]

_TOO_LARGE = 413
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 509})
"""Statuses after which the same request may succeed: OTLP's own (429, 502, 503, 504), and what
proxies answer while they restart."""

_LONGEST_DETAIL = 200


class HttpTransport:
    """Sends by the official HTTP exporter, which configures itself from the environment.

    Args:
        endpoint: the whole URL to send to; what the environment names if left out.
    """

    def __init__(self, endpoint: str | None = None) -> None:
        self._session = _Session()
        self._exporter = OTLPSpanExporter(endpoint=endpoint, session=self._session)

    def send(self, data: bytes) -> Answer:
        """Send the bytes, once."""
        session = self._session
        session.payload, session.answer = data, None
        self._exporter.export(())
        session.payload = b""
        return session.answer or Answer(Verdict.REFUSED, "nothing was sent")

    def close(self) -> None:
        """Close the connection."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call]


class _Session(requests.Session):
    """Sends ``payload`` in the place of whatever it is asked to send, and keeps the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.payload = b""
        self.answer: Answer | None = None

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send the payload. The answer is kept, and the caller always told that all is well."""
        coding = str(request.headers.get("Content-Encoding", "")).lower()
        data = _compressed(self.payload, coding)
        request.prepare_body(data, None)  # pyright: ignore[reportUnknownMemberType]
        kwargs["allow_redirects"] = False  # a redirected POST becomes a GET
        try:
            self.answer = _read(super().send(request, **kwargs))
        except (requests.ConnectionError, requests.Timeout) as error:
            self.answer = Answer(Verdict.LATER, _why(error))
        except Exception as error:  # noqa: BLE001 - an address that is none, and the like
            self.answer = Answer(Verdict.REFUSED, _why(error))
        done = requests.Response()
        done.status_code = 200
        return done


def _compressed(data: bytes, coding: str) -> bytes:
    if coding == "gzip":
        return gzip.compress(data)
    return zlib.compress(data) if coding == "deflate" else data


def _read(response: requests.Response) -> Answer:
    status = response.status_code
    if response.ok and not response.is_redirect:
        return read_response(response.content)
    detail = _brief(f"{status} {response.reason}")
    if status == _TOO_LARGE:
        return Answer(Verdict.TOO_LARGE, detail)
    if status in _LATER:
        return Answer(Verdict.LATER, detail, retry_after=_retry_after(response.headers))
    return Answer(Verdict.REFUSED, detail)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read ``Retry-After`` (RFC 9110, 10.2.3): seconds, or a date."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value[:9])
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    return max(0.0, (when - datetime.now(timezone.utc)).total_seconds())


def _why(error: Exception) -> str:
    """Say what went wrong; what requests and urllib3 wrapped around it says little.

    The frames of a failed request hold its body, in cycles that only the garbage collector
    would find, some batches later: they are cleared.
    """
    inner: BaseException = error
    traceback.clear_frames(inner.__traceback__)
    while inner.__context__ is not None:
        inner = inner.__context__
        traceback.clear_frames(inner.__traceback__)
    return _brief(f"{type(inner).__name__}: {inner}")


def _brief(text: str) -> str:
    return text[:_LONGEST_DETAIL]
