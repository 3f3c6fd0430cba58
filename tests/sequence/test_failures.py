from __future__ import annotations

from typing import Any

import pytest

from otelhook.model import Event, Span, SpanId, SpanKind, Status, StatusCode, TraceId
from otelhook.sequence.spans.failures import failed, failure_word


def span_with(attributes: Any = (), events: Any = (), status: Status | None = None) -> Any:
    return Span(
        TraceId("1" * 32),
        SpanId("2" * 16),
        None,
        "GET",
        SpanKind.CLIENT,
        0,
        1,
        dict(attributes),
        events=tuple(events),
        status=status or Status(),
    )


@pytest.mark.parametrize(
    ("kind", "message", "word"),
    [
        ("requests.exceptions.ReadTimeout", "", "timeout"),
        ("TimeoutError", "", "timeout"),
        ("builtins.ConnectionRefusedError", "", "connection refused"),
        (
            "requests.exceptions.ConnectionError",
            "[Errno 111] Connection refused",
            "connection refused",
        ),
        ("ConnectionError", "Failed to resolve 'x' (NameResolutionError(", "name not resolved"),
        ("ConnectionError", "who knows", "ConnectionError"),
        ("my.app.QuotaExceeded", "request timed out of quota", "QuotaExceeded"),
        ("java.net.UnknownHostException", "", "name not resolved"),
    ],
)
def test_errors_are_named_shortly_where_that_is_certain_and_by_type_where_not(
    kind: str, message: str, word: str
) -> None:
    event = Event(0, "exception", {"exception.type": kind, "exception.message": message})
    assert failure_word(span_with(events=[event])) == word
    by_attribute = span_with({"error.type": kind}, status=Status(StatusCode.ERROR, message))
    assert failure_word(by_attribute) == word


def test_a_status_code_as_error_type_is_no_failure_of_its_own() -> None:
    span = span_with({"error.type": "500"})
    assert failure_word(span) == ""
    assert not failed(span)


@pytest.mark.parametrize(
    "span",
    [
        span_with(status=Status(StatusCode.ERROR)),
        span_with({"error.type": "x"}),
        span_with(events=[Event(0, "exception")]),
    ],
)
def test_a_span_says_that_it_failed_in_any_of_three_ways(span: Span) -> None:
    assert failed(span)
