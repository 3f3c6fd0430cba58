"""Whatever bytes come: an answer, never a crash, a hang or memory without bound.

The application itself is asked, without a socket, so that many inputs fit into a second; what the
writer is handed goes into a real store.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import os
import random
import resource
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Message

from otelhook.collector.access import Access
from otelhook.collector.app import Surroundings, make_app
from otelhook.collector.counters import Counters
from otelhook.collector.intake import Chores, Intake
from otelhook.collector.receivers.decoding import decode, inflate
from otelhook.collector.receivers.receiving import ReceiverLimits, Receiving
from otelhook.collector.receivers.refusals import RefusalError
from otelhook.model import Event, Link, Resource, Span, SpanId, SpanKind, TraceId
from otelhook.otlp import encode_traces, traces_object
from otelhook.store import Store

QUICK = 150
MANY = int(os.environ.get("OTELHOOK_FUZZ", "1000000"))
AT_ONCE = 5_000
"""Inputs between two looks at the memory."""
LIMIT = 64 * 1024
_numbers = itertools.count(1)


class Application:
    """The application with a store of its own, asked as a server would."""

    def __init__(self, folder: Path) -> None:
        counters = Counters()

        self.open_store = partial(Store.open, folder, clock=time.time_ns)
        self.intake = Intake(self.open_store, counters, Chores())
        self.receiving = Receiving(
            self.intake, counters, ReceiverLimits(request=LIMIT, memory=4 * LIMIT)
        )
        self._app = make_app(Surroundings(self.receiving, self.open_store, Access()))
        self.intake.start()
        self._loop = asyncio.new_event_loop()

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        return self._loop.run_until_complete(asyncio.wait_for(self._post(body, headers), 60))

    async def _post(self, body: bytes, headers: dict[str, str]) -> int:
        sent: list[Message] = []
        parts = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return parts.pop() if parts else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        raw = [(b"host", b"localhost")]
        raw += [
            (n.encode("latin-1", "replace"), v.encode("latin-1", "replace"))
            for n, v in headers.items()
        ]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/traces",
            "raw_path": b"/v1/traces",
            "query_string": b"",
            "headers": raw,
            "scheme": "http",
            "server": ("127.0.0.1", 4318),
            "client": ("127.0.0.1", 1),
            "http_version": "1.1",
        }
        await self._app(scope, receive, send)
        return int(sent[0]["status"])

    def end(self) -> None:
        self.intake.stop()
        self._loop.close()


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    made = Application(tmp_path)
    yield made
    made.end()


times = st.sampled_from([0, 1, 10**18, 2**63 - 1, 2**63, 2**64 - 1, 9_214_646_400 * 10**9])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
attributes = st.dictionaries(
    st.sampled_from(
        [
            "http.request.method",
            "http.response.status_code",
            "http.request.body.content",
            "http.response.body.content",
            "service.name",
            "url.path",
        ]
    )
    | st.text(max_size=20),
    values,
    max_size=6,
)
trace_ids = st.integers(1, 2**128 - 1).map(lambda number: TraceId(f"{number:032x}"))
span_ids = st.integers(1, 2**64 - 1).map(lambda number: SpanId(f"{number:016x}"))
spans = st.builds(
    Span,
    trace_ids,
    span_ids,
    st.none() | span_ids,
    st.text(max_size=30),
    st.sampled_from(SpanKind),
    times,
    times,
    attributes,
    st.builds(Resource, attributes),
    events=st.lists(st.builds(Event, times, st.text(max_size=5), attributes), max_size=2).map(
        tuple
    ),
    links=st.lists(st.builds(Link, trace_ids, span_ids, attributes), max_size=2).map(tuple),
    flags=st.integers(0, 2**32 - 1),
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A message of spans with some of its bytes taken out, put in, or changed."""
    data = bytearray(encode_traces(draw(st.lists(spans, max_size=3))))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(data)))
        kind = draw(st.integers(0, 2))
        if kind == 0:
            del data[place : place + draw(st.integers(1, 20))]
        elif kind == 1:
            data[place:place] = draw(st.binary(max_size=10))
        elif place < len(data):
            data[place] ^= draw(st.integers(1, 255))
    return bytes(data)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("resourceSpans", "scopeSpans", "spans", "resource", "scope", "attributes"),
                    *("traceId", "spanId", "name", "kind", "startTimeUnixNano", "key", "value"),
                    *(
                        "stringValue",
                        "intValue",
                        "bytesValue",
                        "arrayValue",
                        "kvlistValue",
                        "values",
                    ),
                    *("events", "links", "status", "code", "flags"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)
