"""Calls that servers of grpcio answer: one SERVER span each.

An interceptor stands before the program's own, and hands each handler on with its behaviour
wrapped: the service sees the same request, context and deadline as without us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from otelhook.capture.rpc.call import Method, RpcEnd

__all__ = ["Begin", "grpc_server_patches", "in_threads"]

Begin = Callable[[Any], "Answer | None"]
"""Begins the answer to a call whose behaviour is given this context; None if none is recorded."""


def grpc_server_patches(module: ModuleType, server_scope: DefaultScope) -> Iterator[Patch]:
    """Patch ``grpc``: the servers that it makes from now on."""

    def intercept_service(_self: Any, continuation: Any, details: Any) -> Any:
        handler = continuation(details)
        return handler if handler is None else _recorded(handler, details, server_scope)

    yield interceptor_patch(module, intercept_service)


def _recorded(handler: Any, details: Any, server_scope: DefaultScope) -> Any:
    found = behaviour_of(handler, details)
    if found is None:
        return handler
    name, behaviour, method = found

    def begin(context: Any) -> Answer | None:
        answer = begin_answer(server_scope, method, context)
        if answer is not None and method.streams_responses:
            # Who goes away while responses are still to come ends the call.
            context.add_callback(answer.cancelled)
        return answer

    return handler._replace(**{name: in_threads(behaviour, method, begin)})


def in_threads(behaviour: Callable[..., Any], method: Method, begin: Begin) -> Callable[..., Any]:
    """Wrap a behaviour that is a plain function or generator, which a pool's thread runs."""
    wrap = _streaming if method.streams_responses else _single
    return wrap(behaviour, method, begin)


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


def _single(behaviour: Callable[..., Any], method: Method, begin: Begin) -> Callable[..., Any]:
    """Wrap what returns one response."""

    def captured(request: Any, context: Any) -> Any:
        answer = begin(context)
        if answer is None:
            return behaviour(request, context)
        end = answer.end
        try:
            with attached(end.context):
                response = behaviour(_requests(end, request, method), context)
        except BaseException as error:
            answer.failed(error)
            raise
        end.received(response)
        answer.ended()
        return response

    return captured


def _streaming(behaviour: Callable[..., Any], method: Method, begin: Begin) -> Callable[..., Any]:
    """Wrap what returns an iterator of responses, each of which another thread may ask for."""

    def captured(request: Any, context: Any) -> Any:
        answer = begin(context)
        if answer is None:
            return behaviour(request, context)
        end = answer.end
        try:
            with attached(end.context):
                responses = behaviour(_requests(end, request, method), context)
        except BaseException as error:
            answer.failed(error)
            raise
        return _each(iter(responses), answer)

    return captured


def _each(responses: Iterator[Any], answer: Answer) -> Iterator[Any]:
    end = answer.end
    while True:
        try:
            with attached(end.context):
                response = next(responses)
        except StopIteration:
            answer.ended()
            return
        except BaseException as error:
            answer.failed(error)
            raise
        end.received(response)
        yield response
