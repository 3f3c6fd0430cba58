"""Calls made with grpcio: one CLIENT span each, whatever the stub's kind.

The callable objects of a channel are asked through a copy of themselves whose serializers note
what passes: the program is given the very calls, iterators and futures that it has without us, and
no interceptor of ours stands among its own.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Final

from opentelemetry import context as context_api
from opentelemetry.trace import SpanKind

from otelhook.capture.clients.client_hop import DefaultScope, recorded_scope
from otelhook.capture.context.attached import attached
from otelhook.capture.context.propagation import inject, place_of_call
from otelhook.capture.header_values import split_host
from otelhook.capture.rpc.call import UNKNOWN, Method, RpcEnd
from otelhook.capture.rpc.messages import lines_of

__all__ = ["begin_call", "grpc_client_patches", "noting"]

_Patch = tuple[Any, str, Any]

_KINDS: Final = {
    "_UnaryUnaryMultiCallable": (False, False),
    "_UnaryStreamMultiCallable": (False, True),
    "_SingleThreadedUnaryStreamMultiCallable": (False, True),
    "_StreamUnaryMultiCallable": (True, False),
    "_StreamStreamMultiCallable": (True, True),
}
"""Of ``grpc._channel``, by whether requests and responses are streams."""


def grpc_client_patches(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    """Patch ``grpc._channel``."""
    for name, (requests, responses) in _KINDS.items():
        kind: Any = getattr(module, name, None)
        if kind is None:
            continue
        begin = _beginning(default_scope, streams_requests=requests, streams_responses=responses)
        if responses:
            yield kind, "__call__", _stream(kind.__call__, begin)
            continue
        yield kind, "__call__", _answer(kind.with_call, begin, kind.__call__)
        yield kind, "with_call", _with_call(kind.with_call, begin)
        yield kind, "future", _stream(kind.future, begin)


_Begin = Callable[[Any, dict[str, Any]], "tuple[RpcEnd, Any] | None"]


def _beginning(
    default_scope: DefaultScope, *, streams_requests: bool, streams_responses: bool
) -> _Begin:
    """Return what begins a call: its span, and the callable to ask in the place of the program's.

    The keywords of the call get the metadata that carries the trace.
    """

    def begin(callable_: Any, kwargs: dict[str, Any]) -> tuple[RpcEnd, Any] | None:
        method = Method(
            _text(callable_._method),  # noqa: SLF001 - the one place
            streams_requests=streams_requests,
            streams_responses=streams_responses,
        )
        target = _text(callable_._target)  # noqa: SLF001
        begun = begin_call(default_scope, method, target, kwargs.get("metadata"))
        if begun is None:
            return None
        end, kwargs["metadata"] = begun
        with end.guard:
            return end, _noting(callable_, end)
        return None

    return begin


def begin_call(
    default_scope: DefaultScope, method: Method, target: str, metadata: Any
) -> tuple[RpcEnd, tuple[Any, ...]] | None:
    """Begin the CLIENT span of a call; returns the metadata that carries the trace beside it.

    Returns:
        None if the call is not recorded.
    """
    current = context_api.get_current()
    if method.carries_spans:
        return None
    scope = recorded_scope(default_scope, current, f"grpc://{target}/{method.name}")
    if not scope:
        return None
    with scope.guard:
        given: list[tuple[str, Any]] = list(metadata or ())
        parent, own = place_of_call(current, dict(lines_of(given)), scope.root)
        end = RpcEnd(scope, parent, SpanKind.CLIENT, method)
        _note_address(end, target)
        carried: dict[str, str] = {}
        if not own:
            inject(carried, end.context)
        kept = [(name, value) for name, value in given if str(name).lower() not in carried]
        sent: tuple[Any, ...] = (*kept, *carried.items())
        end.metadata("request", sent)
        return end, sent
    return None


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _note_address(end: RpcEnd, target: str) -> None:
    """Record where a channel goes: ``host:port``, ``dns:///host:port``, ``unix:/path``."""
    scheme, mark, rest = target.partition(":")
    if mark and scheme in {"unix", "unix-abstract"}:
        end.note("server.address", rest.removeprefix("//"))
        return
    place = rest.rpartition("/")[2] if mark and scheme in {"dns", "ipv4", "ipv6"} else target
    host, port = split_host(place, "")
    end.note("server.address", host)
    if port is not None:
        end.note("server.port", port)


