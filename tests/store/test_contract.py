"""What a store answers, however the spans came to be in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.model import (
    Event,
    Link,
    Resource,
    Scope,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)
from otelhook.store import MAX_TIME, Query, ServiceCalls, Store
from tests.store.layouts import Batches

Keep = Callable[[Batches], AbstractContextManager[Store]]

TIME = st.integers(0, 12)
RANGE = st.tuples(TIME, TIME).map(sorted).map(lambda two: (two[0], two[1])) | st.just((0, MAX_TIME))
SERVICE = st.sampled_from(["", "image", "identity"])
NAME = st.sampled_from(["GET", "PUT", ""])
LONG, TOO_LONG = "ü" * 256, "ü" * 257
VALUE = st.sampled_from(
    [
        *("x", "y", "", "3", LONG, TOO_LONG, True, False, 3, -3, 1.5, 3.0, b"x", None, {"k": "x"}),
        *(("x", "z"), ("z",), (3, True), (), (LONG, TOO_LONG)),
    ]
)
TEXT = ["x", "z", "", "true", "false", "3", "-3", "1.5", "3.0", LONG, TOO_LONG, "None", "a"]
ATTRIBUTES: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(["k", "l" * 130, "http.request.body.content", "http.status_code"]),
    VALUE,
    max_size=3,
)
HOST: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({"host.name": VALUE})
BODIES = ("http.request.body.content", "http.response.body.content")


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    made: list[Span] = []
    for number in range(1, draw(st.integers(0, 12)) + 1):
        start = draw(TIME)
        code = draw(st.sampled_from([None, 200, 404, 500]))
        further: dict[str, Any] = {} if code is None else {"http.response.status_code": code}
        made.append(
            Span(
                TraceId(f"{draw(st.integers(1, 5)):032x}"),
                SpanId(f"{number:016x}"),
                None,
                draw(NAME),
                draw(st.sampled_from([SpanKind.SERVER, SpanKind.CLIENT])),
                start,
                start + draw(TIME),
                attributes={**draw(ATTRIBUTES), **further},
                resource=Resource({**draw(HOST), "service.name": draw(SERVICE)}),
                status=Status(draw(st.sampled_from(StatusCode))),
            )
        )
    return made


QUERY = st.builds(
    Query,
    service=st.none() | SERVICE,
    name=NAME,
    attributes=st.lists(
        st.tuples(
            st.sampled_from(["k", "l" * 130, "host.name", BODIES[0], "http.response.status_code"]),
            st.sampled_from(TEXT),
        ),
        max_size=2,
    ).map(tuple),
    kind=st.sampled_from([None, SpanKind.SERVER]),
    failed=st.sampled_from([None, True, False]),
    went_wrong=st.booleans(),
    http_status=st.sampled_from([None, (200, 299), (404, 404), (400, 599)]),
    started=RANGE,
    took=RANGE,
    trace_took=RANGE,
)


def _status(span: Span) -> int | None:
    keys = ("http.response.status_code", "http.status_code")
    value = next((span.attributes[key] for key in keys if key in span.attributes), None)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _fits(query: Query, span: Span, whole: Iterable[Span]) -> bool:
    """Say the same as the search, the slow way."""
    took = max(s.end_time for s in whole) - min(s.start_time for s in whole)
    number = _status(span)
    first, last = query.http_status or (0, 0)
    return (
        (query.service is None or span.resource.attributes["service.name"] == query.service)
        and (not query.name or span.name == query.name)
        and (query.kind is None or span.kind is query.kind)
        and (query.failed is None or (span.status.code is StatusCode.ERROR) is query.failed)
        and (
            not query.went_wrong
            or span.status.code is StatusCode.ERROR
            or (number is not None and number >= 400)
        )
        and (query.http_status is None or (number is not None and first <= number <= last))
        and query.started[0] <= span.start_time <= query.started[1]
        and query.took[0] <= span.end_time - span.start_time <= query.took[1]
        and query.trace_took[0] <= took <= query.trace_took[1]
        and all(_has(span, key, value) for key, value in query.attributes)
    )


def _has(span: Span, key: str, wanted: str) -> bool:
    held = span.attributes.get(key)
    if key in BODIES and isinstance(held, str):
        held = None
    items = held if isinstance(held, tuple) else (held,)
    of_span = [text for text in map(_text, items) if text is not None and len(text) <= 256]
    return wanted in of_span or wanted == _text(span.resource.attributes.get(key))


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


@settings(max_examples=100, deadline=None)
@given(st.lists(spans(), min_size=1, max_size=2), QUERY)
def test_a_search_finds_what_fits(keep: Keep, batches: list[list[Span]], query: Query) -> None:
    # A span that comes twice is one: those of the second batch have other ids.
    batches[1:] = [
        [replace(span, span_id=SpanId(f"9{span.span_id[1:]}")) for span in batch]
        for batch in batches[1:]
    ]
    with keep([(1, batch) for batch in batches]) as store:
        found = store.search(query, 100)
    traces: dict[TraceId, list[Span]] = {}
    for batch in batches:
        for span in batch:
            traces.setdefault(span.trace_id, []).append(span)
    if query.of_any_span:
        expected = {
            trace_id
            for trace_id, whole in traces.items()
            if query.started[0] <= min(s.start_time for s in whole) <= query.started[1]
            and _fits(Query(trace_took=query.trace_took), whole[0], whole)
        }
    else:
        expected = {
            trace_id
            for trace_id, whole in traces.items()
            if any(_fits(query, span, whole) for span in whole)
        }
    assert set(found.traces) == expected
    assert len(found.traces) == len(expected)
    assert found.complete


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.integers(1, 3),
            st.sampled_from((SpanKind.SERVER, SpanKind.CLIENT)),
            st.integers(0, 5),
            st.one_of(st.none(), st.sampled_from(("x", "y", b"x"))),
        ),
        max_size=12,
    ),
    st.sampled_from((1, 4)),
)
def test_whatever_comes_however_often_each_span_is_one_and_the_latest_end_wins(
    keep: Keep, arrivals: list[tuple[Any, ...]], together: int
) -> None:
    wanted: dict[tuple[object, ...], Span] = {}
    made: list[Span] = []
    for trace, number, kind, end, body in arrivals:
        span = Span(
            *(TraceId(f"{trace:032x}"), SpanId(f"{number:016x}"), None, "n", kind, 0, end),
            attributes={} if body is None else {"http.request.body.content": body},
            resource=Resource({"service.name": str(end)}),
        )
        made.append(span)
        key = (span.trace_id, span.span_id, span.kind)
        # One message groups its spans by resource: of equal ends either may be the first.
        if key not in wanted or wanted[key].end_time < end:
            wanted[key] = span
    batches = [(1, made[at : at + together]) for at in range(0, len(made), together)]
    with keep(batches) as store:
        found = [span for trace in store.newest(10) for span in store.trace(trace)]
        ends = {str(span.end_time) for span in wanted.values()}
        for end in map(str, range(6)):
            assert bool(store.search(Query(service=end), 10).traces) == (end in ends)
    assert len(found) == len(wanted)
    assert {(span.trace_id, span.span_id, span.kind): span.end_time for span in found} == {
        key: span.end_time for key, span in wanted.items()
    }
    if together == 1:
        assert {(span.trace_id, span.span_id, span.kind): span for span in found} == wanted


def test_a_span_comes_back_whole(keep: Keep, make_span: Callable[..., Span]) -> None:
    span = make_span(
        parent_span_id=SpanId("00000000000000ff"),
        attributes={
            "http.request.method": "PUT",
            "http.response.status_code": 201,
            "http.request.header.accept": ("a", "b"),
            "http.request.body.content": "text ü\0",
            "http.response.body.content": b"\0\xff",
            "nested": {"a": (1, None, True)},
        },
        status=Status(StatusCode.ERROR, "no"),
        events=(Event(5, "e", {"k": 1.5}),),
        links=(Link(TraceId("1" * 32), SpanId("2" * 16)),),
        scope=Scope("lib", "2"),
        flags=257,
        trace_state="a=b",
        start_time=2**64 - 2,
        end_time=2**64 - 1,
    )
    with keep([(1, [span])]) as store:
        assert store.trace(span.trace_id) == (span,)


def test_the_spans_of_a_trace_come_in_the_order_of_their_starts_then_of_arrival(
    keep: Keep, make_span: Callable[..., Span]
) -> None:
    batches = [
        (1, [make_span(span=n, start_time=start) for n, start in numbered])
        for numbered in ([(1, 50), (2, 50)], [(3, 10), (4, 50)], [(5, 30)], [(6, 50)])
    ]
    with keep(batches) as store:
        found = store.trace(make_span().trace_id)
    assert [int(span.span_id, 16) for span in found] == [3, 5, 1, 2, 4, 6]


def test_the_newest_matches_come_first_and_no_more_than_are_asked_for(
    keep: Keep, make_span: Callable[..., Span]
) -> None:
    made = [make_span(n, name=f"GET {n % 3}", start_time=n * 10) for n in (5, 3, 8, 1, 2, 7, 6, 4)]
    with keep([(1, made[:4]), (2, made[4:])]) as store:
        for query in (Query(), Query(service="image"), Query(service="image", name="GET 1")):
            found = [int(trace_id, 16) for trace_id in store.search(query, 3).traces]
            assert found == ([8, 7, 6] if not query.name else [7, 4, 1])


def test_ids_are_found_by_their_beginning(keep: Keep, make_span: Callable[..., Span]) -> None:
    with keep([(1, [make_span(trace=n << 100) for n in range(1, 15)])]) as store:
        assert store.find("0000001") == (TraceId(f"{1 << 100:032x}"),)
        assert len(store.find("000000")) == 10
        assert store.find("") == store.find("0")
        assert store.find("000000e") == (TraceId(f"{14 << 100:032x}"),)
        assert store.find("f") == ()
        assert store.find("latest") == ()
        assert store.find("0" * 40) == ()


def test_the_newest_are_those_that_started_last(keep: Keep, make_span: Callable[..., Span]) -> None:
    batches = [
        (1, [make_span(trace=3), make_span(trace=1), make_span(trace=2)]),
        (2, [make_span(trace=1, span=2)]),
    ]
    with keep(batches) as store:
        assert [int(trace_id, 16) for trace_id in store.newest(2)] == [3, 2]


def test_what_is_not_there_is_empty(keep: Keep) -> None:
    with keep([]) as store:
        assert store.trace(TraceId("1" * 32)) == ()
        assert store.newest(5) == ()
        assert store.services() == ()
        assert store.operations("image") == ()
        assert store.summaries([TraceId("1" * 32)]) == ()
        assert store.calls(0, MAX_TIME) == ()
        assert store.search(Query(service="image"), 5).traces == ()


def test_services_and_their_operations_are_listed_with_kinds(
    keep: Keep, make_span: Callable[..., Span]
) -> None:
    client = SpanKind.CLIENT
    made = [
        make_span(1, 1, name="b"),
        make_span(1, 2, name="b", kind=client),
        make_span(1, 3, name="a"),
        make_span(1, 4, name="c", resource=Resource({"service.name": "identity"})),
        make_span(1, 5, name="d", resource=Resource()),
    ]
    with keep([(1, made[:2]), (1, made[2:])]) as store:
        assert store.services() == ("", "identity", "image")
        assert store.operations("image") == (
            ("a", SpanKind.SERVER),
            ("b", SpanKind.SERVER),
            ("b", client),
        )
        assert store.operations("") == (("d", SpanKind.SERVER),)
        assert store.operations("nobody") == ()


def test_a_summary_counts_what_is_in_a_trace(keep: Keep, make_span: Callable[..., Span]) -> None:
    other = Resource({"service.name": "identity"})
    first = SpanId(f"{1:016x}")
    root = {"http.request.method": "POST", "url.path": "/v2/images", "http.status_code": "404"}
    refused = {"http.response.status_code": 401}
    made = [
        make_span(1, 1, name="POST", start_time=50, end_time=90, attributes=root),
        make_span(
            *(1, 2),
            parent_span_id=first,
            resource=other,
            start_time=60,
            end_time=70,
            attributes=refused,
        ),
        make_span(1, 3, parent_span_id=SpanId("f" * 16), start_time=40, end_time=45),
        make_span(1, 4, resource=other, start_time=99, status=Status(StatusCode.ERROR)),
    ]
    with keep([(7, made[2:]), (9, made[:2])]) as store:
        (summary,) = store.summaries([TraceId(f"{1:032x}"), TraceId("e" * 32)])
    assert (summary.start_time, summary.end_time, summary.received) == (40, 114, 9)
    assert (summary.spans, summary.errors, summary.failed, summary.orphans) == (4, 1, 3, 1)
    assert [(c.service, c.spans, c.errors) for c in summary.services] == [
        ("image", 2, 0),
        ("identity", 2, 1),
    ]
    held = summary.root
    assert (held.service, held.name, held.http_method, held.http_status, held.path) == (
        *("image", "POST", "POST", 404),
        "/v2/images",
    )


@pytest.mark.parametrize(
    ("attributes", "method", "status"),
    [
        ({"http.request.method": "GET", "http.response.status_code": 200}, "GET", 200),
        ({"http.method": "PUT", "http.status_code": "404"}, "PUT", 404),
        ({"http.method": 5, "http.status_code": "many"}, None, None),
        ({"http.status_code": 500, "http.response.status_code": 200}, None, 200),
        ({"http.status_code": 2**63 - 1}, None, 2**63 - 1),
        ({"http.status_code": True}, None, None),
        ({}, None, None),
    ],
)
def test_method_and_status_are_those_of_either_convention(
    keep: Keep,
    make_span: Callable[..., Span],
    attributes: dict[str, Any],
    method: str | None,
    status: int | None,
) -> None:
    with keep([(1, [make_span(attributes=attributes)])]) as store:
        (summary,) = store.summaries(store.newest(1))
        assert (summary.root.http_method, summary.root.http_status) == (method, status)
        for wanted in (200, 404, 2**63 - 1):
            found = store.search(Query(http_status=(wanted, wanted)), 1).traces
            assert bool(found) == (wanted == status)


def test_calls_are_counted_between_services(keep: Keep, make_span: Callable[..., Span]) -> None:
    other = Resource({"service.name": "identity"})
    batches = [
        (
            1,
            [
                make_span(n, 1),
                make_span(n, 2, parent_span_id=SpanId(f"{1:016x}")),
                make_span(n, 3, parent_span_id=SpanId(f"{2:016x}"), resource=other),
            ],
        )
        for n in (1, 2)
    ]
    with keep(batches) as store:
        assert store.calls(0, MAX_TIME) == (
            ServiceCalls("image", "identity", 2),
            ServiceCalls("image", "image", 2),
        )
        assert store.calls(150, MAX_TIME)[0].count == 1


def test_the_extent_of_a_trace_is_its_spans_and_about_its_bytes(
    keep: Keep, make_span: Callable[..., Span]
) -> None:
    body = {"http.request.body.content": "x" * 10_000}
    with keep([(1, [make_span(span=1, attributes=body)]), (1, [make_span(span=2)])]) as store:
        extent = store.extent(make_span().trace_id)
        assert extent.spans == 2
        assert 10_000 < extent.bytes < 11_000
        assert store.extent(TraceId("e" * 32)).spans == 0


def test_text_that_is_no_unicode_is_kept_all_the_same(
    keep: Keep, make_span: Callable[..., Span]
) -> None:
    odd = "\ud800"
    span = make_span(
        name=odd,
        attributes={odd: odd, "http.request.body.content": odd},
        resource=Resource({"service.name": odd}),
    )
    with keep([(1, [span])]) as store:
        (read,) = store.trace(span.trace_id)
        assert (read.name, read.attributes["http.request.body.content"]) == ("?", "?")
        assert store.search(Query(service="?", name="?"), 5).traces == (span.trace_id,)


def test_traces_leave_whole_by_the_age_of_their_last_write(
    keep: Keep, make_span: Callable[..., Span]
) -> None:
    second = 1_000_000_000
    attributes = {"k": "v"}
    batches = [
        *((n * 10 * second, [make_span(trace=n, attributes=attributes)]) for n in (1, 2, 3)),
        (40 * second, [make_span(trace=1, span=2)]),
    ]
    with keep(batches) as store:
        assert store.retain(15, 0, 41 * second).traces == 1
        assert sorted(int(trace_id, 16) for trace_id in store.newest(9)) == [1, 3]
        assert len(store.trace(make_span(trace=1).trace_id)) == 2
        assert store.trace(make_span(trace=2).trace_id) == ()
        assert store.find(make_span(trace=2).trace_id) == ()
        for query in (Query(service="image"), Query(attributes=(("k", "v"),))):
            found = sorted(int(trace_id, 16) for trace_id in store.search(query, 9).traces)
            assert found == [1, 3]
        assert store.write([make_span(trace=2)]).added == 1
        assert len(store.search(Query(service="image"), 9).traces) == 3
        assert store.search(Query(attributes=(("k", "v"),)), 9).traces == (
            make_span(trace=3).trace_id,
            make_span(trace=1).trace_id,
        )
