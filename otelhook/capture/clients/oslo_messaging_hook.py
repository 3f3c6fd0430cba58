"""Calls and casts of oslo.messaging: how OpenStack's services ask each other, over RabbitMQ.

`Transport._send`, through which both go, and `RPCDispatcher.dispatch`, which serves them, are
wrapped. The trace's context travels beside the entries of the message's own context and is taken
out again before the service sees them. A call, which is answered, is a CLIENT and a SERVER span; a
cast, which is not, is a PRODUCER and a CONSUMER span.

Only what belongs to a trace is recorded: services tell each other every few seconds that they are
there, and each of these messages would be a trace of its own. oslo.messaging of 2026 has spans of
its own (``[oslo_messaging_tracing]``); where these are on, ours are not.

Arguments and result stand where HTTP's bodies stand, as JSON, redacted, cut and counted as those
are; the semantic conventions have no names for them. The message's context is not recorded: it
holds the caller's token.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from opentelemetry import context as context_api
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind

from otelhook.attributes import Direction
from otelhook.capture.clients.client_hop import DefaultScope
from otelhook.capture.context.attached import attached
from otelhook.capture.context.propagation import (
    carried,
    parent_in_headers,
    place_of_call,
    propagated,
)
from otelhook.capture.record.content import BodyForm
from otelhook.capture.record.scope import CaptureScope, scope_of
from otelhook.capture.record.span_record import end_recorded, note_exception
from otelhook.capture.record.tee import Tee

if TYPE_CHECKING:
    from otelhook.capture.record.span_record import SpanRecord

__all__ = ["wrap_dispatch", "wrap_send"]

_OWN_TRACER = "oslo.messaging"
_JSON = BodyForm("application/json")


def wrap_send(send: Callable[..., Any], default_scope: DefaultScope) -> Callable[..., Any]:
    """Return a `Transport._send` that records each call and cast of a trace.

    Args:
        send: the one to call.
        default_scope: the scope of messages sent outside any captured request; None records none.
    """

    def captured_send(
        self: Any,
        target: Any,
        ctxt: Any,
        message: Any,
        wait_for_reply: Any = None,
        **others: Any,
    ) -> Any:
        current = context_api.get_current()
        scope = scope_of(current) or default_scope()
        sent = None
        if scope is not None:
            sent = _begin_send(scope, current, target, ctxt, message, waits=bool(wait_for_reply))
        if sent is None:
            return send(self, target, ctxt, message, wait_for_reply, **others)
        return sent.within(send, self, target, sent.ctxt, message, wait_for_reply, **others)

    return captured_send


def wrap_dispatch(dispatch: Callable[..., Any], default_scope: DefaultScope) -> Callable[..., Any]:
    """Return an `RPCDispatcher.dispatch` that records what a message of a trace makes it do.

    Args:
        dispatch: the one to call.
        default_scope: the scope of the service; None records nothing.
    """

    def captured_dispatch(self: Any, incoming: Any) -> Any:
        current = context_api.get_current()
        scope = scope_of(current) or default_scope()
        served = None if scope is None else _begin_dispatch(scope, current, incoming)
        if served is None:
            return dispatch(self, incoming)
        return served.within(dispatch, self, incoming)

    return captured_dispatch


def _begin_send(  # noqa: PLR0913 - what a message is
    scope: CaptureScope,
    current: Context,
    target: Any,
    ctxt: Any,
    message: Any,
    *,
    waits: bool,
) -> _Message | None:
    with scope.guard:
        if _traced(current):
            return None
        parent, _ = place_of_call(current, {}, scope.root)
        if not trace.get_current_span(parent).get_span_context().is_valid:
            return None
        kind = SpanKind.CLIENT if waits else SpanKind.PRODUCER
        service = str(message.get("namespace") or target.topic)
        sent = _Message(scope, parent, kind, service, message, bodies=scope.client_bodies)
        server = f".{target.server}" if target.server else ""
        sent.note("messaging.destination.name", f"{target.topic}{server}")
        sent.ctxt = carried(ctxt, sent.context)
        return sent
    return None


def _begin_dispatch(
    scope: CaptureScope,
    current: Context,
    incoming: Any,
) -> _Message | None:
    with scope.guard:
        ctxt, message = incoming.ctxt, incoming.message
        parent = None if _traced(current) else parent_in_headers(ctxt)
        if parent is None or not trace.get_current_span(parent).get_span_context().is_valid:
            return None
        for name in propagated():
            ctxt.pop(name, None)
            # Who waits for an answer says where: RabbitMQ's driver, and the in-process one.
        waits = getattr(incoming, "reply_q", None) or getattr(incoming, "_reply_q", None)
        kind = SpanKind.SERVER if waits else SpanKind.CONSUMER
        service = str(message.get("namespace") or "")
        return _Message(
            scope, scope.within(parent), kind, service, message, bodies=scope.server_bodies
        )
    return None


def _traced(current: Context) -> bool:
    """Say whether oslo.messaging has begun a span of its own for this message."""
    made_by: Any = getattr(trace.get_current_span(current), "instrumentation_scope", None)
    return getattr(made_by, "name", "") == _OWN_TRACER


class _Message:
    """One end of a call or a cast, until its span has ended."""

    __slots__ = ("_answered", "_bodies", "_limits", "_record", "_scope", "context", "ctxt", "span")

    def __init__(  # noqa: PLR0913 - what a message is
        self,
        scope: CaptureScope,
        parent: Context,
        kind: SpanKind,
        service: str,
        message: Mapping[str, Any],
        *,
        bodies: bool,
    ) -> None:
        method = str(message.get("method") or "")
        name = f"{service}/{method}" if service else method
        attributes = {"rpc.system": _OWN_TRACER, "rpc.method": method}
        if service:
            attributes["rpc.service"] = service
        self.span: Span = scope.tracer.start_span(name, parent, kind, attributes)
        self.context = trace.set_span_in_context(self.span, parent)
        self.ctxt: Any = None
        """The message's context, with the trace's in it."""
        self._scope = scope
        self._answered = kind in (SpanKind.CLIENT, SpanKind.SERVER)
        self._bodies = bodies
        self._limits = scope.limits.everywhere or scope.limits.at("", name)
        self._record: SpanRecord | None = None
        if self.span.is_recording():
            self._record = scope.record_for(self.span)
            self._write("request", message.get("args"))

    def within(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Do what the message asks for in its context, and record what came of it."""
        try:
            with attached(self.context):
                answer = act(*args, **kwargs)
        except BaseException as error:
            self.fail(error)
            raise
        self.answered(answer)
        return answer

    def note(self, key: str, value: str) -> None:
        """Record an attribute."""
        if self._record is not None:
            self._record.attributes[key] = value

    def _write(self, side: Direction, value: object) -> None:
        record = self._record
        if record is None or not self._bodies:
            return
        if value is None:
            record.no_body(side)
            return
        tee = Tee(self._limits.of(_JSON.content_type))
        tee.add(json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace"))
        record.body(side, tee, _JSON)

    def answered(self, answer: object) -> None:
        """Record the result; a cast has none."""
        try:
            with self._scope.guard:
                if self._answered:
                    self._write("response", answer)
        finally:
            self._end()

    def fail(self, error: BaseException) -> None:
        """Record why there is no result."""
        try:
            with self._scope.guard:
                # What a service has declared that it raises comes wrapped in an exception.
                inner: Any = getattr(error, "exc_info", None)
                told: BaseException = error if inner is None else inner[1]
                if self._record is not None:
                    note_exception(self.span, told, self._record.redactor)
        finally:
            self._end()

    def _end(self) -> None:
        end_recorded(self.span, self._record, self._scope.guard)
