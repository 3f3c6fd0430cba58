"""Carries the trace into threads, pools and greenlets: what they call belongs to their starter.

Only OpenTelemetry's own context is carried, not the other context variables of the program: those
are as they would be without us. Nothing is carried, and nothing done, where no span is current.
An unsampled span is carried as well, or else what it calls would begin traces of its own.

A thread keeps the context for as long as it lives, the thread of a pool only while it does the
task that came with it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from otelhook.capture.guard import Guard

if TYPE_CHECKING:
    from opentelemetry.context import Context

__all__ = [
    "Carried",
    "carried_context",
    "carrying_first",
    "executor_patches",
    "opentelemetry_api",
    "thread_patches",
]

_guard = Guard()

_KEY = "otelhook_context"

_SHARED = frozenset(
    {
        "concurrent.futures.thread",
        "concurrent.futures.process",
        "futurist._thread",
        "multiprocessing.queues",
    }
)
"""Modules whose threads serve the whole program, whoever was the first to need them."""

_Patch = tuple[Any, str, Any]


def carried_context() -> Context | None:
    """Return OpenTelemetry's current context; None if no span is current in it."""
    if "opentelemetry.trace" not in sys.modules:
        return None  # and so no span has ever been current
    context, trace = opentelemetry_api()
    with _guard:
        current: Context = context.get_current()
        if current and trace.get_current_span(current).get_span_context().is_valid:
            return current
    return None


@cache
def opentelemetry_api() -> tuple[Any, Any]:
    """Return OpenTelemetry's modules of contexts and of traces, which a program may never need."""
    from opentelemetry import context, trace

    return context, trace


class Carried:
    """A function that runs in a context of OpenTelemetry's, in whatever thread calls it."""

    __slots__ = ("_context", "_function")

    def __init__(self, function: Callable[..., Any], context: Context) -> None:
        self._function = function
        self._context = context

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function; what it returns or raises is its own."""
        context, _ = opentelemetry_api()
        token = context.attach(self._context)
        try:
            return self._function(*args, **kwargs)
        finally:
            context.detach(token)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)


def carrying_first(method: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a method (or function) whose first argument after itself is a function to be run."""

    def carrying(self: Any, *args: Any, **kwargs: Any) -> Any:
        context = carried_context() if args else None
        if context is None:
            return method(self, *args, **kwargs)
        return method(self, Carried(args[0], context), *args[1:], **kwargs)

    return carrying


def thread_patches(module: ModuleType) -> Iterator[_Patch]:
    """Patch `threading.Thread`, and with it `threading.Timer` and every class of the program's."""
    thread = module.Thread
    yield thread, "start", _start(thread.start)
    # Of a class of the program's `run` is its own, and perhaps calls no other.
    yield thread, "_bootstrap_inner", _bootstrap_inner(thread._bootstrap_inner)  # noqa: SLF001


def executor_patches(module: ModuleType) -> Iterator[_Patch]:
    """Patch `ThreadPoolExecutor.submit`, which `map` calls too: Python's own and futurist's."""
    executor = module.ThreadPoolExecutor
    yield executor, "submit", carrying_first(executor.submit)


def _start(start: Callable[..., Any]) -> Callable[..., Any]:
    def carrying_start(self: Any, *args: Any, **kwargs: Any) -> Any:
        context = carried_context()
        if context is None:
            return start(self, *args, **kwargs)
        if _is_shared(self):
            return _without_context(start, self, *args, **kwargs)
        self.__dict__[_KEY] = context
        try:
            return start(self, *args, **kwargs)
        except BaseException:
            self.__dict__.pop(_KEY, None)
            raise

    return carrying_start


def _is_shared(thread: Any) -> bool:
    target = getattr(thread, "_target", None)
    return type(thread).__module__ in _SHARED or getattr(target, "__module__", "") in _SHARED


def _without_context(act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Start what outlives this request; a thread that is a greenlet would be given its context."""
    context, _ = opentelemetry_api()
    token = context.attach(context.Context())
    try:
        return act(*args, **kwargs)
    finally:
        context.detach(token)


def _bootstrap_inner(bootstrap_inner: Callable[..., Any]) -> Callable[..., Any]:
    def carrying_bootstrap(self: Any) -> Any:
        context = self.__dict__.pop(_KEY, None)
        if context is None:
            return bootstrap_inner(self)
        return Carried(bootstrap_inner, context)(self)

    return carrying_bootstrap