def _noting(callable_: Any, end: RpcEnd) -> Any:
    """Return a copy of a callable whose serializers note what passes."""
    copied = copy.copy(callable_)
    copied._request_serializer, copied._response_deserializer = noting(  # noqa: SLF001
        end,
        copied._request_serializer,  # noqa: SLF001
        copied._response_deserializer,  # noqa: SLF001
    )
    return copied


def noting(
    end: RpcEnd, serialize: Callable[..., Any] | None, deserialize: Callable[..., Any] | None
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return a call's serializer and deserializer, which note what passes."""

    def sent(message: Any) -> Any:
        end.sent(message)
        return message if serialize is None else serialize(message)

    def received(data: Any) -> Any:
        message = data if deserialize is None else deserialize(data)
        end.received(message)
        return message

    return sent, received


_NAMES: Final = ("request", "timeout", "metadata", "credentials", "wait_for_ready", "compression")


def _keywords(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return a call's arguments: the first by its place, all others by their names."""
    named = dict(zip(_NAMES[1:], args[1:], strict=False))
    return args[:1], {**named, **kwargs}


def _answer(
    with_call: Callable[..., Any], begin: _Begin, plain: Callable[..., Any]
) -> Callable[..., Any]:
    """Wrap a call that waits for its one response and is told nothing else."""
    asked = _with_call(with_call, begin)

    def captured(self: Any, *args: Any, **kwargs: Any) -> Any:
        # The call beside the response has the metadata, which the response alone does not.
        return asked(self, *args, _plain=plain, **kwargs)

    return captured


def _with_call(with_call: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    """Wrap a call that waits for its one response."""

    def captured(self: Any, *args: Any, _plain: Any = None, **kwargs: Any) -> Any:
        places, named = _keywords(args, kwargs)
        begun = begin(self, named)
        if begun is None:
            return (_plain or with_call)(self, *args, **kwargs)
        end, asked = begun
        try:
            with attached(end.context):
                response, call = with_call(asked, *places, **named)
        except BaseException as error:
            _failed(end, error)
            raise
        _ended(end, call)
        return (response, call) if _plain is None else response

    return captured


def _stream(call: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    """Wrap a call that returns before it has ended: an iterator of responses, or a future."""

    def captured(self: Any, *args: Any, **kwargs: Any) -> Any:
        places, named = _keywords(args, kwargs)
        begun = begin(self, named)
        if begun is None:
            return call(self, *args, **kwargs)
        end, asked = begun
        try:
            with attached(end.context):
                made = call(asked, *places, **named)
        except BaseException as error:
            _failed(end, error)
            raise
        with end.guard:
            if not made.add_callback(lambda: _ended(end, made)):
                _ended(end, made)
        return made

    return captured


def _failed(end: RpcEnd, error: BaseException) -> None:
    """End with what a call raised: gRPC's own error knows the code, another one is a defect."""
    code = getattr(error, "code", None)
    if callable(code) and hasattr(error, "details"):
        _ended(end, error)
    else:
        end.end(UNKNOWN, error=error)


def _ended(end: RpcEnd, call: Any) -> None:
    code, details = UNKNOWN, ""
    try:
        with end.guard:
            found = call.code()
            code = UNKNOWN if found is None else int(found.value[0])
            details = str(call.details() or "")
            end.metadata(
                "response", (*(call.initial_metadata() or ()), *(call.trailing_metadata() or ()))
            )
    finally:
        end.end(code, details)
