"""Calls that servers of ``grpc.aio`` answer: one SERVER span each.

As `server`, for behaviours that are coroutines or asynchronous generators. Their messages are noted
by the handler's serializers, because a behaviour may read and write them by its context, which is
the service's own. Behaviours that are plain functions run in threads, and are wrapped as
`server` does it.
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType
from typing import Any

from otelhook.capture.clients.client_hop import DefaultScope
from otelhook.capture.context.attached import attached
from otelhook.capture.rpc.answering import (
    Answer,
    Patch,
    begin_answer,
    behaviour_of,
    interceptor_patch,
)
from otelhook.capture.rpc.call import CANCELLED, Method
from otelhook.capture.rpc.server import Begin, in_threads

__all__ = ["grpc_aio_server_patches"]


def grpc_aio_server_patches(module: ModuleType, server_scope: DefaultScope) -> Iterator[Patch]:
    """Patch ``grpc.aio``: the servers that it makes from now on."""

    async def intercept_service(_self: Any, continuation: Any, details: Any) -> Any:
        handler = await continuation(details)
        return handler if handler is None else _recorded(handler, details, server_scope)

    yield interceptor_patch(module, intercept_service)


class _Noting:
    """One call's answer and messages; those that pass before its behaviour begins wait for that."""

    __slots__ = ("_early", "answer", "returned")

    def __init__(self) -> None:
        self._early: list[object] = []
        self.answer: Answer | None = None
        self.returned = False
        """Whether the behaviour came to its end; a call that is over without that was cancelled."""

    def begin(self, server_scope: DefaultScope, method: Method, context: Any) -> Answer | None:
        self.answer = answer = begin_answer(server_scope, method, context)
        if answer is not None:
            for message in self._early:
                answer.end.sent(message)
            with answer.end.guard:
                context.add_done_callback(self._over)
        self._early = []
        return answer

    def _over(self, _: Any) -> None:
        """End the span with the call, when its last response has been written."""
        if self.answer is not None:
            self.answer.ended(otherwise=0 if self.returned else CANCELLED)
            self.answer = None  # its call's context, which keeps its callbacks, leads back here

    def sent(self, message: object) -> None:
        if self.answer is None:
            self._early.append(message)
        else:
            self.answer.end.sent(message)

    def received(self, message: object) -> None:
        if self.answer is not None:
            self.answer.end.received(message)


def _recorded(handler: Any, details: Any, server_scope: DefaultScope) -> Any:
    """Return a handler for one call, which notes its messages; aio asks for one for each call."""
    found = behaviour_of(handler, details)
    if found is None:
        return handler
    name, behaviour, method = found
    noting = _Noting()
    if inspect.isasyncgenfunction(behaviour):
        ours: Any = _streaming(behaviour, method, server_scope, noting)
    elif inspect.iscoroutinefunction(behaviour):
        ours = _awaited(behaviour, method, server_scope, noting)
    else:
        begin = _beginning_in_threads(server_scope, method)
        return handler._replace(**{name: in_threads(behaviour, method, begin)})
    read: Callable[[bytes], Any] | None = handler.request_deserializer
    write: Callable[[Any], bytes] | None = handler.response_serializer

    def request_deserializer(data: bytes) -> Any:
        message = data if read is None else read(data)
        noting.sent(message)
        return message

    def response_serializer(message: Any) -> bytes:
        noting.received(message)
        return message if write is None else write(message)

    return handler._replace(
        request_deserializer=request_deserializer,
        response_serializer=response_serializer,
        **{name: ours},
    )


def _beginning_in_threads(server_scope: DefaultScope, method: Method) -> Begin:
    """Return what begins the answer of a plain function.

    The context that such a function is given can set a status and not tell it. The call's own
    context, which can, is what it stands on: nothing else names it than the references of the
    object. Where there is none, the call is not recorded.
    """

    def begin(context: Any) -> Answer | None:
        for own in gc.get_referents(context):
            if not hasattr(own, "add_done_callback"):
                continue
            answer = begin_answer(server_scope, method, own)
            if answer is not None:
                with answer.end.guard:
                    own.add_done_callback(answer.cancelled)
            return answer
        return None

    return begin


def _awaited(
    behaviour: Callable[..., Any], method: Method, server_scope: DefaultScope, noting: _Noting
) -> Callable[..., Any]:
    """Wrap a coroutine: it returns the one response, or writes several by its context."""

    async def captured(request: Any, context: Any) -> Any:
        answer = noting.begin(server_scope, method, context)
        if answer is None:
            return await behaviour(request, context)
        try:
            with attached(answer.end.context):
                response = await behaviour(request, context)
        except BaseException as error:
            _failed(answer, error)
            raise
        noting.returned = True
        return response

    return captured


def _streaming(
    behaviour: Callable[..., Any], method: Method, server_scope: DefaultScope, noting: _Noting
) -> Callable[..., Any]:
    """Wrap an asynchronous generator of responses."""

    async def captured(request: Any, context: Any) -> AsyncIterator[Any]:
        answer = noting.begin(server_scope, method, context)
        responses = behaviour(request, context)
        if answer is None:
            async for response in responses:
                yield response
            return
        try:
            while True:
                with attached(answer.end.context):
                    try:
                        response = await anext(responses)
                    except StopAsyncIteration:
                        noting.returned = True
                        return
                yield response
        except BaseException as error:
            _failed(answer, error)
            raise
        finally:
            await responses.aclose()

    return captured


def _failed(answer: Answer, error: BaseException) -> None:
    if isinstance(error, Exception):
        answer.failed(error)
    else:  # the caller has gone away, or its time is over
        answer.end.end(CANCELLED)
