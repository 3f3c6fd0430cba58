"""Links that lead out of the traces at hand are named."""

from __future__ import annotations

import pytest

from otelhook.model import Link, Resource, Span, SpanId, SpanKind, TraceId
from otelhook.sequence import compose, links_out_of


def trace_id(number: int) -> TraceId:
    return TraceId(f"{number:032x}")


def span(trace: int, *linked: int) -> Span:
    return Span(
        trace_id(trace),
        SpanId("1" * 16),
        None,
        "work",
        SpanKind.CONSUMER,
        trace,
        trace + 1,
        {"messaging.system": "kafka"},
        Resource({"service.name": "a"}),
        links=tuple(Link(trace_id(number), SpanId("2" * 16)) for number in linked),
    )


def sentence(*spans: Span) -> str:
    (said,) = (text for text in compose(spans).warnings if text.startswith("Links"))
    return said


@pytest.mark.parametrize(
    ("linked", "found"), [((), []), ((1,), []), ((2,), [2]), ((3, 2, 3), [3, 2]), ((1, 2), [2])]
)
def test_links_out_are_those_to_other_traces_each_once(
    linked: tuple[int, ...], found: list[int]
) -> None:
    assert links_out_of([span(1, *linked)]) == [trace_id(number) for number in found]


def test_a_trace_that_comes_later_is_at_hand() -> None:
    assert links_out_of([span(1, 2), span(2, 1)]) == []
    assert not any(text.startswith("Links") for text in compose([span(1, 2), span(2)]).warnings)


def test_one_trace_is_named_and_of_many_the_first_three() -> None:
    assert sentence(span(1, 2)) == (
        f"Links lead to another trace, {trace_id(2)}: --follow-links brings in what there is of it."
    )
    named = ", ".join(trace_id(number) for number in (2, 3, 4))
    assert sentence(span(1, 2, 3, 4)).startswith(f"Links lead to 3 other traces, {named}: --follow")
    assert f"{named} and 96 more: " in sentence(span(1, *range(2, 101)))
