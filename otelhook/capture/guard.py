"""Keeps our own failures away from the application.

All of otelhook that runs in a request's path runs inside a `Guard`. What the application itself
raises never passes through one: its calls stand outside.
"""

from __future__ import annotations

import logging
from types import TracebackType

__all__ = ["Guard"]

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
        """Log the error if its kind and place are new. Returns True: it goes no further."""
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
