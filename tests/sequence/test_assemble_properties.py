"""What holds for every forest of spans, and for junk that is no forest at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.model import (
    Event,
    Link,
    Resource,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)
from otelhook.sequence import StepKind, assemble

KEYS = [
    "http.request.method",
    "http.method",
    "http.response.status_code",
    "http.status_code",
    "url.full",
    "url.path",
    "http.target",
    "http.route",
    "http.request.resend_count",
    "server.address",
    "server.port",
    "user_agent.original",
    "error.type",
    "http.request.header.x-a",
    "http.response.headers",
    "http.request.body.content",
    "http.response.body.size",
    "otelhook.redacted",
    "process.command_args",
]
WORDS = [
    "GET",
    "POST",
    "/v3/auth/tokens",
    "/a/{b}",
    "200",
    "http://h:1/x?y",
    "[",
    '["a"]',
    "",
    "\x00é",
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([200, 302, 500, 0, -1, 10**30]),
    st.floats(allow_nan=False),
    st.sampled_from(WORDS),
    st.text(max_size=5),
    st.binary(max_size=4),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=2),
    ),
    max_leaves=4,
)
attributes = st.dictionaries(st.sampled_from(KEYS), values, max_size=6)
ids = st.integers(1, 9).map(lambda n: SpanId(f"{n:016x}"))
traces = st.sampled_from([TraceId("1" * 32), TraceId("2" * 32)])
times = st.integers(-5, 30)
resources = st.sampled_from(
    [Resource({"service.name": name, "host.name": host}) for name in "abc" for host in "xy"]
    + [Resource(), Resource({"service.name": 7, "host.id": ("z",)})]
)
junk = st.builds(
    Span,
    trace_id=traces,
    span_id=ids,
    parent_span_id=st.none() | ids,
    name=st.sampled_from(["", "http.response.body", "GET /x"]),
    kind=st.sampled_from(SpanKind),
    start_time=times,
    end_time=times,
    attributes=attributes,
    resource=resources,
    status=st.builds(Status, st.sampled_from(StatusCode), st.sampled_from(["", "timed out"])),
    events=st.lists(
        st.builds(Event, times, st.sampled_from(["exception", "x"]), attributes), max_size=1
    ).map(tuple),
    links=st.lists(st.builds(Link, traces, ids), max_size=2).map(tuple),
)


def check(document: Any) -> None:
    """Hold a document to what renderers rely on."""
    steps = document.steps
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert [step.time for step in steps] == sorted(step.time for step in steps)
    requested: set[int] = set()
    kinds: Counter[tuple[int, StepKind]] = Counter()
    names = [participant.name for participant in document.participants]
    assert len(names) == len(set(names))
    for step in steps:
        kinds[step.exchange, step.kind] += 1
        if step.kind is StepKind.REQUEST:
            assert step.exchange == len(requested) + 1
            requested.add(step.exchange)
        assert step.exchange in requested
        assert {step.source, step.target} <= set(names)
        assert (step.duration is None) is (step.kind is StepKind.REQUEST)
        assert step.duration is None or step.duration >= 0
        assert step.depth >= 0
        assert step.title or not step.operation
    assert set(kinds.values()) <= {1}
    for group in document.groups:
        assert 1 <= group.first < group.last <= len(steps)
    for redaction in document.redactions:
        assert 1 <= redaction.step <= len(steps)


@settings(max_examples=150, deadline=None)
@given(spans=st.lists(junk, max_size=12), data=st.data())
def test_any_spans_in_any_order_make_the_same_well_formed_document(spans: Any, data: Any) -> None:
    document = assemble(spans)
    check(document)
    assert assemble(data.draw(st.permutations(spans))) == document
    assert assemble([*spans, *spans]) == document


@st.composite
def forests(draw: Any) -> Any:
    """Draw a complete forest of calls: (spans without skew, causal pairs).

    A server makes its calls one after the other or all at once; hosts, times and depths vary.
    Events are (path, kind); a pair is an event and one that it caused, as the true clock and the
    structure have it.
    """
    spans: list[Span] = []
    pairs: list[tuple[tuple[str, StepKind], tuple[str, StepKind]]] = []
    request, response = StepKind.REQUEST, StepKind.RESPONSE

    def span(kind: SpanKind, host: Any, parent: Any, start: Any, path: str) -> Any:
        made = Span(
            TraceId("1" * 32),
            SpanId(f"{len(spans) + 1:016x}"),
            parent,
            "GET",
            kind,
            start,
            start,
            {"http.request.method": "GET", "url.path": path, "http.response.status_code": 200},
            Resource({"service.name": f"s{host}", "host.name": f"h{host}"}),
        )
        spans.append(made)
        return made

    def call(start: Any, host: Any, parent: Any, depth: Any) -> Any:
        """Record a call that begins at ``start``; return its end and its path."""
        path = f"/{len(spans)}"
        client_at = len(spans)
        client = span(SpanKind.CLIENT, host, parent, start, path)
        callee = draw(st.integers(0, 3).filter(lambda other: other != host))
        server_start = start + draw(st.integers(0, 3))
        server_at = len(spans)
        server = span(SpanKind.SERVER, callee, client.span_id, server_start, path)
        ended = serve(server_start, callee, server.span_id, depth + 1, path)
        client_end = ended + draw(st.integers(0, 3))
        spans[server_at] = replace(server, end_time=ended)
        spans[client_at] = replace(client, end_time=client_end)
        return client_end, path

    def serve(start: Any, host: Any, parent: Any, depth: Any, path: str) -> Any:
        now, before = start, None
        at_once = draw(st.booleans())
        latest = start
        for _ in range(draw(st.integers(0, 2)) if depth < 4 else 0):
            ended, inner = call(now, host, parent, depth)
            pairs.append(((path, request), (inner, request)))
            pairs.append(((inner, response), (path, response)))
            if before is not None and not at_once:
                pairs.append(((before, response), (inner, request)))
            before, latest = inner, max(latest, ended)
            now = now if at_once else ended + draw(st.integers(1, 2))
        return latest + draw(st.integers(1, 3))

    for _ in range(draw(st.integers(1, 2))):
        call(draw(st.integers(0, 10)), 0, None, 0)
    return spans, pairs


@settings(max_examples=100, deadline=None)
@given(
    forest=forests(),
    skews=st.lists(st.integers(-(10**12), 10**12), min_size=4, max_size=4),
    data=st.data(),
)
def test_under_any_constant_skew_a_complete_trace_keeps_every_causal_pair(
    forest: Any, skews: Any, data: Any
) -> None:
    spans, pairs = forest
    shifted = [
        replace(span, start_time=span.start_time + skew, end_time=span.end_time + skew)
        for span in spans
        for skew in [skews[int(str(span.resource.attributes["host.name"])[1:])]]
    ]
    document = assemble(data.draw(st.permutations(shifted)))
    check(document)
    assert len(document.steps) == len(spans)
    place = {(step.path, step.kind): step.number for step in document.steps}
    for earlier, later in pairs:
        assert place[earlier] < place[later]
