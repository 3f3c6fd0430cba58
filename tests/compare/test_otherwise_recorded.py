"""The same run, recorded otherwise: by other clocks, in another order, without a service's part."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otelhook.compare import compare
from otelhook.model import Span
from otelhook.sequence import compose
from otelhook.settings import Settings
from otelhook.sources import open_source
from tests.compare import editing as e
from tests.compare.record import RECORDED
from tests.compare.runs import document_in, together
from tests.passes.conftest import Conversation

SECOND = 10**9


def spans() -> list[Span]:
    source = open_source(str(RECORDED / "again.json.gz"), Settings())
    (trace_id,) = source.newest(1)
    return sorted(source.trace(trace_id).spans, key=lambda span: span.start_time)


def service(span: Span) -> str:
    return str(span.resource.attributes["service.name"])


def shifted(name: str, by: int) -> list[Span]:
    return [
        replace(span, start_time=span.start_time + by, end_time=span.end_time + by)
        if service(span) == name
        else span
        for span in spans()
    ]


def called(names: dict[str, str]) -> list[Span]:
    def other(span: Span) -> Span:
        attributes = {
            **span.resource.attributes,
            "service.name": names.get(service(span), service(span)),
        }
        return replace(span, resource=replace(span.resource, attributes=attributes))

    return [other(span) for span in spans()]


def said(second: Sequence[Span]) -> list[tuple[str, str, str]]:
    found = compare(document_in(RECORDED / "as-it-is.json.gz"), compose(second))
    return [(f.change.value, f.where, f.after) for f in found.findings]


@pytest.mark.parametrize(
    "make",
    [
        lambda: shifted("image", 2 * SECOND),
        lambda: shifted("identity", -4 * SECOND),
        lambda: shifted("demo-client", SECOND // 3),
        lambda: random.Random(3).sample(spans(), len(spans())),
        lambda: random.Random(4).sample(spans(), len(spans())),
        lambda: spans()[::-1],
        lambda: [span for span in spans() if span.parent_span_id],
    ],
)
def test_clocks_and_the_order_of_what_came_say_nothing(make: Callable[[], list[Span]]) -> None:
    assert said(make()) == []


@pytest.mark.parametrize("name", ["image", "identity", "object-store"])
def test_a_service_that_recorded_nothing_is_one_difference(name: str) -> None:
    found = said([span for span in spans() if service(span) != name])
    assert found == [("renamed", f"participant {name}", "an address")]


@pytest.mark.parametrize("name", ["image", "identity", "object-store"])
def test_a_service_that_recorded_nothing_before_is_one_as_well(name: str) -> None:
    before = compose([span for span in spans() if service(span) != name])
    found = compare(before, document_in(RECORDED / "as-it-is.json.gz")).findings
    assert [(f.change.value, f.before, f.after) for f in found] == [("renamed", "an address", name)]


def test_two_services_that_changed_names_are_two_differences() -> None:
    found = said(called({"image": "object-store", "object-store": "image"}))
    assert sorted(found) == [
        ("renamed", "participant image", "object-store"),
        ("renamed", "participant object-store", "image"),
    ]


def test_a_new_name_is_one_difference() -> None:
    assert said(called({"image": "pictures"})) == [("renamed", "participant image", "pictures")]


def polls(order: str) -> list[tuple[str, str]]:
    """What differs from four polls in a row: p is one, x is something new, l is known."""
    documents = []
    for calls in ("pppp", order):
        talk = Conversation()
        with talk.call("client", "front", "GET /"):
            talk.ask("front", "log", "POST /begin", 201)
            for call in calls:
                asked = {"p": "GET /state", "x": "GET /new", "l": "POST /begin"}[call]
                talk.ask("front", "jobs" if call != "l" else "log", asked)
        documents.append(talk.document())
    found = compare(*documents).findings
    return [(f.change.value, f.where.partition(": ")[2]) for f in found]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("ppxpp", [("added", "GET /new")]),
        ("pxppp", [("added", "GET /new")]),
        ("pplpp", [("added", "POST /begin")]),
        ("ppppx", [("added", "GET /new")]),
        ("pppp", []),
        ("ppp", [("changed", "GET /state")]),
        ("ppppppp", [("changed", "GET /state")]),
        ("ppxp", [("added", "GET /new"), ("changed", "GET /state")]),
        ("p" * 2_500, [("changed", "GET /state")]),
    ],
)
def test_a_loop_stays_a_loop_whatever_comes_between(
    order: str, expected: list[tuple[str, str]]
) -> None:
    assert sorted(polls(order)) == expected


def test_calls_at_the_same_time_may_begin_in_any_order(tmp_path: Path) -> None:
    for order in ("bca", "cab", "cba"):
        assert compare(together("abc"), together(order)).findings == ()


@pytest.mark.parametrize(("field", "nothing"), [("headers", ()), ("body", None)])
def test_what_one_run_did_not_record_is_not_compared_and_that_is_said(
    field: str, nothing: Any
) -> None:
    whole = document_in(RECORDED / "again.json.gz")
    lacking: dict[str, Any] = {field: nothing}
    bare = replace(whole, steps=tuple(replace(step, **lacking) for step in whole.steps))
    what = "headers" if field == "headers" else "bodies"
    for before, after, which in ((whole, bare, "second"), (bare, whole, "first")):
        found = compare(before, after)
        assert found.findings == ()
        assert f"The {which} run was recorded without {what}" in " ".join(found.remarks)


def test_a_run_in_progress_lacks_what_is_to_come_and_that_is_said() -> None:
    whole = document_in(RECORDED / "as-it-is.json.gz")
    again = document_in(RECORDED / "again.json.gz")
    begun = e.numbered(again, again.steps[:13])
    found = compare(whole, begun)
    (gone,) = found.findings
    assert gone.steps_before == tuple(range(14, 22))
    assert "it may have been cut off, or be in progress" in " ".join(found.remarks)
