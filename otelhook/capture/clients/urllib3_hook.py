"""Calls made with urllib3: one CLIENT span for each request on the wire, retries included.

`HTTPConnectionPool._make_request` is wrapped, of urllib3 1.26 and 2: `urlopen` calls it once for
each attempt, and itself for the next one, so that outside of it attempts lie in each other. When
`requests` is above, its hook has begun the span and is told of each attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from opentelemetry import context as context_api
from opentelemetry.context import Context

from otelhook.capture.clients.client_hop import (
    ClientHop,
    DefaultScope,
    UnderWay,
    recorded_scope,
    under_way,
)
from otelhook.capture.clients.http_client_body import tee_http_response
from otelhook.capture.clients.urllib3_responses import (
    expect_wrapping,
    left_of,
    lines_of,
    when_wrapped,
)
from otelhook.capture.clients.urllib3_retries import Attempts, attempts_of
from otelhook.capture.context.attached import attached, held
from otelhook.capture.context.propagation import carried, place_of_call
from otelhook.capture.header_values import as_text
from otelhook.capture.record.body_capture import SentBody, tee_response, tee_sent
from otelhook.capture.record.body_reader import BodyReader
from otelhook.capture.record.deferred_body import LateBody
from otelhook.capture.record.scope import CaptureScope

if TYPE_CHECKING:
    from urllib3.connectionpool import HTTPConnectionPool

__all__ = ["wrap_make_request"]

_DEFAULT_PORTS = {"http": 80, "https": 443}


def wrap_make_request(
    make_request: Callable[..., Any], default_scope: DefaultScope
) -> Callable[..., Any]:
    """Return a `_make_request` that records each attempt.

    Args:
        make_request: the one to call.
        default_scope: the scope of calls made outside any captured request.
    """

    def captured_request(
        pool: HTTPConnectionPool,
        conn: Any,
        method: str,
        url: str,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        attempts = attempts_of(kwargs.get("body"))
        if attempts is not None:
            attempts.begin(kwargs)
            return _recorded(attempts, make_request, pool, conn, method, url, *args, **kwargs)
        above = under_way.get()
        if above is not None and above.covers(conn, method, partial(_address, pool, url)):
            return make_request(pool, conn, method, url, *args, **kwargs)
        current = context_api.get_current()
        scope = recorded_scope(default_scope, current, _address(pool, url), "urllib3")
        if not scope or "headers" not in kwargs:
            return make_request(pool, conn, method, url, *args, **kwargs)
        hop = _begin(scope, current, pool, method, url, kwargs)
        if hop is None:
            return make_request(pool, conn, method, url, *args, **kwargs)
        with attached(hop.context):
            return _recorded(hop, make_request, pool, conn, method, url, *args, **kwargs)

    return captured_request


def _recorded(
    hop: _Hop | Attempts,
    make_request: Callable[..., Any],
    pool: HTTPConnectionPool,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Make the request, and tell the hop what came of it: a response or an exception."""
    conn, method, url = args[:3]
    this = UnderWay(conn, method, partial(_address, pool, url), hop.goes_over)
    try:
        with held(under_way, this):
            response = make_request(pool, *args, **kwargs)
        expect_wrapping(pool, response)
        hop.ended(response)
    except BaseException as error:
        hop.ended(error)
        raise
    return response


def _begin(  # noqa: PLR0913, PLR0917 - what `_make_request` is called with
    scope: CaptureScope,
    current: Context,
    pool: HTTPConnectionPool,
    method: str,
    url: str,
    kwargs: dict[str, Any],
) -> _Hop | None:
    """Begin a hop; what is sent from now on has its propagation headers and copied body."""
    with scope.guard:
        headers: Mapping[str, Any] = kwargs["headers"] or {}
        address = _address(pool, url)
        parent, own = place_of_call(current, headers, scope.root, address, kwargs.get("body"))
        hop = _Hop(scope, parent, method, address, headers, kwargs.get("body"), own=own)
        kwargs["headers"] = hop.headers
        if hop.body is not None:
            kwargs["body"] = hop.body.replacement
        return hop
    return None


def _header(headers: Mapping[str, Any], wanted: str) -> Any:
    return next((value for name, value in headers.items() if str(name).lower() == wanted), None)


def _address(pool: HTTPConnectionPool, url: str) -> str:
    if "://" in url.partition("?")[0]:
        return url
    scheme = pool.scheme or "http"
    host = f"[{pool.host}]" if ":" in pool.host else pool.host
    port = pool.port
    place = host if port in (None, _DEFAULT_PORTS.get(scheme)) else f"{host}:{port}"
    return f"{scheme}://{place}{url}"


class _Hop(ClientHop):
    """One request of urllib3, made by the program itself."""

    __slots__ = ("body", "headers")

    def __init__(  # noqa: PLR0913, PLR0917 - what is sent
        self,
        scope: CaptureScope,
        parent: Context,
        method: str,
        url: str,
        headers: Mapping[str, Any],
        body: object,
        *,
        own: bool,
    ) -> None:
        super().__init__(scope, parent, method, url)
        self.headers = headers if own else carried(headers, self.context)
        """The caller's headers with ours, in a mapping of the same kind."""
        self.body: SentBody | None = None
        if self._record is not None and scope.client_bodies:
            limit = self.limits.of(as_text(_header(headers, "content-type")))
            self.body = tee_sent(body, limit, scope.guard)

    def ended(self, outcome: Any) -> None:
        """Record what came of it; the body as it is read, or as it was read already."""
        self.stop_clock()
        if not isinstance(outcome, BaseException):
            when_wrapped(outcome, self._answered)
            return
        try:
            with self._scope.guard:
                self._describe_request()
                self.note_failure(outcome)
        finally:
            self.finish()

    def _answered(self, response: Any) -> None:
        try:
            with self._scope.guard:
                self._describe_request()
                lines = lines_of(response.headers)
                self.describe_answer(response.status, response.reason, response.version, lines)
                self._see_to_body(response)
        finally:
            self.finish()

    def _describe_request(self) -> None:
        headers = self.headers
        has_host = any(str(name).lower() == "host" for name in headers)
        self.describe_sent(headers.items(), self.body, has_host=has_host)

    def _see_to_body(self, response: Any) -> None:
        read = getattr(response, "_body", None)
        if self._record is None or self.body is None:
            return
        if isinstance(read, bytes) and read:
            late = LateBody(self._scope, self.context, self._record, response.headers)
            limit = self.limits.of(self._record.header("response", "content-type"))
            reader = BodyReader(limit, self._scope.guard, late.done)
            reader.note(read, decoded=bool(response.decode_content))
            reader.whole = True
            reader.finish()
            late.on_span(lambda _error: None)
            return
        late_body = self.see_to_body(
            response.status,
            response.headers,
            partial(_tee, response),
            left=left_of(response),
        )
        if late_body is not None:
            late_body.on_child()


def _tee(response: Any, reader: BodyReader) -> bool:
    """Let a response tell what is read; of a pool with responses of its own it is http.client's."""
    return tee_response(response, reader) or tee_http_response(response, reader)
