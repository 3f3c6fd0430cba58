from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.evaluation.comparing import compared, extras
from tests.evaluation.drawn import Drawing, Exchange
from tests.evaluation.figure import files_of
from tests.evaluation.interactions import Interaction, expected_of
from tests.evaluation.reading import read_file
from tests.evaluation.spans import Seen, Trace

FILES = tuple(files_of([Path(__file__).parent / "inputs"]))
TRACE = "0123456789abcdef0123456789abcdef"
CLIENT = (TRACE, "a000000000000001", "")
SERVER = (TRACE, "a000000000000002", "")
RIGHT = Exchange(
    number=1,
    source="till",
    target="ledger",
    label="POST /book POST /book ",
    answer='{"status_code": 500}',
    outcome="error",
    spans=frozenset({CLIENT, SERVER}),
    details=frozenset(),
)


def trace() -> Trace:
    facts = {"http.request.method": "POST", "url.path": "/book", "http.response.status_code": 500}
    return Trace(
        TRACE,
        (
            Seen(TRACE, CLIENT[1], "", "pay", "client", 1, 9, "till"),
            Seen(TRACE, SERVER[1], CLIENT[1], "POST", "server", 2, 8, "ledger", facts),
        ),
    )


def verdict_of(*exchanges: Exchange, accounted: frozenset[object] = frozenset()) -> str:
    drawing = Drawing(exchanges, accounted)  # type: ignore[arg-type]
    (verdict,) = compared(expected_of(trace()), drawing)
    return verdict.verdict


def test_a_right_drawing_is_shown() -> None:
    assert verdict_of(RIGHT) == "shown"


@pytest.mark.parametrize(
    "change",
    [
        {"source": "ledger"},
        {"source": "unknown"},
        {"target": "unknown"},
        {"target": "ledger-archive"},
        {"label": "GET /book"},
        {"label": "POST /"},
        {"label": "POST host/book"},
        {"label": "POST /bookings"},
        {"outcome": "failed"},
        {"outcome": "ok", "answer": '{"status_code": 200}'},
        {"answer": "{}"},
        {"prose": " till posts to /book of ledger: no answer."},
    ],
    ids=str,
)
def test_any_other_drawing_is_wrong(change: dict[str, str]) -> None:
    assert verdict_of(replace(RIGHT, **change)) == "wrong"  # type: ignore[arg-type]


def test_what_is_in_no_step_is_lost_and_what_is_only_counted_is_wrong() -> None:
    assert verdict_of() == "lost"
    assert verdict_of(accounted=frozenset({CLIENT, SERVER})) == "wrong"


def test_a_call_that_is_drawn_once_for_each_side_is_one_too_many() -> None:
    sides = [
        replace(RIGHT, spans=frozenset({CLIENT})),
        replace(RIGHT, number=2, spans=frozenset({SERVER})),
    ]
    drawing = Drawing(tuple(sides), frozenset())
    expected = expected_of(trace())
    assert [each.number for each in extras(compared(expected, drawing), drawing)] == [2]


def ideal(number: int, each: Interaction) -> Exchange:
    """Draw an interaction as well as can be, by the first form of everything."""
    words = " ".join(min(forms) for forms in each.outcome.words)
    return Exchange(
        number=number,
        source=min(each.callers, default="somebody"),
        target=min(each.callees, default="nobody known"),
        label=" ".join(min(forms) for forms in each.operations) or "call",
        answer=words,
        outcome=min(each.outcome.classes),
        spans=frozenset(each.spans),
        details=frozenset(each.below),
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_ideal_drawing_of_any_trace_can_be_had_and_is_all_right(path: Path) -> None:
    for found in read_file(path):
        expected = expected_of(found)
        drawn = tuple(ideal(i, each) for i, each in enumerate(expected.interactions, 1))
        verdicts = compared(expected, Drawing(drawn, frozenset()))
        assert [each for each in verdicts if each.verdict != "shown"] == []
