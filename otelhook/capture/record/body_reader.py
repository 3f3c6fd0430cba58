"""What is noted of a response's body while the program reads it."""

from __future__ import annotations

from collections.abc import Callable

from otelhook.capture.guard import Guard
from otelhook.capture.record.tee import Tee

__all__ = ["BodyReader"]


class BodyReader:
    """What is noted of a response's body while the program reads it.

    Args:
        limit: bytes kept at most.
        guard: absorbs failures of ours.
        done: called once, with this reader and the error that ended the reading, if any.
    """

    __slots__ = ("_done", "_finished", "busy", "decoded", "guard", "tee", "whole")

    def __init__(
        self,
        limit: int,
        guard: Guard,
        done: Callable[[BodyReader, BaseException | None], None],
    ) -> None:
        self.tee = Tee(limit)
        self.guard = guard
        self._done: Callable[[BodyReader, BaseException | None], None] | None = done
        self._finished = False
        self.busy = False
        """Whether the response is reading: what it reads by methods of its own is noted once."""
        self.decoded = False
        """Whether the noted bytes are without their content coding."""
        self.whole = False
        """Whether the body was read to its end."""

    def note(self, chunk: object, *, decoded: bool) -> None:
        """Note one chunk that the program was given."""
        if isinstance(chunk, bytes) and chunk and not self._finished:
            self.decoded = decoded
            self.tee.add(chunk)

    def finish(self, error: BaseException | None = None) -> None:
        """Say that no more will come; the first call counts."""
        if self._finished:
            return
        done = self._done
        if done is None:
            return
        try:
            self._finished = True
            done(self, error)
            self._done = None  # the response, which may be kept, does not keep the call as well
        except BaseException:  # a signal handler's: who closes the response says it once more
            self._finished = False
            raise

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        """Let a response be copied: of the copy nothing is noted."""
        return type(None), ()

    def __del__(self) -> None:
        # The response is gone without having been read: what was read must not be lost.
        with self.guard:
            self.finish()
