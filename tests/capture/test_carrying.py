"""Threads and pools of threads continue the trace of who started them, and are as without us."""

from __future__ import annotations

import contextvars
import gc
import os
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry import trace

_own: contextvars.ContextVar[str] = contextvars.ContextVar("own", default="")


def _span_id() -> int:
    return trace.get_current_span().get_span_context().span_id


@pytest.fixture
def tracer(instrument):
    return instrument().tracer_provider.get_tracer("test")


def _in_thread(act, kind=threading.Thread):
    seen: list[Any] = []
    arguments = (0, lambda: seen.append(act())) if kind is threading.Timer else ()
    thread = kind(*arguments) if arguments else kind(target=lambda: seen.append(act()))
    thread.start()
    thread.join()
    return seen[0]


@pytest.mark.parametrize("kind", [threading.Thread, threading.Timer])
def test_a_thread_continues_the_trace_of_who_started_it(tracer, kind):
    with tracer.start_as_current_span("one") as span:
        assert _in_thread(_span_id, kind) == span.get_span_context().span_id
    assert _in_thread(_span_id, kind) == 0


def test_a_class_whose_run_calls_no_other_does_so_too(tracer):
    class Own(threading.Thread):
        def run(self) -> None:
            self.seen = _span_id()

    with tracer.start_as_current_span("one") as span:
        thread = Own()
        thread.start()
        thread.join()
    assert thread.seen == span.get_span_context().span_id
    assert "otelhook_context" not in vars(thread)


def test_an_unsampled_span_goes_along_so_that_no_trace_begins(tracer):
    unsampled = trace.SpanContext(0xA, 0xB, is_remote=False)
    with trace.use_span(trace.NonRecordingSpan(unsampled)):
        assert _in_thread(_span_id) == 0xB
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(_span_id).result() == 0xB


def test_each_task_of_a_pool_has_the_span_of_who_submitted_it(tracer):
    with ThreadPoolExecutor(1) as pool:
        seen = []
        for name in ("one", "two"):
            with tracer.start_as_current_span(name) as span:
                wanted = span.get_span_context().span_id
                seen.append(pool.submit(_span_id).result() == wanted)
                seen += [found == wanted for found in pool.map(lambda _: _span_id(), range(3))]
        assert seen == [True] * 8
        # Its thread was made in the first span, which is over.
        assert pool.submit(_span_id).result() == 0


def test_no_other_context_variable_goes_along(tracer):
    token = _own.set("of the starter")
    try:
        with tracer.start_as_current_span("one"):
            assert _in_thread(_own.get) == ""
            with ThreadPoolExecutor(1, initializer=lambda: _own.set("of the worker")) as pool:
                assert pool.submit(_own.get).result() == "of the worker"
                assert pool.submit(_own.set, "of a task").exception() is None
                assert pool.submit(_own.get).result() == "of a task"
    finally:
        _own.reset(token)


class _Held:
    """Can be referred to weakly, called, and told to fail."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not args:
            raise self.error  # type: ignore[attr-defined]
        return args, kwargs


def test_a_task_returns_raises_and_is_let_go_of_as_without_us(tracer):
    task = _Held()
    task.error = KeyError("of the task")  # type: ignore[attr-defined]
    gone = weakref.ref(task)
    with tracer.start_as_current_span("one"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(task, 1, fn=2).result() == ((1,), {"fn": 2})
        assert pool.submit(task).exception() is task.error  # type: ignore[attr-defined]
        with pytest.raises(TypeError, match="fn"):
            pool.submit()  # type: ignore[call-arg]
        assert pool.submit(gone).result() is task
        del task
    gc.collect()
    assert gone() is None


def test_a_thread_fails_to_start_as_without_us(tracer):
    with tracer.start_as_current_span("one"):
        thread = threading.Thread(target=len, args=((),))
        thread.start()
        with pytest.raises(RuntimeError, match="started once"):
            thread.start()
        thread.join()
    assert "otelhook_context" not in vars(thread)


def test_a_pool_of_processes_is_left_alone(tracer):
    before = ProcessPoolExecutor.submit
    with tracer.start_as_current_span("one"), ProcessPoolExecutor(1) as pool:
        assert pool.submit(os.getpid).result() not in (0, os.getpid())
    assert ProcessPoolExecutor.submit is before


def test_what_was_patched_is_put_back():
    program = (
        "import threading, concurrent.futures as c, otelhook\n"
        "here = lambda: (threading.Thread.start, threading.Thread._bootstrap_inner,"
        " c.ThreadPoolExecutor.submit)\n"
        "before = here(); handle = otelhook.instrument('x', environ={})\n"
        "during = here(); handle.uninstrument()\n"
        "print(before == here(), [a is b for a, b in zip(before, during)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("True [False, False, False]\n", "")


BESIDE = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from opentelemetry import trace
from opentelemetry.instrumentation.threading import ThreadingInstrumentor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
import otelhook
def ours():
    return otelhook.instrument('x', span_processors=[SimpleSpanProcessor(SpanExporter())])
if sys.argv[1] == 'before': handle = ours()
ThreadingInstrumentor().instrument()
if sys.argv[1] == 'after': handle = ours()
seen = lambda: trace.get_current_span().get_span_context().span_id
pool, found = ThreadPoolExecutor(1), []
with handle.tracer_provider.get_tracer('x').start_as_current_span('one') as span:
    for thread in (threading.Thread(target=lambda: found.append(seen())),
                   threading.Timer(0, lambda: found.append(seen()))):
        thread.start(); thread.join()
    found += [pool.submit(seen).result(), *pool.map(lambda _: seen(), [1])]
    print([one == span.get_span_context().span_id for one in found])
print(pool.submit(seen).result())
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_opentelemetrys_own_instrumentation_of_threads_may_be_there_as_well(when):
    done = subprocess.run(
        [sys.executable, "-c", BESIDE, when], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[True, True, True, True]\n0\n"
