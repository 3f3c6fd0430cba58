"""What every source does, whatever it reads from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from otelhook.errors import NotRecordedError
from otelhook.model import Span, TraceId
from otelhook.sources.files.trace_file import TraceFileSource
from otelhook.sources.port import TraceSource


def test_a_trace_comes_back_whole(
    open_with: Callable[[Sequence[Span]], TraceSource],
    make_span: Callable[..., Span],
    as_kept: Callable[[Span], Span],
) -> None:
    spans = [make_span(1), make_span(1, 2), make_span(2)]
    trace = open_with(spans).trace(spans[0].trace_id)
    assert trace.trace_id == spans[0].trace_id
    assert sorted(trace.spans, key=lambda span: span.span_id) == [as_kept(s) for s in spans[:2]]


def test_the_newest_come_first_by_start_of_their_first_span(
    open_with: Callable[[Sequence[Span]], TraceSource], make_span: Callable[..., Span]
) -> None:
    source = open_with(
        [
            make_span(1, start=50),
            make_span(2, start=10),
            make_span(3, start=30),
            make_span(2, 2, start=90),
        ]
    )
    assert [int(trace_id, 16) for trace_id in source.newest(10)] == [1, 3, 2]
    assert [int(trace_id, 16) for trace_id in source.newest(2)] == [1, 3]
    assert list(source.newest(0)) == []


def test_ids_are_found_by_their_beginning_in_any_case(
    open_with: Callable[[Sequence[Span]], TraceSource], make_span: Callable[..., Span]
) -> None:
    source = open_with([make_span(0xA << 124), make_span(0xAB << 120), make_span(0xC << 124)])
    assert len(source.find("a")) == 2
    assert list(source.find("AB")) == [f"{0xAB << 120:032x}"]
    assert list(source.find("d")) == []
    assert list(source.find(f"{0xC << 124:032x}")) == [f"{0xC << 124:032x}"]


def test_at_most_ten_ids_are_found(
    open_with: Callable[[Sequence[Span]], TraceSource], make_span: Callable[..., Span]
) -> None:
    source = open_with([make_span(number) for number in range(1, 15)])
    assert len(source.find("0")) == 10


def test_a_trace_that_is_not_there_is_not_recorded(
    open_with: Callable[[Sequence[Span]], TraceSource], make_span: Callable[..., Span]
) -> None:
    source = open_with([make_span(1)])
    with pytest.raises(NotRecordedError, match="f" * 32) as caught:
        source.trace(TraceId("f" * 32))
    assert source.name in str(caught.value)


def test_a_span_that_came_twice_is_one_and_the_later_end_wins(
    open_with: Callable[[Sequence[Span]], TraceSource],
    make_span: Callable[..., Span],
    as_kept: Callable[[Span], Span],
) -> None:
    late, early = make_span(1, end=5), make_span(1, end=1)
    assert open_with([early, late, early]).trace(late.trace_id).spans == (as_kept(late),)


def test_nothing_is_nothing(open_with: Callable[[Sequence[Span]], TraceSource]) -> None:
    source = open_with([])
    if isinstance(source, TraceFileSource):  # whoever names a file wants to know why
        with pytest.raises(NotRecordedError, match=r"/traces (is empty|holds no spans)$"):
            source.newest(5)
        return
    assert list(source.newest(5)) == []
    assert list(source.find("0")) == []
