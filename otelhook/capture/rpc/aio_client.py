"""Calls made with ``grpc.aio``: one CLIENT span for each that goes over the wire.

What is patched is the making of a call object, below the program's interceptors: they see the
metadata of the program, and what they send again is a call of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Iterator
from types import ModuleType
from typing import Any, Final

from otelhook.capture.clients.client_hop import DefaultScope
from otelhook.capture.context.attached import attached
from otelhook.capture.rpc.call import CANCELLED, UNKNOWN, Method, RpcEnd
from otelhook.capture.rpc.client import begin_call, noting

__all__ = ["grpc_aio_client_patches"]

_Patch = tuple[Any, str, Any]

_KINDS: Final = {
    "UnaryUnaryCall": (False, False),
    "UnaryStreamCall": (False, True),
    "StreamUnaryCall": (True, False),
    "StreamStreamCall": (True, True),
}
"""Of ``grpc.aio._call``, by whether requests and responses are streams."""

_NAMES: Final = (
    *("request", "deadline", "metadata", "credentials", "wait_for_ready", "channel", "method"),
    *("request_serializer", "response_deserializer", "loop", "registered_call_handle"),
)
"""What a call object is made of, in this order; a stream's first has another name."""


def grpc_aio_client_patches(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    """Patch ``grpc.aio._call``."""
    for name, streams in _KINDS.items():
        kind: Any = getattr(module, name)
        yield kind, "__init__", _made(kind.__init__, default_scope, streams)


def _made(
    init: Callable[..., None], default_scope: DefaultScope, streams: tuple[bool, bool]
) -> Callable[..., None]:
    """Wrap the making of a call object, which begins the call."""

    def captured(self: Any, *args: Any, **kwargs: Any) -> None:
        named = {**dict(zip(_NAMES[1:], args[1:], strict=False)), **kwargs}
        begun = _begin(default_scope, named, streams)
        if begun is None:
            init(self, *args, **kwargs)
            return
        end, named = begun
        try:
            with attached(end.context):
                init(self, *args[:1], **named)
        except BaseException as error:
            end.end(UNKNOWN, error=error)
            raise
        with end.guard:
            _watch(self, end, streams_responses=streams[1])

    return captured


def _begin(
    default_scope: DefaultScope, named: dict[str, Any], streams: tuple[bool, bool]
) -> tuple[RpcEnd, dict[str, Any]] | None:
    """Begin a call; what it is made of then has noting serializers, and carries the trace."""
    method = Method(
        named["method"].decode("utf-8", "replace"),
        streams_requests=streams[0],
        streams_responses=streams[1],
    )
    target = named["channel"].target.decode("utf-8", "replace")
    given = named.get("metadata")
    begun = begin_call(default_scope, method, target, given)
    if begun is None:
        return None
    end, lines = begun
    with end.guard:
        from grpc.aio import Metadata

        sent, received = noting(end, named["request_serializer"], named["response_deserializer"])
        return end, {
            **named,
            "metadata": Metadata(*lines),
            "request_serializer": sent,
            "response_deserializer": received,
        }
    return None


def _watch(call: Any, end: RpcEnd, *, streams_responses: bool) -> None:
    """End the span with the call; one response is read after the call's status has come."""
    over = functools.partial(_ended, end, call)
    if streams_responses:
        call.add_done_callback(over)
    else:
        call._call_response.add_done_callback(over)  # noqa: SLF001 - the one place


def _ended(end: RpcEnd, call: Any, _: object) -> None:
    code, details = CANCELLED, ""
    with end.guard:
        found = _at_once(call.code())
        if found is not None:
            code = int(found.value[0])
            details = str(_at_once(call.details()) or "")
            metadata = (
                *(_at_once(call.initial_metadata()) or ()),
                *(_at_once(call.trailing_metadata()) or ()),
            )
            end.metadata("response", metadata)
    end.end(code, details)


def _at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Return what a coroutine returns without waiting; None if it would have to wait."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    finally:
        coroutine.close()
    return None
