"""What answering a call over gRPC has in common, by threads or in an event loop."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from opentelemetry import context as context_api
from opentelemetry.trace import SpanKind

from otelhook.capture.clients.client_hop import DefaultScope
from otelhook.capture.context.propagation import parent_in_headers, received
from otelhook.capture.rpc.call import CANCELLED, UNKNOWN, Method, RpcEnd
from otelhook.capture.rpc.messages import lines_of

__all__ = ["Answer", "Patch", "begin_answer", "behaviour_of", "interceptor_patch"]

Patch = tuple[Any, str, Any]
"""What has the function, the function's name, and what takes its place."""

_BEHAVIOURS: Final = {
    (False, False): "unary_unary",
    (False, True): "unary_stream",
    (True, False): "stream_unary",
    (True, True): "stream_stream",
}
_PLACE_OF_INTERCEPTORS: Final = 2
"""Among the arguments of ``grpc.server`` and of ``grpc.aio.server``."""


def interceptor_patch(module: ModuleType, intercept_service: Callable[..., Any]) -> Patch:
    """Patch what makes a server: an interceptor of ours stands before the program's own.

    Args:
        module: ``grpc`` or ``grpc.aio``, which the program has imported; the interceptor's base is
            known then, and only then.
        intercept_service: the interceptor's one method.
    """
    recording = type(
        "Recording", (module.ServerInterceptor,), {"intercept_service": intercept_service}
    )
    make: Callable[..., Any] = module.server

    def captured(*args: Any, **kwargs: Any) -> Any:
        places = list(args)
        if len(places) > _PLACE_OF_INTERCEPTORS:
            given = places[_PLACE_OF_INTERCEPTORS]
            places[_PLACE_OF_INTERCEPTORS] = (recording(), *(given or ()))
        else:
            kwargs["interceptors"] = (recording(), *(kwargs.get("interceptors") or ()))
        return make(*places, **kwargs)

    return module, "server", captured


def behaviour_of(handler: Any, details: Any) -> tuple[str, Callable[..., Any], Method] | None:
    """Return the name of a handler's behaviour, itself, and its method.

    Returns:
        None if it is not recorded: what spans arrive by, or a handler of a kind that is not known.
    """
    streams = (bool(handler.request_streaming), bool(handler.response_streaming))
    name = _BEHAVIOURS[streams]
    behaviour: Callable[..., Any] | None = getattr(handler, name, None)
    method = Method(details.method, streams_requests=streams[0], streams_responses=streams[1])
    if behaviour is None or not hasattr(handler, "_replace") or method.carries_spans:
        return None
    return name, behaviour, method


class Answer:
    """One call that is answered: its SERVER span, and the context that knows how it ended."""

    __slots__ = ("_context", "end")

    def __init__(self, end: RpcEnd, context: Any) -> None:
        self.end = end
        self._context = context

    def ended(self, otherwise: int = 0) -> None:
        """End with what the call's context says of how it ended; a code if it says nothing."""
        context, code, details = self._context, otherwise, ""
        with self.end.guard:
            code = self._code() or otherwise
            found = context.details()
            is_bytes = isinstance(found, bytes)
            details = found.decode("utf-8", "replace") if is_bytes else str(found or "")
            self.end.metadata("response", context.trailing_metadata())
        self.end.end(code, details)

    def failed(self, error: BaseException) -> None:
        """End with what a behaviour raised; that `abort` raised it, its code says."""
        if self._code():
            self.ended()
        else:
            self.end.end(UNKNOWN, error=error)

    def cancelled(self, *_: object) -> None:
        """End a call that was over before its behaviour was: its caller went away."""
        self.ended(otherwise=CANCELLED)

    def _code(self) -> int:
        found = self._context.code()
        return int(found.value[0]) if hasattr(found, "value") else int(found or 0)


def begin_answer(server_scope: DefaultScope, method: Method, context: Any) -> Answer | None:
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
        return Answer(end, context)
    return None
