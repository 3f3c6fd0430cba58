"""A statement that a library and its driver recorded beside each other is one call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from otelhook.model import Scope, Span, SpanKind
from otelhook.redaction import Redactor
from otelhook.sequence import compose
from otelhook.sequence.document import Step, StepKind

LIBRARY, DRIVER = (
    "opentelemetry.instrumentation.sqlalchemy",
    "opentelemetry.instrumentation.psycopg2",
)
INSERT = {
    "db.system": "postgresql",
    "db.name": "shop",
    "db.statement": "INSERT INTO notes VALUES (1)",
}


@pytest.fixture
def served(recorder: Any) -> Span:
    span: Span = recorder.span(SpanKind.SERVER, "worker", 0, 100, {"http.request.method": "GET"})
    return span


def statement(recorder: Any, parent: Span, scope: str, begin: int, end: int, **more: Any) -> Span:
    """Record a statement; ``service`` and ``attributes`` may differ."""
    service = more.get("service", "worker")
    made: Span = recorder.span(
        SpanKind.CLIENT, service, begin, end, more.get("attributes", INSERT), parent=parent.span_id
    )
    recorder.spans[-1] = replace(made, scope=Scope(scope))
    return made


def asked(recorder: Any) -> list[Step]:
    """Return the requests to databases."""
    document = compose(recorder.spans, redactor=Redactor())
    return [
        step
        for step in document.steps
        if step.kind is StepKind.REQUEST and step.protocol.value == "database"
    ]


@pytest.mark.parametrize(
    ("library", "driver"),
    [
        (LIBRARY, DRIVER),
        (LIBRARY, "opentelemetry.instrumentation.pymysql"),
        ("io.opentelemetry.hibernate-6.0", "io.opentelemetry.jdbc"),
        ("@opentelemetry/instrumentation-knex", "@opentelemetry/instrumentation-pg"),
    ],
)
def test_a_library_and_its_driver_are_one_call(
    recorder: Any, served: Span, library: str, driver: str
) -> None:
    outer = statement(
        recorder, served, library, 10, 20, attributes=INSERT | {"db.operation": "INSERT"}
    )
    inner = statement(recorder, served, driver, 11, 19, attributes=INSERT | {"net.peer.port": 5432})
    (step,) = asked(recorder)
    assert step.label == "INSERT notes"
    assert set(step.span_ids) == {outer.span_id, inner.span_id}


def test_the_first_span_of_a_trace_may_be_the_parent(recorder: Any, served: Span) -> None:
    assert recorder.spans[0] is served
    for scope in (LIBRARY, DRIVER):
        statement(recorder, served, scope, 10, 20)
    assert len(asked(recorder)) == 1


def test_each_statement_of_several_is_one_call(recorder: Any, served: Span) -> None:
    for number in range(0, 60, 10):
        statement(recorder, served, LIBRARY, number, number + 9)
        statement(recorder, served, DRIVER, number + 1, number + 8)
    assert len(asked(recorder)) == 6


def test_statements_at_once_are_as_many_calls(recorder: Any, served: Span) -> None:
    for number in range(4):
        statement(recorder, served, LIBRARY, number, 90)
    for number in range(4):
        statement(recorder, served, DRIVER, 10 + number, 80)
    assert len(asked(recorder)) == 4


def test_what_a_driver_repeats_within_a_librarys_call_is_kept(recorder: Any, served: Span) -> None:
    statement(recorder, served, LIBRARY, 10, 40)
    statement(recorder, served, DRIVER, 11, 20)
    statement(recorder, served, DRIVER, 21, 39)
    assert len(asked(recorder)) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"scope": LIBRARY, "begin": 11, "end": 19},  # one instrumentation's are calls by themselves
        {"scope": DRIVER, "begin": 11, "end": 21},  # it ended after the other
        {"scope": DRIVER, "begin": 21, "end": 29},
        {
            "scope": DRIVER,
            "begin": 11,
            "end": 19,
            "attributes": INSERT | {"db.statement": "SELECT 2"},
        },
        {"scope": DRIVER, "begin": 11, "end": 19, "service": "another"},
    ],
)
def test_others_beside_each_other_are_calls_of_their_own(
    recorder: Any, served: Span, other: dict[str, Any]
) -> None:
    statement(recorder, served, LIBRARY, 10, 20)
    statement(recorder, served, **other)
    assert len(asked(recorder)) == 2


@pytest.mark.parametrize(("between", "calls"), [(7, 8), (8, 10)])
def test_of_the_spans_that_began_before_the_last_eight_may_hold_one(
    recorder: Any, served: Span, between: int, calls: int
) -> None:
    statement(recorder, served, LIBRARY, 1, 99)
    for number in range(between):  # these end too early
        statement(recorder, served, LIBRARY, 2 + number, 60)
    statement(recorder, served, DRIVER, 50, 90)
    assert len(asked(recorder)) == calls


def test_many_at_once_are_looked_at_once(recorder: Any) -> None:
    served = recorder.span(SpanKind.SERVER, "worker", 0, 10**6)
    for number in range(4_000):  # all of them at once
        statement(recorder, served, (LIBRARY, DRIVER)[number % 2], number, 10**6 - number)
    assert len(asked(recorder)) == 2_000
