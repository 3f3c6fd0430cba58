"""A stock CLIENT span over several hops, as one exchange a hop."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otelhook.model import SpanKind, Status, StatusCode
from otelhook.sequence import Mark, StepKind, assemble
from otelhook.sequence.causality.resends import side_by_side

MS = 1_000_000
FIRST = "otelhook.first.status_code"


def call(recorder: Any, first: int, *statuses: int) -> Any:
    """Record a stock span over 0..100 ms, and under it a child for each further hop."""
    whole = {
        "http.request.method": "GET",
        "url.path": "/0",
        "http.status_code": statuses[-1],
        "http.response.status_code": statuses[-1],
        "error.type": str(statuses[-1]),
        FIRST: first,
    }
    span = recorder.span(
        SpanKind.CLIENT, "cli", 0, 100 * MS, whole, status=Status(StatusCode.ERROR)
    )
    for number, status in enumerate(statuses, 1):
        recorder.span(
            SpanKind.CLIENT,
            "cli",
            number * 10 * MS,
            (number * 10 + 9) * MS,
            {
                "http.request.method": "GET",
                "url.path": f"/{number}",
                "http.response.status_code": status,
                "http.request.resend_count": number,
            },
            parent=span.span_id,
        )
    return assemble(recorder.spans)


def test_each_hop_is_an_exchange_with_its_own_status(recorder: Any) -> None:
    document = call(recorder, 302, 307, 500)

    assert [(step.path, step.status_code) for step in document.steps] == [
        ("/0", None),
        ("/0", 302),
        ("/1", None),
        ("/1", 307),
        ("/2", None),
        ("/2", 500),
    ]
    assert {step.depth for step in document.steps} == {0}
    assert [Mark.RETRY in step.marks for step in document.steps[::2]] == [False, True, True]
    assert document.steps[1].duration == 10 * MS


def test_a_first_hop_without_an_answer_is_a_failure(recorder: Any) -> None:
    document = call(recorder, 0, 200)

    assert [step.kind for step in document.steps] == [
        StepKind.REQUEST,
        StepKind.FAILURE,
        StepKind.REQUEST,
        StepKind.RESPONSE,
    ]


@pytest.mark.parametrize("more", [{}, {FIRST: 302}])
def test_a_span_without_further_hops_stays_as_it_is(recorder: Any, more: Any) -> None:
    recorder.span(SpanKind.CLIENT, "cli", 0, MS, {"http.request.method": "GET", **more})

    assert side_by_side(tuple(recorder.spans)) == tuple(recorder.spans)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.integers(0, 999), statuses=st.lists(st.integers(100, 599), min_size=1, max_size=6))
def test_hops_keep_their_order_whatever_their_statuses(
    recorder_with: Any, first: int, statuses: list[int]
) -> None:
    document = call(recorder_with(), first, *statuses)
    requests = [step.path for step in document.steps if step.kind is StepKind.REQUEST]
    assert requests == [f"/{number}" for number in range(len(statuses) + 1)]
