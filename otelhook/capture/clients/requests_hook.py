"""Calls made with `requests`: one CLIENT span for each hop, a redirect's next hop included.

`HTTPAdapter.send` is wrapped, which every hop of a session goes through; what urllib3 sends again
on its own (`Retry`) goes through `Attempts`. The caller's prepared request is never changed: a
shallow copy with the propagation header is what is sent.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from opentelemetry import context as context_api
from opentelemetry.context import Context
from opentelemetry.instrumentation.utils import suppress_http_instrumentation

from otelhook.capture.clients.client_hop import ClientHop, DefaultScope, recorded_scope
from otelhook.capture.clients.urllib3_responses import (
    about_body,
    left_of,
    lines_of,
    when_wrapped,
)
from otelhook.capture.clients.urllib3_retries import Attempts
from otelhook.capture.context.attached import attached
from otelhook.capture.context.propagation import inject, place_of_call, propagated
from otelhook.capture.header_values import (
    as_text,
    is_of_requests,
    lower_items,
    lower_names,
)
from otelhook.capture.record.body_capture import SentBody, tee_response, tee_sent
from otelhook.capture.record.deferred_body import LateBody
from otelhook.capture.record.scope import CaptureScope

if TYPE_CHECKING:
    from requests import PreparedRequest, Response
    from requests.adapters import HTTPAdapter

__all__ = ["wrap_send"]


def wrap_send(
    send: Callable[..., Response], default_scope: DefaultScope
) -> Callable[..., Response]:
    """Return a `HTTPAdapter.send` that records each hop.

    Args:
        send: the one to call.
        default_scope: the scope of calls made outside any captured request; None records none.
    """

    def captured_send(
        adapter: HTTPAdapter,
        request: PreparedRequest,
        *args: Any,
        **kwargs: Any,
    ) -> Response:
        current = context_api.get_current()
        scope = recorded_scope(default_scope, current, request.url or "", "requests")
        if scope is False:
            with suppress_http_instrumentation():  # else a hook further down records it
                return send(adapter, request, *args, **kwargs)
        if scope is None:
            return send(adapter, request, *args, **kwargs)
        hop = _begin(scope, current, request)
        if hop is None:
            return send(adapter, request, *args, **kwargs)
        attempts = Attempts(hop, scope.guard)
        try:
            with attached(hop.context), attempts.under_way():
                response = send(adapter, hop.sent, *args, **kwargs)
            stream = bool(kwargs.get("stream", args[0] if args else False))
            attempts.latest.answered(response, stream=stream)
        except BaseException as error:
            attempts.fail(error)
            raise
        return response

    return captured_send


def _begin(scope: CaptureScope, current: Context, request: PreparedRequest) -> _Hop | None:
    with scope.guard:
        url = request.url or ""
        parent, own = place_of_call(current, request.headers, scope.root, url, request.body)
        return _Hop(scope, parent, request, own=own)
    return None


def _copied(request: PreparedRequest) -> PreparedRequest:
    """Return a shallow copy, as ``copy.copy`` makes it; that asks how for each anew."""
    if type(request).__reduce_ex__ is not object.__reduce_ex__ or hasattr(request, "__copy__"):
        return copy.copy(request)
    copied = request.__class__.__new__(request.__class__)
    copied.__dict__ = request.__dict__.copy()
    return copied


def _copied_headers(headers: Any) -> Any:
    """Return what ``headers.copy()`` does; that spells each name in lower case anew."""
    kind: Any = type(cast("object", headers))
    if not is_of_requests(kind):
        return headers.copy()
    copied: Any = object.__new__(kind)
    copied._store = headers._store.copy()  # noqa: SLF001 - see `is_of_requests`
    return copied


class _Hop(ClientHop):
    """One request of `requests` sent and its answer, until its span has ended."""

    __slots__ = (
        "_body",
        "_late",
        "_original",
        "_own",
        "_parent",
        "_resend",
        "_said",
        "_teed",
        "sent",
    )

    def __init__(
        self,
        scope: CaptureScope,
        parent: Context,
        request: PreparedRequest,
        resend: int = 0,
        *,
        own: bool = False,
    ) -> None:
        super().__init__(scope, parent, request.method or "GET", request.url or "", resend=resend)
        self._original = request
        self._parent = parent
        self._resend = resend
        self._body: SentBody | None = None
        self._late: LateBody | None = None
        self._said = self._teed = False
        self.sent: PreparedRequest = _copied(request)
        self.sent.headers = _copied_headers(request.headers)
        self._own = own
        if not own:
            inject(self.sent.headers, self.context)
        if self._record is not None and scope.client_bodies:
            limit = self.limits.of(as_text(request.headers.get("Content-Type")))
            self._body = tee_sent(request.body, limit, scope.guard)
            self.sent.body = self._body.replacement

    def again(self) -> _Hop:
        """Begin the hop that sends the same request once more; it goes on reading this body."""
        hop = _Hop(self._scope, self._parent, self._original, self._resend + 1, own=self._own)
        hop.sent.body = self.sent.body
        hop._body = self._body
        for name, value in self.sent.headers.items():
            if name.lower() not in propagated():
                hop.sent.headers[name] = value
        return hop

    def sends(self, body: object) -> bool:
        """Say whether this is the body of this very request."""
        return body is self.sent.body

    def attempted(self, outcome: Any) -> None:
        """See what an attempt ended with, before anybody else does: it may be made again."""
        self.stop_clock()
        self._describe_request()
        if not isinstance(outcome, BaseException):
            when_wrapped(outcome, self._tee)

    def replaced(self, outcome: Any) -> None:
        """End the span: the attempt is over, and another one follows."""
        waits = False
        try:
            with self._scope.guard:
                if isinstance(outcome, BaseException):
                    self.note_failure(outcome)
                else:
                    self.describe_answer(
                        outcome.status, outcome.reason, outcome.version, lines_of(outcome.headers)
                    )
                if self._late is not None:
                    self._late.on_span(self._end)
                    waits = True
        finally:
            if not waits:
                self.finish()

    def fail(self, error: BaseException) -> None:
        """Record a hop that got no answer: refused, timed out, cut."""
        try:
            with self._scope.guard:
                self._give_back(error)
                self._describe_request()
                self.note_failure(error)
        finally:
            self.finish()

    def answered(self, response: Response, *, stream: bool) -> None:
        """Record the answer's head, and see to its body."""
        with self._scope.guard:
            self._give_back(response)
            self._describe_request()
            raw = response.raw
            headers = getattr(raw, "headers", None) or response.headers
            version = getattr(raw, "version", 0)
            self.describe_answer(response.status_code, response.reason, version, lines_of(headers))
            self._tee(raw)
            if self._late is not None and stream:
                self._late.on_child()
            elif self._late is not None:
                self._ended_at = None
                self._late.on_span(self._end)
                return
        self.finish()

    def _end(self, error: BaseException | None) -> None:
        try:
            if error is not None:
                self.note_failure(error)
        finally:
            self.finish()

    def _give_back(self, holder: Any) -> None:
        """Let the caller see its own request again, with what its adapter added to it."""
        if isinstance(getattr(holder, "request", None), type(self.sent)):
            holder.request = self._original
        original, sent = self._original.headers, self.sent.headers
        if propagated() >= lower_names(sent) - lower_names(original):
            return
        for name, value in sent.items():
            if name not in original and name.lower() not in propagated():
                original[name] = value

    def _describe_request(self) -> None:
        if self._said:
            return
        self._said = True
        headers = self.sent.headers
        self.describe_sent(
            lower_items(headers), self._body, has_host="host" in lower_names(headers)
        )

    def _tee(self, raw: Any) -> None:
        """Arrange for the body to be recorded, once."""
        if not self._teed:
            self._teed = True
            self._late = self.see_to_body(
                raw.status,
                about_body(raw.headers),
                functools.partial(tee_response, raw),
                left=left_of(raw),
            )
