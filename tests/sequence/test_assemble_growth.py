"""Work grows with the number of spans, whatever their shape; nothing is quadratic."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from otelhook.model import SpanId, SpanKind
from otelhook.sequence import assemble
from tests.work import lines_run


def http(path: str) -> dict[str, object]:
    return {"http.request.method": "GET", "url.path": path, "http.response.status_code": 200}


def chain(recorder: Any, size: int) -> None:
    parent = None
    for number in range(size):
        kind = SpanKind.SERVER if number % 2 else SpanKind.CLIENT
        service = f"s{(number + 1) // 2 % 5}"
        times = (number, 2 * size - number)
        span = recorder.span(kind, service, *times, http(f"/{number}"), parent=parent)
        parent = span.span_id


def ring(recorder: Any, size: int) -> None:
    ids = [recorder.new_id() for _ in range(size)]
    for number in range(size):
        kind = SpanKind.SERVER if number % 2 else SpanKind.CLIENT
        here = {"span_id": ids[number], "parent": ids[number - 1]}
        recorder.span(kind, "a", number, number + 5, http(f"/{number}"), **here)


def fan(recorder: Any, size: int) -> None:
    parent = recorder.span(SpanKind.CLIENT, "a", 0, 9 * size, http("/")).span_id
    for number in range(size):
        times = (number, size + number)
        recorder.span(SpanKind.SERVER, f"s{number % 3}", *times, http("/x"), parent=parent)


def siblings(recorder: Any, size: int) -> None:
    parent = recorder.span(SpanKind.SERVER, "a", 0, 9 * size, http("/")).span_id
    for number in range(size):
        path = f"/users/{number:08d}"
        recorder.span(SpanKind.CLIENT, "a", number, size + number, http(path), parent=parent)


def orphans(recorder: Any, size: int) -> None:
    for number in range(size):
        times = (number, 2 * size - number)
        recorder.span(SpanKind.SERVER, "a", *times, http("/"), parent=SpanId("f" * 16))


def hosts(recorder: Any, size: int) -> None:
    parent = recorder.span(SpanKind.SERVER, "a", 0, 9 * size, http("/")).span_id
    for number in range(size // 2):
        times = (2 * number, 2 * number + 1)
        client = recorder.span(SpanKind.CLIENT, "a", *times, http("/"), parent=parent)
        there = (10**9 * number, 10**9 * number)
        recorder.span(SpanKind.SERVER, f"h{number}", *there, http("/"), parent=client.span_id)


@pytest.mark.parametrize("shape", [chain, ring, fan, siblings, orphans, hosts])
def test_ten_times_the_spans_take_about_ten_times_the_work(
    recorder_with: Any, shape: Callable[[Any, int], None]
) -> None:
    work: list[int] = []
    for size in (500, 5_000):
        recorder = recorder_with()
        shape(recorder, size)
        work.append(lines_run(partial(assemble, recorder.spans)))
    assert work[1] < 15 * work[0]  # quadratic would be 100
