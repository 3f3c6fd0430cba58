"""What a callee said of a failed gRPC call, without the code that its client puts before it."""

from __future__ import annotations

from typing import Any

import pytest

from otelhook.model import Event, SpanKind, Status, StatusCode
from otelhook.redaction import Redactor
from otelhook.sequence import compose

CALL = {"rpc.system": "grpc", "rpc.service": "shop.Catalog", "rpc.method": "Check"}


def told(recorder: Any, code: int, *, status: str = "", exception: str = "", kind: str = "") -> str:
    """Return the answer and what was said of it."""
    events = [
        Event(5, "exception", {"exception.type": kind, "exception.message": exception})
        for _ in exception[:1]
    ]
    recorder.span(
        SpanKind.CLIENT,
        "front",
        0,
        9,
        CALL | {"rpc.grpc.status_code": code},
        events=events,
        status=Status(StatusCode.ERROR, status),
    )
    answer = compose(recorder.spans, redactor=Redactor()).steps[-1]
    return f"{answer.answer}: {answer.message}"


@pytest.mark.parametrize(
    "status",
    [
        "none left",
        "9 FAILED_PRECONDITION: none left",
        "FAILED_PRECONDITION: none left",
        "rpc error: code = FailedPrecondition desc = none left",
        "io.grpc.StatusRuntimeException: FAILED_PRECONDITION: none left",
        "Error: 9 FAILED_PRECONDITION: none left",
    ],
)
def test_the_code_is_said_once(recorder: Any, status: str) -> None:
    assert told(recorder, 9, status=status) == "FAILED_PRECONDITION (9): none left"


def test_it_is_said_once_of_an_exception_too(recorder: Any) -> None:
    kind, text = "io.grpc.StatusRuntimeException", "NOT_FOUND: no such sofa"
    assert told(recorder, 5, exception=text, kind=kind) == "NOT_FOUND (5): no such sofa"


@pytest.mark.parametrize(
    "status",
    [
        "5 NOT_FOUND: none left",  # another code than it was answered with
        "rpc error: code = Unavailable desc = gone",
        "ERROR: none left",
        "9 FAILED_PRECONDITION: ",
        "FAILED_PRECONDITION",
    ],
)
def test_words_that_say_something_else_stay(recorder: Any, status: str) -> None:
    assert told(recorder, 9, status=status) == f"FAILED_PRECONDITION (9): {status.strip()}"
