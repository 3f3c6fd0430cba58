"""Documents that were once wrong: the recorded file where it is at hand, and others of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from otelhook.model import AttributeValue, Resource, Span, SpanId, SpanKind, TraceId
from otelhook.sequence import compose
from otelhook.sequence.annotations.summaries import summaries
from otelhook.sequence.document import Document
from otelhook.sequence.vocabulary import Mark, Outcome
from otelhook.settings import Settings
from otelhook.sources import open_source

SHARED: Final = Path(__file__).parents[3] / "shared" / "cases" / "documents"
CLIENT, SERVER, INTERNAL = SpanKind.CLIENT, SpanKind.SERVER, SpanKind.INTERNAL
MS: Final = 1_000_000

OLD: Final = {"http.method": "POST", "http.status_code": 200}
NEW: Final = {"http.request.method": "POST", "http.response.status_code": 200}
RICH: Final = {
    "http.request.body.content": '{"a": 1}',
    "http.response.body.content": '{"b": 2}',
    "http.request.header.content-type": ("application/json",),
    "http.response.header.content-type": ("application/json",),
}
Attributes = dict[str, AttributeValue]
Told = tuple[str, SpanKind, int, tuple[int, int], Mapping[str, AttributeValue]]


def spans_of(*told: Told, hosts: Mapping[str, str] | None = None) -> list[Span]:
    """Make spans of (service, kind, number of the parent, begin and end in ms, attributes)."""
    return [
        Span(
            TraceId("1" * 32),
            SpanId(f"{number:016x}"),
            SpanId(f"{parent:016x}") if parent else None,
            "POST",
            kind,
            times[0] * MS,
            times[1] * MS,
            attributes,
            Resource({"service.name": service} | _host(service, hosts)),
        )
        for number, (service, kind, parent, times, attributes) in enumerate(told, 1)
    ]


def _host(service: str, hosts: Mapping[str, str] | None) -> dict[str, str]:
    return {"host.name": hosts[service]} if hosts and service in hosts else {}


def one_call_with_all_that_is_known(document: Document) -> None:
    request, response = document.steps
    assert request.body is not None
    assert response.body is not None
    assert (request.body.content, response.body.content) == ('{"a": 1}', '{"b": 2}')
    assert response.status_code == 200
    assert len(request.span_ids) == 2
    assert document.warnings == ()


def the_callee_s_answers(document: Document) -> None:
    assert [step.head for step in document.steps] == ["GET", "GET", "204 No Content", "200 OK"]
    assert [step.outcome for step in document.steps[2:]] == [Outcome.OK] * 2
    assert all(Mark.NO_ANSWER not in step.marks for step in document.steps)
    assert [step.source for step in document.steps[:2]] == ["a", "b"]


def each_call_beneath_the_one_it_was_made_for(document: Document) -> None:
    lines = summaries(document)
    levels = {line.text.split(" ", 1)[0]: line.level for line in lines}
    assert levels == {"cli": 0, "nova": 1, "sched": 0}


def nested(outer: Any, inner: Any, kind: SpanKind, *, between: bool = False) -> list[Span]:
    service = "a" if kind is CLIENT else "b"
    told: list[Told] = [(service, kind, 0, (0, 10), outer)]
    if between:
        told.append((service, INTERNAL, 1, (0, 9), {}))
    told.append((service, kind, len(told), (1, 9), inner))
    return spans_of(*told)


NEW_URL: Final = NEW | {"url.full": "http://b.example/r"}
OLD_URL: Final = OLD | {"http.url": "http://b.example/r"}
SERVED: Final = NEW | {"url.path": "/r"}


def skewed(ahead: int, hosts: Mapping[str, str]) -> list[Span]:
    get: Attributes = {"http.request.method": "GET"}
    return spans_of(
        ("a", CLIENT, 0, (0, 10), get | {"url.full": "http://b/one"}),
        (
            *("b", SERVER, 1, (ahead + 2, ahead + 8)),
            get | {"url.path": "/one", "http.response.status_code": 200},
        ),
        (
            *("b", CLIENT, 2, (ahead + 3, ahead + 5)),
            get | {"url.full": "http://c/two", "http.response.status_code": 204},
        ),
        hosts=hosts,
    )


def overlapping(*shifts: int) -> list[Span]:
    ok: Attributes = {"http.request.method": "GET", "http.response.status_code": 200}
    one, two, three = shifts
    told: list[Told] = [
        ("cli", CLIENT, 0, (one, 90), ok | {"url.full": "http://x/servers"}),
        ("nova", SERVER, 1, (one + 1, 89), ok | {"url.path": "/servers"}),
        ("sched", CLIENT, 0, (two, two + 40), ok | {"url.full": "http://x/tokens"}),
        ("keystone", SERVER, 3, (two + 1, two + 39), ok | {"url.path": "/tokens"}),
        ("nova", CLIENT, 2, (three, 80), ok | {"url.full": "http://x/ports"}),
        ("neutron", SERVER, 5, (three + 1, 79), ok | {"url.path": "/ports"}),
    ]
    return spans_of(*told)


CASES: Final[
    Mapping[str, tuple[tuple[str, ...], Callable[[Document], None], tuple[list[Span], ...]]]
] = {
    "two spans of one call": (
        ("nested-old", "nested-new", "nested-internal"),
        one_call_with_all_that_is_known,
        (
            nested(NEW_URL | RICH, OLD_URL, CLIENT),
            nested(OLD_URL, NEW_URL | RICH, CLIENT),
            nested(NEW_URL, OLD_URL | RICH, CLIENT, between=True),
        ),
    ),
    "two spans of one request": (
        ("double-server-rich-inside",),
        one_call_with_all_that_is_known,
        (
            nested(SERVED, SERVED | RICH, SERVER),
            nested(SERVED | RICH, OLD | {"http.target": "/r"}, SERVER),
            nested(OLD | {"http.target": "/r"}, SERVED | RICH, SERVER, between=True),
        ),
    ),
    "a callee whose clock differs": (
        ("skew-ahead20ms", "skew-host-ahead5s"),
        the_callee_s_answers,
        (
            skewed(20, {"a": "h1", "b": "h2"}),
            skewed(5_000, {"a": "h1"}),
            skewed(-3_600_000, {"a": "h1", "b": "h2"}),
            skewed(25, {"a": "h1", "b": "h1"}),
        ),
    ),
    "calls that overlap": (
        ("overlap",),
        each_call_beneath_the_one_it_was_made_for,
        (overlapping(0, 10, 20), overlapping(0, 30, 20), overlapping(15, 10, 20)),
    ),
}


@pytest.mark.parametrize(
    ("case", "name"), [(case, name) for case, (names, *_) in CASES.items() for name in names]
)
def test_the_recorded_file_is_told_rightly(case: str, name: str) -> None:
    path = SHARED / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"needs ../shared/cases/documents/{path.name}")
    source = open_source(str(path), Settings())
    (trace_id,) = source.newest(2)
    CASES[case][1](compose(source.trace(trace_id).spans))


@pytest.mark.parametrize(
    ("case", "number"),
    [(case, number) for case, (*_, own) in CASES.items() for number in range(len(own))],
)
def test_others_of_its_kind_are_too(case: str, number: int) -> None:
    _, right, own = CASES[case]
    right(compose(own[number]))
    right(compose(reversed(own[number])))
