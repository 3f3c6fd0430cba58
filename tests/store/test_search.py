"""Searching the store."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.errors import StorageError
from otelhook.model import Resource, Span, SpanId, SpanKind, Status, StatusCode, TraceId
from otelhook.store import MAX_TIME, Query, ServiceCalls, Store
from otelhook.store import search as searching

TIME = st.integers(0, 12)
RANGE = st.tuples(TIME, TIME).map(sorted).map(lambda two: (two[0], two[1])) | st.just((0, MAX_TIME))
SERVICE = st.sampled_from(["", "image", "identity"])
HOST = st.sampled_from(["a", "b"])
NAME = st.sampled_from(["GET", "PUT"])
VALUE = st.sampled_from(["x", "y", True, 3, 1.5, ("x", "z"), b"x"])
ATTRIBUTES: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(["k", "http.status_code"]), VALUE, max_size=2
)


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
                resource=Resource({"service.name": draw(SERVICE), "host.name": draw(HOST)}),
                status=Status(draw(st.sampled_from(StatusCode))),
            )
        )
    return made


QUERY = st.builds(
    Query,
    service=st.none() | SERVICE,
    name=st.just("") | NAME,
    attributes=st.lists(
        st.tuples(
            st.sampled_from(["k", "host.name"]),
            st.sampled_from(["x", "z", "true", "3", "1.5", "a"]),
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


def _fits(query: Query, span: Span, whole: Iterable[Span]) -> bool:
    """Say the same as the search, the slow way."""
    took = max(s.end_time for s in whole) - min(s.start_time for s in whole)
    status = span.attributes.get(
        "http.response.status_code", span.attributes.get("http.status_code")
    )
    number = status if isinstance(status, int) and not isinstance(status, bool) else None
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


def _has(span: Span, key: str, value: str) -> bool:
    held = {**span.resource.attributes, **span.attributes}.get(key)
    items = held if isinstance(held, tuple) else (held,)
    return any(
        ("true" if item is True else str(item)) == value
        for item in items
        if item is not None and not isinstance(item, bytes)
    )


@settings(max_examples=300, deadline=None)
@given(spans(), QUERY, st.sampled_from([0, 100]), st.sampled_from([0, 200]))
def test_a_search_finds_what_fits_whichever_way_it_goes(
    given_spans: list[Span], query: Query, sparse: int, streams: int
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "_SPARSE", sparse)
        patch.setattr(searching, "_STREAMS", streams)
        with Store.open(Path(folder), clock=lambda: 1) as store:
            store.write(given_spans)
            found = store.search(query, 100)
    traces: dict[TraceId, list[Span]] = {}
    for span in given_spans:
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


def test_the_newest_come_first_and_no_more_than_are_asked_for(
    store: Store, make_span: Callable[..., Span]
) -> None:
    store.write([make_span(n, name=f"GET {n % 3}", start_time=n * 10) for n in range(1, 9)])
    for query in (Query(), Query(service="image"), Query(service="image", name="GET 1")):
        found = [int(trace_id, 16) for trace_id in store.search(query, 3).traces]
        assert found == ([8, 7, 6] if not query.name else [7, 4, 1])


def test_what_takes_too_long_ends_with_what_was_found(
    store: Store, make_span: Callable[..., Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write([make_span(n) for n in range(1, 30)])
    monkeypatch.setattr("otelhook.store.store._PROGRESS", 1)
    with store.bounded(0):
        found = store.search(Query(service="image", attributes=(("k", "v"),)), 10)
    assert not found.complete
    with pytest.raises(StorageError, match="not answered within 0 s; ask for less"):
        _all_calls(store)
    assert store.search(Query(service="image"), 100).complete


def _all_calls(store: Store) -> None:
    with store.bounded(0):
        store.calls(0, MAX_TIME)


def test_services_and_their_operations_are_listed_with_kinds(
    store: Store, make_span: Callable[..., Span]
) -> None:
    client = SpanKind.CLIENT
    store.write(
        [
            make_span(1, 1, name="b"),
            make_span(1, 2, name="b", kind=client),
            make_span(1, 3, name="a"),
            make_span(1, 4, name="c", resource=Resource({"service.name": "identity"})),
            make_span(1, 5, name="d", resource=Resource()),
        ]
    )
    assert store.services() == ("", "identity", "image")
    assert store.operations("image") == (
        ("a", SpanKind.SERVER),
        ("b", SpanKind.SERVER),
        ("b", client),
    )
    assert store.operations("") == (("d", SpanKind.SERVER),)
    assert store.operations("nobody") == ()


def test_a_summary_counts_what_is_in_a_trace(
    store: Store, make_span: Callable[..., Span], clock: Callable[[], int]
) -> None:
    other = Resource({"service.name": "identity"})
    store.write(
        [
            make_span(
                1,
                1,
                name="POST",
                start_time=50,
                end_time=90,
                attributes={"http.request.method": "POST", "url.path": "/v2/images"},
            ),
            make_span(
                1,
                2,
                parent_span_id=SpanId(f"{1:016x}"),
                resource=other,
                start_time=60,
                end_time=70,
                attributes={"http.response.status_code": 401},
            ),
            make_span(1, 3, parent_span_id=SpanId("f" * 16), start_time=40, end_time=45),
            make_span(1, 4, resource=other, start_time=99, status=Status(StatusCode.ERROR)),
        ]
    )
    (summary,) = store.summaries([TraceId(f"{1:032x}"), TraceId("e" * 32)])
    assert (summary.start_time, summary.end_time, summary.received) == (40, 114, clock())
    assert (summary.spans, summary.errors, summary.failed, summary.orphans) == (4, 1, 2, 1)
    assert [(c.service, c.spans, c.errors) for c in summary.services] == [
        ("image", 2, 0),
        ("identity", 2, 1),
    ]
    root = summary.root
    assert (root.service, root.name, root.http_method, root.path) == (
        "image",
        "POST",
        "POST",
        "/v2/images",
    )


def test_calls_are_counted_between_services(store: Store, make_span: Callable[..., Span]) -> None:
    other = Resource({"service.name": "identity"})
    for n in (1, 2):
        store.write(
            [
                make_span(n, 1),
                make_span(n, 2, parent_span_id=SpanId(f"{1:016x}")),
                make_span(n, 3, parent_span_id=SpanId(f"{2:016x}"), resource=other),
            ]
        )
    assert store.calls(0, MAX_TIME) == (
        ServiceCalls("image", "identity", 2),
        ServiceCalls("image", "image", 2),
    )
    assert store.calls(150, MAX_TIME)[0].count == 1


def test_the_version_changes_with_every_span_and_with_retention(
    store: Store, make_span: Callable[..., Span], clock: Callable[[], int]
) -> None:
    versions = [store.version()]
    store.write([make_span(1, 1)])
    versions.append(store.version())
    assert store.version() == versions[-1]
    store.write([make_span(1, 2)])
    versions.append(store.version())
    clock.now += 5  # type: ignore[attr-defined]
    store.write([make_span(1, 2, end_time=10**6)])  # replaces the last row
    versions.append(store.version())
    store.retain(max_age=0.0, max_bytes=1, now=10**12)
    versions.append(store.version())
    assert all(before != after for before, after in itertools.pairwise(versions))
