"""Keeps our own failures away from the application.

All of otelhook that runs in a request's path runs inside a `Guard`. What the application itself
raises never passes through one: its calls stand outside.
"""

from __future__ import annotations

import logging
import signal
from types import TracebackType

__all__ = ["Guard", "is_of_signal_handler"]

_logger = logging.getLogger(__name__)


class Guard:
    """A context manager, used again and again, that absorbs exceptions and logs each kind once.

    ``KeyboardInterrupt``, ``SystemExit`` and the like are not ours and pass.
    """

    __slots__ = ("_said",)

    def __init__(self) -> None:
        self._said: set[tuple[type[BaseException], str, int]] = set()

    def __enter__(self) -> None:
        """Begin: nothing to prepare."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Absorb an `Exception`; let anything else pass."""
        return kind is not None and isinstance(error, Exception) and self.absorb(error)

    def absorb(self, error: Exception) -> bool:
        """Log the error if its kind and place are new. Returns True: it goes no further.

        False if a signal handler of the program raised it, who only happened to interrupt us.
        """
        if is_of_signal_handler(error):
            return False
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        file = "" if trace is None else trace.tb_frame.f_code.co_filename
        said = (type(error), file, 0 if trace is None else trace.tb_lineno)
        if said not in self._said:
            self._said.add(said)
            _logger.warning(
                "otelhook could not record all of a request; the request is not affected, and "
                "this is said once",
                exc_info=error,
            )
        return True


def is_of_signal_handler(error: BaseException) -> bool:
    """Say whether a signal handler raised an error: a task's time limit, a user's patience.

    It is what the program waits for, whatever of ours was running when the signal came.
    """
    trace, frames = error.__traceback__, set[object]()
    while trace is not None:
        frames.add(trace.tb_frame.f_code)
        trace = trace.tb_next
    return any(_code_of(signal.getsignal(number)) in frames for number in signal.valid_signals())


def _code_of(handler: object) -> object:
    """Return a handler's code; ``self`` of what is none has no frame, and None is in no set."""
    function = getattr(handler, "func", handler)  # of functools.partial
    if not hasattr(function, "__code__") and callable(function):
        function = getattr(function, "__call__", function)  # noqa: B004 - the method itself
    return getattr(getattr(function, "__func__", function), "__code__", "")
