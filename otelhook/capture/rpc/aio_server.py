"""Calls that servers of ``grpc.aio`` answer: one SERVER span each.

As `server`, for behaviours that are coroutines or asynchronous generators. Messages are noted by
the handler's serializers, because a behaviour may read and write them by its context, which is
the service's own.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType
from typing import Any, Final

from otelhook.capture.clients.client_hop import DefaultScope
from otelhook.capture.context.attached import attached
from otelhook.capture.rpc.call import Method, RpcEnd
from otelhook.capture.rpc.server import (
    PLACE_OF_INTERCEPTORS,
    Patch,
    begin_answer,
    behaviour_of,
    end_answer,
    end_failed_answer,
    with_interceptor,
)

__all__ = ["grpc_aio_server_patches"]

_CANCELLED: Final = 1


def grpc_aio_server_patches(module: ModuleType, server_scope: DefaultScope) -> Iterator[Patch]:
    """Patch ``grpc.aio``: the servers that it makes from now on."""

    async def intercept_service(_self: Any, continuation: Any, details: Any) -> Any:
        handler = await continuation(details)
        return handler if handler is None else _recorded(handler, details, server_scope)

    recording = type(
        "Recording", (module.ServerInterceptor,), {"intercept_service": intercept_service}
    )
    yield module, "server", with_interceptor(module.server, recording, PLACE_OF_INTERCEPTORS)


class _Answer:
    """One call that is answered; messages that pass before its behaviour begins wait for that."""

    __slots__ = ("_early", "end", "returned")

    def __init__(self) -> None:
        self._early: list[object] = []
        self.end: RpcEnd | None = None
        self.returned = False
        """Whether the behaviour came to its end; a call that is over without that was cancelled."""

    def begin(self, server_scope: DefaultScope, method: Method, context: Any) -> RpcEnd | None:
        self.end = end = begin_answer(server_scope, method, context)
        if end is not None:
            for message in self._early:
                end.sent(message)
            with end.guard:
                context.add_done_callback(self._over)
        self._early = []
        return end

    def _over(self, context: Any) -> None:
        """End the span with the call, when its last response has been written."""
        if self.end is not None:
            end_answer(self.end, context, otherwise=0 if self.returned else _CANCELLED)

    def sent(self, message: object) -> None:
        if self.end is None:
            self._early.append(message)
        else:
            self.end.sent(message)

    def received(self, message: object) -> None:
        if self.end is not None:
            self.end.received(message)


def _recorded(handler: Any, details: Any, server_scope: DefaultScope) -> Any:
    """Return a handler for one call, which notes its messages; aio asks for one for each call."""
    found = behaviour_of(handler, details)
    if found is None:
        return handler
    name, behaviour, method = found
    answer = _Answer()
    if inspect.isasyncgenfunction(behaviour):
        ours: Any = _streaming(behaviour, method, server_scope, answer)
    elif inspect.iscoroutinefunction(behaviour):
        ours = _awaited(behaviour, method, server_scope, answer)
    else:
        return handler
    read: Callable[[bytes], Any] | None = handler.request_deserializer
    write: Callable[[Any], bytes] | None = handler.response_serializer

    def request_deserializer(data: bytes) -> Any:
        message = data if read is None else read(data)
        answer.sent(message)
        return message

    def response_serializer(message: Any) -> bytes:
        answer.received(message)
        return message if write is None else write(message)

    return handler._replace(
        request_deserializer=request_deserializer,
        response_serializer=response_serializer,
        **{name: ours},
    )


def _awaited(
    behaviour: Callable[..., Any], method: Method, server_scope: DefaultScope, answer: _Answer
) -> Callable[..., Any]:
    """Wrap a coroutine: it returns the one response, or writes several by its context."""

    async def captured(request: Any, context: Any) -> Any:
        end = answer.begin(server_scope, method, context)
        if end is None:
            return await behaviour(request, context)
        try:
            with attached(end.context):
                response = await behaviour(request, context)
        except BaseException as error:
            _failed(end, context, error)
            raise
        answer.returned = True
        return response

    return captured


def _streaming(
    behaviour: Callable[..., Any], method: Method, server_scope: DefaultScope, answer: _Answer
) -> Callable[..., Any]:
    """Wrap an asynchronous generator of responses."""

    async def captured(request: Any, context: Any) -> AsyncIterator[Any]:
        end = answer.begin(server_scope, method, context)
        responses = behaviour(request, context)
        if end is None:
            async for response in responses:
                yield response
            return
        try:
            while True:
                with attached(end.context):
                    try:
                        response = await anext(responses)
                    except StopAsyncIteration:
                        answer.returned = True
                        return
                yield response
        except BaseException as error:
            _failed(end, context, error)
            raise
        finally:
            await responses.aclose()

    return captured


def _failed(end: RpcEnd, context: Any, error: BaseException) -> None:
    if isinstance(error, Exception):
        end_failed_answer(end, context, error)
    else:  # the caller has gone away, or its time is over
        end.end(_CANCELLED)
