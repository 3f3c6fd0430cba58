"""What is current for a while, in coroutines as well: a context, or a variable's value.

A signal handler of the program may raise at any of our lines. What was current before is put back
all the same: what comes later is none of the interrupted call's.
"""

from __future__ import annotations

from contextvars import ContextVar
from types import TracebackType
from typing import Any

from opentelemetry import context as context_api
from opentelemetry.context import Context

__all__ = ["attached", "held"]


class attached:  # noqa: N801 - used like a function, as `contextlib.suppress` is
    """Makes a context the current one within a ``with`` block.

    A coroutine that is given up by an event loop is closed by whoever collects it, in a context
    of its own: there nothing is put back, and there is nothing to put back.
    """

    __slots__ = ("_before", "_context")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._before = context_api.get_current()

    def __enter__(self) -> None:
        try:
            context_api.attach(self._context)
        except BaseException:
            context_api.attach(self._before)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:  # not `detach`, which logs what a signal handler raises as a failure of its own
            if kind is not GeneratorExit:
                context_api.attach(self._before)
        except BaseException:
            context_api.attach(self._before)
            raise


class held:  # noqa: N801 - as above
    """Gives a variable a value within a ``with`` block, with the same care."""

    __slots__ = ("_before", "_value", "_variable")

    def __init__(self, variable: ContextVar[Any], value: object) -> None:
        self._variable = variable
        self._value = value
        self._before = variable.get()

    def __enter__(self) -> None:
        try:
            self._variable.set(self._value)
        except BaseException:
            self._variable.set(self._before)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is not GeneratorExit:
                self._variable.set(self._before)
        except BaseException:
            self._variable.set(self._before)
            raise
