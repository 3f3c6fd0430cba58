"""Applications that fail, at every point where one can."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from tests.interference.app_answering import CHUNKS, LENGTH, TEXT
from tests.interference.calls import Call

__all__ = ["FAILING"]


def _before(error: Callable[[], BaseException]) -> Callable[[Call], Any]:
    def application(call: Call) -> Any:
        raise error()

    return application


def _after_start(error: Callable[[], BaseException]) -> Callable[[Call], Any]:
    def application(call: Call) -> Any:
        call.start("200 OK", TEXT)
        raise error()

    return application


def _mid_body(
    error: Callable[[], BaseException], chunks: Any = (b"one ",), *more: Any
) -> Callable[[Call], Any]:
    def body(call: Call) -> Iterator[bytes]:
        with call.opened():
            yield from chunks
            raise error()

    def application(call: Call) -> Any:
        call.start("200 OK", [*TEXT, *more])
        return body(call)

    return application


def _in_close(error: Callable[[], BaseException], *more: Any) -> Callable[[Call], Any]:
    def application(call: Call) -> Any:
        call.start("200 OK", [*TEXT, *more])
        return call.closing(CHUNKS, fails_in_close=error())

    return application


def iterates_and_closes_badly(call: Call) -> Any:
    """Fails in mid body and in close()."""

    def chunks() -> Iterator[bytes]:
        yield b"one "
        raise LookupError("in body")

    call.start("200 OK", TEXT)
    return call.closing(chunks(), fails_in_close=ValueError("in close"))


def iter_fails(call: Call) -> Any:
    """Returns what cannot be iterated after all."""

    class Unwilling:
        def __iter__(self) -> Iterator[bytes]:
            raise LookupError("not today")

        def close(self) -> None:
            call.say("closed")

    call.start("200 OK", TEXT)
    call.say("opened")
    return Unwilling()


def after_write(call: Call) -> Any:
    """Fails with bytes on the wire."""
    write = call.start("200 OK", TEXT)
    call.note("write", write, b"one ")
    raise LookupError("after write")


def exc_info_early(call: Call) -> Any:
    """Fails, and says so to the server before anything was sent."""
    call.start("200 OK", TEXT)
    try:
        raise LookupError("early")
    except LookupError:
        call.start("500 Oops", [*TEXT, LENGTH], sys.exc_info())
    return list(CHUNKS)


def exc_info_late(call: Call) -> Any:
    """Says so when it is too late: the server raises what it is given."""

    def body() -> Iterator[bytes]:
        with call.opened():
            yield b"one "
            try:
                raise LookupError("late")
            except LookupError:
                call.start("500 Oops", [*TEXT], sys.exc_info())
            yield b"never"

    call.start("200 OK", TEXT)
    return body()


def starts_twice(call: Call) -> Any:
    """Starts again without exc_info, which PEP 3333 forbids."""
    call.start("200 OK", TEXT)
    call.start("201 Created", TEXT)
    return list(CHUNKS)


def never_starts(call: Call) -> Any:
    """Returns a body and no status."""
    return list(CHUNKS)


def _until_gone(call: Call) -> None:
    """Wait until the client has gone, with the first chunk."""
    call.say("waits")
    call.say("told", told=call.was_told("gone"))


def swallows(call: Call) -> Any:
    """Catches what its own body raises when the client is gone, and goes on for a while."""
    call.start("200 OK", TEXT)

    def body() -> Iterator[bytes]:
        with call.opened():
            yield b"one "
            _until_gone(call)
            for _ in range(4000):
                yield b"more " * 2000

    return body()


def endless_close(call: Call) -> Any:
    """The same from a class with close()."""
    call.start("200 OK", TEXT)

    def chunks() -> Iterator[bytes]:
        yield b"one "
        _until_gone(call)
        for _ in range(4000):
            yield b"more " * 2000

    return call.closing(chunks())


def writes_to_nobody(call: Call) -> Any:
    """The same by write()."""
    write = call.start("200 OK", TEXT)
    write(b"one ")
    _until_gone(call)
    for _ in range(4000):
        write(b"more " * 2000)
    return []


def waits_then_answers(call: Call) -> Any:
    """Answers when the client has gone."""
    call.say("told", told=call.was_told("gone"))
    return call.plain(b"nobody hears")


def _returns(value: Any) -> Callable[[Call], Any]:
    def application(call: Call) -> Any:
        call.start("200 OK", TEXT)
        return value

    return application


def _lookup() -> BaseException:
    return LookupError("on purpose")


def _exit() -> BaseException:
    # 3 and 4 tell gunicorn that the worker could not begin: it would end as a whole.
    return SystemExit(7)


FAILING: dict[str, Callable[[Call], Any]] = {
    "raises-before": _before(_lookup),
    "raises-after-start": _after_start(_lookup),
    "raises-first": _mid_body(_lookup, ()),
    "raises-mid": _mid_body(_lookup),
    "raises-mid-length": _mid_body(_lookup, (b"one ",), LENGTH),
    "raises-at-end": _mid_body(_lookup, CHUNKS, LENGTH),
    "raises-close": _in_close(_lookup),
    "raises-close-length": _in_close(_lookup, LENGTH),
    "raises-twice": iterates_and_closes_badly,
    "raises-iter": iter_fails,
    "raises-after-write": after_write,
    "raises-stop": _before(StopIteration),
    "raises-generator-exit": _before(GeneratorExit),
    "raises-recursion": _before(RecursionError),
    "exc-info-early": exc_info_early,
    "exc-info-late": exc_info_late,
    "starts-twice": starts_twice,
    "never-starts": never_starts,
    "returns-none": _returns(None),
    "returns-bytes": _returns(b"in one piece"),
    "returns-text": _returns("in one piece"),
    "returns-number": _returns(5),
    "chunk-text": _returns(["text, not bytes"]),
    "chunk-none": _returns([b"one ", None]),
    "endless": swallows,
    "endless-close": endless_close,
    "endless-write": writes_to_nobody,
    "answers-late": waits_then_answers,
    "exit-before": _before(_exit),
    "exit-mid": _mid_body(_exit),
    "exit-close": _in_close(_exit),
}
