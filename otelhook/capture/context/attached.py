"""A context that is current for a while, in coroutines as well."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from opentelemetry import context as context_api
from opentelemetry.context import Context

__all__ = ["attached"]


class attached:  # noqa: N801 - used like a function, as `contextlib.suppress` is
    """Makes a context the current one within a ``with`` block.

    A coroutine that is given up by an event loop is closed by whoever collects it, in a context
    of its own: there nothing is put back, and there is nothing to put back.
    """

    __slots__ = ("_context", "_token")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._token: Any = None

    def __enter__(self) -> None:
        self._token = context_api.attach(self._context)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not GeneratorExit:
            context_api.detach(self._token)
