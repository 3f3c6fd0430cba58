"""Calls that servers of grpcio answer: one SERVER span each.

An interceptor stands before the program's own, and hands each handler on with its behaviour
wrapped: the service sees the same request, context and deadline as without us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Final

from opentelemetry import context as context_api
from opentelemetry.trace import SpanKind

from otelhook.capture.clients.client_hop import DefaultScope
from otelhook.capture.context.attached import attached
from otelhook.capture.context.propagation import parent_in_headers, received
from otelhook.capture.rpc.call import Method, RpcEnd
from otelhook.capture.rpc.messages import lines_of

__all__ = [
    "PLACE_OF_INTERCEPTORS",
    "Patch",
    "begin_answer",
    "behaviour_of",
    "end_answer",
    "end_failed_answer",
    "grpc_server_patches",
    "with_interceptor",
]

Patch = tuple[Any, str, Any]
"""What has the function, the function's name, and what takes its place."""

_BEHAVIOURS: Final = {
    (False, False): "unary_unary",
    (False, True): "unary_stream",
    (True, False): "stream_unary",
    (True, True): "stream_stream",
}
PLACE_OF_INTERCEPTORS: Final = 2
"""Among the arguments of ``grpc.server`` and of ``grpc.aio.server``."""

_UNKNOWN: Final = 2
_CANCELLED: Final = 1
_OTLP: Final = "opentelemetry.proto.collector."


def grpc_server_patches(module: ModuleType, server_scope: DefaultScope) -> Iterator[Patch]:
    """Patch ``grpc``: the servers that it makes from now on."""

    def intercept_service(_self: Any, continuation: Any, details: Any) -> Any:
        handler = continuation(details)
        return handler if handler is None else _recorded(handler, details, server_scope)

    # Its base is known once the program has imported gRPC, and only then.
    base = module.ServerInterceptor
    recording = type("Recording", (base,), {"intercept_service": intercept_service})
    yield module, "server", with_interceptor(module.server, recording, PLACE_OF_INTERCEPTORS)


def with_interceptor(make: Callable[..., Any], recording: type, place: int) -> Callable[..., Any]:
    """Wrap what makes a server: an interceptor of ours stands before the program's own."""

    def captured(*args: Any, **kwargs: Any) -> Any:
        places = list(args)
        if len(places) > place:
            places[place] = (recording(), *(places[place] or ()))
        else:
            kwargs["interceptors"] = (recording(), *(kwargs.get("interceptors") or ()))
        return make(*places, **kwargs)

    return captured


def _recorded(handler: Any, details: Any, server_scope: DefaultScope) -> Any:
    found = behaviour_of(handler, details)
    if found is None:
        return handler
    name, behaviour, method = found
    wrap = _streaming if method.streams_responses else _single
    return handler._replace(**{name: wrap(behaviour, method, server_scope)})


def behaviour_of(handler: Any, details: Any) -> tuple[str, Callable[..., Any], Method] | None:
    """Return the name of a handler's behaviour, itself, and its method.

    Returns:
        None if it is not recorded: what spans arrive by, or a handler of a kind that is not known.
    """
    streams = (bool(handler.request_streaming), bool(handler.response_streaming))
    name = _BEHAVIOURS[streams]
    behaviour: Callable[..., Any] | None = getattr(handler, name, None)
    known = behaviour is not None and hasattr(handler, "_replace")
    if behaviour is None or not known or details.method.strip("/").startswith(_OTLP):
        return None
    method = Method(details.method, streams_requests=streams[0], streams_responses=streams[1])
    return name, behaviour, method


def begin_answer(server_scope: DefaultScope, method: Method, context: Any) -> RpcEnd | None:
    """Begin the SERVER span of a call; None if it is not recorded."""
    scope = server_scope()
    if scope is None:
        return None
    with scope.guard:
        metadata = context.invocation_metadata()
        headers = {name.lower(): value for name, value in lines_of(metadata)}
        parent = received(context_api.get_current(), parent_in_headers(headers))
        end = RpcEnd(scope, scope.within(parent), SpanKind.SERVER, method)
        end.metadata("request", metadata)
        peer = str(context.peer())
        if peer.startswith(("ipv4:", "ipv6:")):
            host = peer.partition(":")[2].rpartition(":")[0]
            end.note("client.address", host.replace("%5B", "").replace("%5D", "").strip("[]"))
        return end
    return None


def _requests(end: RpcEnd, request: Any, method: Method) -> Any:
    """Return the request, noted; a stream is noted as it is read."""
    if not method.streams_requests:
        end.sent(request)
        return request
    return _NotedIterator(request, end.sent)


class _NotedIterator:
    """An iterator of messages: each is noted as it passes."""

    __slots__ = ("_messages", "_note")

    def __init__(self, messages: Any, note: Callable[[object], None]) -> None:
        self._messages = messages
        self._note = note

    def __iter__(self) -> _NotedIterator:
        return self

    def __next__(self) -> Any:
        message = next(self._messages)
        self._note(message)
        return message

    def __getattr__(self, name: str) -> Any:
        return getattr(self._messages, name)


def _single(
    behaviour: Callable[..., Any], method: Method, server_scope: DefaultScope
) -> Callable[..., Any]:
    """Wrap what returns one response."""

    def captured(request: Any, context: Any) -> Any:
        end = begin_answer(server_scope, method, context)
        if end is None:
            return behaviour(request, context)
        try:
            with attached(end.context):
                response = behaviour(_requests(end, request, method), context)
        except BaseException as error:
            end_failed_answer(end, context, error)
            raise
        end.received(response)
        end_answer(end, context)
        return response

    return captured


def _streaming(
    behaviour: Callable[..., Any], method: Method, server_scope: DefaultScope
) -> Callable[..., Any]:
    """Wrap what returns an iterator of responses, each of which another thread may ask for."""

    def captured(request: Any, context: Any) -> Any:
        end = begin_answer(server_scope, method, context)
        if end is None:
            return behaviour(request, context)
        # Who goes away while responses are still to come ends the call.
        context.add_callback(lambda: end_answer(end, context, otherwise=_CANCELLED))
        try:
            with attached(end.context):
                responses = behaviour(_requests(end, request, method), context)
        except BaseException as error:
            end_failed_answer(end, context, error)
            raise
        return _each(iter(responses), end, context)

    return captured


def _each(responses: Iterator[Any], end: RpcEnd, context: Any) -> Iterator[Any]:
    while True:
        try:
            with attached(end.context):
                response = next(responses)
        except StopIteration:
            end_answer(end, context)
            return
        except BaseException as error:
            end_failed_answer(end, context, error)
            raise
        end.received(response)
        yield response


def end_failed_answer(end: RpcEnd, context: Any, error: BaseException) -> None:
    """End with what a behaviour raised; that `abort` raised it, its code says."""
    if _code(context):
        end_answer(end, context)
    else:
        end.end(_UNKNOWN, error=error)


def _code(context: Any, otherwise: int = 0) -> int:
    found = context.code()
    code = int(found.value[0]) if hasattr(found, "value") else int(found or 0)
    return code or otherwise


def end_answer(end: RpcEnd, context: Any, *, otherwise: int = 0) -> None:
    """End with what a call's context says of how it ended."""
    code, details = otherwise, ""
    with end.guard:
        code = _code(context, otherwise)
        found = context.details()
        details = found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found or "")
        end.metadata("response", context.trailing_metadata())
    end.end(code, details)
