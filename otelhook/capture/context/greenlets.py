"""Carries the trace into the greenlets of eventlet and gevent, which begin with empty contexts.

Each new greenlet gets a context of its own that holds OpenTelemetry's, set before it runs: no
function is wrapped, and what greenlets return and raise is their own. Every way to make one comes
through here, pools and `threading.Thread` where it is patched included.
"""

from __future__ import annotations

import contextvars
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from otelhook.capture.context.thread_context import (
    Carried,
    carried_context,
    carrying_first,
    opentelemetry_api,
)
from otelhook.capture.guard import Guard

__all__ = [
    "eventlet_patches",
    "eventlet_pool_patches",
    "gevent_greenlet_patches",
    "gevent_patches",
    "gevent_pool_patches",
]

_Patch = tuple[Any, str, Any]

_guard = Guard()


def _carry(greenlet: Any) -> None:
    """Give a greenlet that has not begun the current context, if a span is current."""
    current = carried_context()
    if current is None:
        return
    with _guard:
        own = contextvars.Context()
        own.run(opentelemetry_api()[0].attach, current)
        greenlet.gr_context = own


def eventlet_patches(module: ModuleType) -> Iterator[_Patch]:
    """Patch `eventlet.greenthread`: what `spawn`, `spawn_n` and the pools make greenlets with."""
    init, spawn_n = module.GreenThread.__init__, module._spawn_n  # noqa: SLF001

    def carrying_init(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        _carry(self)

    def carrying_spawn_n(*args: Any, **kwargs: Any) -> Any:
        made = spawn_n(*args, **kwargs)
        _carry(made[1])
        return made

    yield module.GreenThread, "__init__", carrying_init
    yield module, "_spawn_n", carrying_spawn_n


def eventlet_pool_patches(module: ModuleType) -> Iterator[_Patch]:
    """Patch `eventlet.tpool`, which runs functions in real threads."""
    execute = module.execute

    def carrying_execute(*args: Any, **kwargs: Any) -> Any:
        context = carried_context() if args else None
        if context is None:
            return execute(*args, **kwargs)
        return execute(Carried(args[0], context), *args[1:], **kwargs)

    yield module, "execute", carrying_execute


def gevent_patches(module: ModuleType) -> Iterator[_Patch]:
    """Patch `gevent.hub.spawn_raw`, and `gevent`'s copy of it if there is one by now."""
    spawn_raw = module.spawn_raw

    def carrying_spawn_raw(*args: Any, **kwargs: Any) -> Any:
        greenlet = spawn_raw(*args, **kwargs)
        _carry(greenlet)
        return greenlet

    yield module, "spawn_raw", carrying_spawn_raw
    if getattr(sys.modules.get("gevent"), "spawn_raw", None) is spawn_raw:
        yield sys.modules["gevent"], "spawn_raw", carrying_spawn_raw


def gevent_pool_patches(module: ModuleType) -> Iterator[_Patch]:
    """Patch `gevent.threadpool`, which runs functions in real threads."""
    yield module.ThreadPool, "spawn", carrying_first(module.ThreadPool.spawn)


class _SpawnCallback:
    """What gevent tells of each `gevent.Greenlet` that is started, in the form of an attribute.

    The class is compiled, so that none of its methods can be replaced.
    """

    def __init__(self, greenlet_class: Any) -> None:
        self._class = greenlet_class
        self._told: Callable[[Any], None] | None = None

    @property
    def told(self) -> Callable[[Any], None] | None:
        """What is called with each greenlet; None if nothing is."""
        return self._told

    @told.setter
    def told(self, callback: Callable[[Any], None] | None) -> None:
        if self._told is not None:
            self._class.remove_spawn_callback(self._told)
        self._told = callback
        if callback is not None:
            self._class.add_spawn_callback(callback)


def gevent_greenlet_patches(module: ModuleType) -> Iterator[_Patch]:
    """Be told by `gevent.greenlet` of what `spawn`, its pools and its threads start."""
    yield _SpawnCallback(module.Greenlet), "told", _carry