bodies = (
    damaged()
    | st.binary(max_size=200)
    | json_like.map(lambda content: json.dumps({"resourceSpans": content}).encode())
    | st.integers(1, 20_000).map(lambda depth: b'{"resourceSpans":' + b"[" * depth)
    | st.integers(0, 10**6).map(lambda size: gzip.compress(bytes(size), 1))
)
headers = st.fixed_dictionaries(
    {
        "content-type": st.sampled_from(["application/x-protobuf", "application/json"])
        | st.text(max_size=20)
    },
    optional={
        "content-encoding": st.sampled_from(["gzip", "identity", "GZIP", "br"])
        | st.text(max_size=9),
        "content-length": st.text(max_size=25) | st.integers(0, 10**6).map(str),
        "origin": st.text(max_size=20),
        "authorization": st.text(max_size=20),
    },
)


def _answers_to_anything(application: Application, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(bodies, headers)
    def check(body: bytes, given_headers: dict[str, str]) -> None:
        status = application.post(body, given_headers)
        assert status in {200, 400, 403, 413, 415}

    check()
    assert application.receiving.budget.taken == 0


def _memory() -> int:
    """Return the bytes that this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_any_request_is_answered(application: Application) -> None:
    before = _memory()
    _answers_to_anything(application, QUICK)
    assert _memory() - before < 400e6


@pytest.mark.long
@pytest.mark.timeout(0)
def test_many_requests_are_answered(application: Application) -> None:
    _answers_to_anything(application, MANY // 50)


def _mutated(chance: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Return the bytes with some of them taken out, put in, changed, doubled or from another."""
    changed = bytearray(data)
    for _ in range(chance.randrange(5)):
        place, size = chance.randrange(len(changed) + 1), chance.randrange(1, 24)
        kind = chance.randrange(5)
        if kind == 0:
            del changed[place : place + size]
        elif kind == 1:
            changed[place:place] = chance.randbytes(size)
        elif kind == 2 and place < len(changed):
            changed[place] ^= 1 << chance.randrange(8)
        elif kind == 3:
            changed[place:place] = changed[place : place + size]
        else:
            other = chance.choice(others)
            changed[place : place + size] = other[place : place + 2 * size]
    return bytes(changed)


def _seeds() -> list[bytes]:
    """Return whole requests of each form, large and small."""
    spans = [
        Span(
            TraceId(f"{number:032x}"),
            SpanId(f"{number:016x}"),
            None,
            "GET",
            SpanKind.SERVER,
            number,
            2**63 + number,
            attributes={"http.request.body.content": "x" * number, "list": (1, "a", b"b", None)},
            resource=Resource({"service.name": "image", "nested": {"a": (True, 0.5)}}),
            events=(Event(1, "retry", {"k": 1}),),
            links=(Link(TraceId("1" * 32), SpanId("2" * 16)),),
        )
        for number in (1, 10, 300)
    ]
    whole = [encode_traces(spans[:count]) for count in (1, 2, 3)]
    return [*whole, *(json.dumps(traces_object(spans[:count])).encode() for count in (1, 3))]


@pytest.mark.long
@pytest.mark.timeout(0)
def test_a_million_mutated_requests_are_taken_or_refused(application: Application) -> None:
    """What comes after a body was read: unpacking, decoding, the writer, the store."""
    chance = random.Random(20_261_126)
    seeds = _seeds()
    types = ["application/x-protobuf", "application/json"]
    receiving, before, waiting = application.receiving, 0, deque[Future[None]]()
    taken = 0
    for number in range(MANY):
        seed = chance.choice(seeds)
        body = _mutated(chance, seed, seeds)
        with receiving.budget.share() as share, suppress(RefusalError):
            if chance.random() < 0.1:
                packed = _mutated(chance, gzip.compress(body, 1), [body])
                body = inflate(packed, LIMIT, share)
            content = decode(body, types[seed.startswith(b"{")], share)
            waiting.append(receiving.submit("fuzz", content))
            taken += 1
        while len(waiting) > 200:
            waiting.popleft().result(60)
        if number == AT_ONCE:
            before = _memory()
        elif before and number % AT_ONCE == 0:
            grown = _memory() - before
            assert grown < 200e6, f"{grown / 1e6:.0f} MB more after {number} inputs"
    assert 0.05 * MANY < taken < 0.95 * MANY
    assert receiving.budget.taken == 0
    with application.open_store() as store:
        assert store.newest(1)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(spans, min_size=1, max_size=3, unique_by=lambda span: span.span_id))
def test_any_span_that_is_taken_is_read_back(application: Application, sent: Any) -> None:
    # Of a span that is there already the later end wins: each example has ids of its own.
    sent = [replace(span, trace_id=TraceId(f"{next(_numbers):032x}")) for span in sent]
    assert application.post(encode_traces(sent), {"content-type": "application/x-protobuf"}) == 200
    with application.open_store() as store:
        for span in sent:
            kept = {one.span_id: one for one in store.trace(span.trace_id)}[span.span_id]
            assert kept.name == span.name
            assert set(kept.attributes) == set(span.attributes)
