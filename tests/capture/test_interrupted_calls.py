"""A signal handler of the program raises wherever in our code the interpreter looks for signals.

CPython looks when a function starts and when a call has returned. Each such place that a call
passes is interrupted once, in a call of its own: the program meets its own exception and no other,
no request goes without its span, and nothing of the call stays current after it.
"""

from __future__ import annotations

import contextvars
import gc
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

import otelhook
from otelhook.capture.context.attached import attached, held
from otelhook.capture.record.noted_reads import _closing
from tests.capture.calls import CLIENTS, Act

OURS = str(Path(otelhook.__file__).parent)
UNPROTECTED = {attached.__exit__.__code__, held.__exit__.__code__}
"""Where the start of a function cannot be guarded: what is put back is put back by these."""
CLOSING = {one for one in _closing.__code__.co_consts if isinstance(one, CodeType)}
"""What a response's finalizer calls too: Python drops whatever that raises, as of any file's."""

Place = tuple[str, int, str]


class TimeLimitError(Exception):
    """What the program's handler raises: a task's time limit."""


class Told(SpanProcessor):
    """Knows which spans have begun, and which were told to those who send them."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []

    def on_start(self, span: Span, parent_context: object = None) -> None:
        self.begun.append(span.name)

    def on_end(self, span: ReadableSpan) -> None:
        self.ended.append(span.name)


def is_closing(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code not in CLOSING:
        frame = frame.f_back
    return frame is not None


def places_of(see: Callable[[Place], None]) -> Callable[[FrameType, str, Any], None]:
    """Return a profiler that sees each place of ours at which signals are looked for."""

    def profile(frame: FrameType, event: str, arg: Any) -> None:
        code = frame.f_code
        if event == "call":
            if code not in UNPROTECTED and code.co_filename.startswith(OURS):
                see((code.co_filename, frame.f_lineno, "start"))
            return
        # A coroutine that waits returns nothing, and after `__enter__` no signal is looked for.
        if event == "return" and code.co_name != "__enter__" and not code.co_flags & 0x2A0:
            caller, called = frame.f_back, code.co_name
        elif event == "c_return":
            caller, called = frame, str(getattr(arg, "__name__", ""))
        else:
            return
        if caller is not None and caller.f_code.co_filename.startswith(OURS):
            see((caller.f_code.co_filename, caller.f_lineno, called))

    return profile


def passed(act: Act, url: str) -> list[Place]:
    """Return the places of ours that a call passes, in order."""
    found: dict[Place, None] = {}
    sys.setprofile(places_of(found.setdefault))
    try:
        act(url)
    finally:
        sys.setprofile(None)
    return list(found)


def interrupt(act: Act, url: str, where: Place, closing: list[bool]) -> BaseException | None:
    """Make a call, with a signal at a place; returns what the program meets.

    Whether the place is within the end of a response is appended to ``closing``.
    """

    def see(place: Place) -> None:
        if place == where:
            sys.setprofile(None)
            closing.append(is_closing(sys._getframe()))
            signal.raise_signal(signal.SIGUSR1)

    sys.setprofile(places_of(see))
    try:
        act(url)
    except BaseException as error:  # noqa: BLE001 - whatever it is
        return error
    finally:
        sys.setprofile(None)
    return None


CASES = [
    *(pytest.param((act, n % 4, 4), id=act.__name__) for n, act in enumerate(CLIENTS)),
    *(
        pytest.param((act, 0, 1), id=f"{act.__name__}-whole", marks=pytest.mark.long)
        for act in CLIENTS
    ),
]
"""Clients, and which of the places are tried: of a few clients that share code, together all."""


class Service:
    """Knows what it was asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        self.asked.add(environ["PATH_INFO"])
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "13")])
        return [b'{"said": "y"}']


@pytest.fixture
def late() -> Iterator[list[TimeLimitError]]:
    """Handle a signal by raising; what was raised is listed."""
    raised: list[TimeLimitError] = []

    def handler(_number: int, _frame: object) -> None:
        raised.append(TimeLimitError("too late"))
        raise raised[-1]

    before = signal.signal(signal.SIGUSR1, handler)
    yield raised
    signal.signal(signal.SIGUSR1, before)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def url(serve: Callable[[Any], str], told: Told) -> Iterator[tuple[str, Service]]:
    service = Service()
    address = serve(service)
    handle = otelhook.instrument("caller", span_processors=[told], environ={"HOME": "/nonexistent"})
    yield address, service
    handle.uninstrument()


@pytest.fixture
def _collected() -> Iterator[None]:
    """Leave it to the test when what is left of a call is collected."""
    gc.collect()
    gc.freeze()  # what was there before, so that each collection is quick
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


def values() -> dict[str, object]:
    """Return what is current."""
    return {variable.name: value for variable, value in contextvars.copy_context().items()}


@pytest.mark.skipif(
    sys.version_info < (3, 11),
    reason="Python 3.10 looks for signals between any two instructions: nothing can be held there",
)
@pytest.mark.filterwarnings("ignore")  # of what the interrupted libraries leave open
@pytest.mark.usefixtures("_collected")
@pytest.mark.parametrize("case", CASES)
def test_a_call_that_is_interrupted_anywhere_in_our_code_keeps_its_span(
    url: tuple[str, Service],
    told: Told,
    late: list[TimeLimitError],
    case: tuple[Act, int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, service = url
    act, first, one_in = case
    in_destructors: list[BaseException | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda one: in_destructors.append(one.exc_value))
    act(address)  # what is read once is read
    places = passed(act, address)
    lost: list[tuple[Place, str]] = []

    for number, where in list(enumerate(places))[first::one_in]:
        for kept in (told.begun, told.ended, in_destructors):
            kept.clear()
        late.clear()
        inside = contextvars.copy_context()
        closing: list[bool] = []
        met = inside.run(interrupt, act, f"{address}/{number}", where, closing)
        if not late:  # a place that only a connection's first end passes
            continue
        error = late[0].with_traceback(None)  # which holds what was interrupted
        dropped = met is None and any(closing)
        if met is not error and error not in in_destructors and not dropped:
            lost.append((where, f"the program met {met!r}"))
        del met
        gc.collect()
        if f"/{number}" in service.asked and set(told.begun) - set(told.ended):
            lost.append((where, f"of {told.begun} ended {told.ended}"))
        left = inside.run(values)
        usual = values()
        lost += [
            (where, f"{name} is still {value!r}")
            for name, value in left.items()
            if value and value is not usual.get(name)
        ]

    assert len(places) > 100
    assert not lost, "\n".join(f"{place}: {what}" for place, what in lost)
