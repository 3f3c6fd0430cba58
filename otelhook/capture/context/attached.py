"""What is current for a while, in coroutines as well: a context, or a variable's value.

A signal handler of the program may raise at any of our lines. What was current before is put back
all the same: what comes later is none of the interrupted call's.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from opentelemetry import context as context_api
from opentelemetry.context import Context

__all__ = ["attached", "held"]


class _Holding:
    """Puts a value in another's place within a ``with`` block.

    A coroutine that is given up by an event loop is closed by whoever collects it, in a context
    of its own: there nothing is put back, and there is nothing to put back.
    """

    __slots__ = ("_before", "_put", "_value")

    _put: Callable[[Any], object]
    _value: object
    _before: object

    def __enter__(self) -> None:
        try:
            self._put(self._value)
        except BaseException:
            self._put(self._before)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is not GeneratorExit:
                self._put(self._before)
        except BaseException:
            self._put(self._before)
            raise


class attached(_Holding):  # noqa: N801 - used like a function, as `contextlib.suppress` is
    """Makes a context current within a ``with`` block, in coroutines as well."""

    __slots__ = ()

    def __init__(self, context: Context) -> None:
        # Not `detach` at the end, which logs what a signal handler raises as a failure of its own.
        self._put = context_api.attach
        self._value = context
        self._before = context_api.get_current()


class held(_Holding):  # noqa: N801 - as above
    """Gives a variable a value within a ``with`` block."""

    __slots__ = ()

    def __init__(self, variable: ContextVar[Any], value: object) -> None:
        self._put = variable.set
        self._value = value
        self._before = variable.get()
