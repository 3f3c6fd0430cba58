"""Spans with fixed ids and times, as instrumented services would have recorded them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import pytest

from otelhook.model import (
    AttributeValue,
    Event,
    Link,
    Resource,
    Span,
    SpanId,
    SpanKind,
    Status,
    TraceId,
)

MS = 1_000_000
START = 1_700_000_000_000 * MS
TRACE = TraceId("0af7651916cd43dd8448eb211c80319c")
IMAGE = "a42bfade-78ec-4c95-b7b4-272ba265072c"
ACCOUNT = "AUTH_7c4cda7e4807414bbdfcb22b535a9802"


@dataclass
class Open:
    """A span that is still being recorded; an exchange has two of these."""

    span_id: SpanId
    service: str
    start: int


@dataclass
class Recorder:
    """Records calls one after the other; each reading of the clock is a millisecond later.

    ``skew`` is by service, in nanoseconds, added to what its spans say.
    """

    skew: Mapping[str, int] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    trace_id: TraceId = TRACE
    spans: list[Span] = field(default_factory=list)
    now: int = START
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    def tick(self, ms: int = 1) -> int:
        self.now += ms * MS
        return self.now

    def new_id(self) -> SpanId:
        return SpanId(f"{next(self.ids):016x}")

    def resource(self, service: str) -> Resource:
        host = self.hosts.get(service, f"{service}-host")
        return Resource({"service.name": service, "host.name": host})

    def span(  # noqa: PLR0913 - a span has this many parts
        self,
        kind: SpanKind,
        service: str,
        start: int,
        end: int,
        attributes: Mapping[str, AttributeValue] | None = None,
        *,
        span_id: SpanId | None = None,
        parent: SpanId | None = None,
        name: str = "",
        events: Sequence[Event] = (),
        links: Sequence[Link] = (),
        status: Status | None = None,
    ) -> Span:
        """Record one span as it is given; times are those of a true clock."""
        attributes = attributes or {}
        skew = self.skew.get(service, 0)
        span = Span(
            trace_id=self.trace_id,
            span_id=span_id or self.new_id(),
            parent_span_id=parent,
            name=name or str(attributes.get("http.request.method", "work")),
            kind=kind,
            start_time=start + skew,
            end_time=end + skew,
            attributes=attributes,
            resource=self.resource(service),
            events=tuple(events),
            links=tuple(links),
            status=status or Status(),
        )
        self.spans.append(span)
        return span

    @contextmanager
    def call(  # noqa: PLR0913 - a call has this many parts
        self,
        source: str,
        target: str,
        what: str,
        status: int | None = 200,
        *,
        parent: SpanId | None = None,
        client: Mapping[str, AttributeValue] | None = None,
        server: Mapping[str, AttributeValue] | None = None,
        record: str = "both",
    ) -> Iterator[SpanId]:
        """Record ``what`` (``GET /path?query``) around the block, which gets the server's id."""
        method, _, url = what.partition(" ")
        path, _, query = url.partition("?")
        port = 1000 + sum(target.encode())
        client_id, server_id = self.new_id(), self.new_id()
        client_start = self.tick()
        server_start = self.tick()
        yield server_id
        server_end = self.tick()
        client_end = self.tick()
        outcome: dict[str, AttributeValue] = {}
        if status is not None:
            outcome["http.response.status_code"] = status
        if record in {"both", "server"}:
            self.span(
                SpanKind.SERVER,
                target,
                server_start,
                server_end,
                {
                    "http.request.method": method,
                    "url.path": path,
                    "url.query": query,
                    **outcome,
                    **(server or {}),
                },
                span_id=server_id,
                parent=client_id,
            )
        if record in {"both", "client"}:
            self.span(
                SpanKind.CLIENT,
                source,
                client_start,
                client_end,
                {
                    "http.request.method": method,
                    "url.full": f"http://{target}.test:{port}{url}",
                    "server.address": f"{target}.test",
                    "server.port": port,
                    **outcome,
                    **(client or {}),
                },
                span_id=client_id,
                parent=parent,
            )


def image_create(recorder: Recorder) -> list[Span]:
    """Record ``openstack image create`` as the seed's page has it: 22 messages."""
    root = recorder.new_id()
    began = recorder.tick()
    r = recorder
    discovery = ("GET /identity/", 300)
    sign_in = ("POST /identity/v3/auth/tokens", 201)
    check = ("GET /identity/v3/auth/tokens", 200)

    def ask(source: str, what: tuple[str, int], parent: SpanId) -> None:
        with r.call(source, "keystone", *what, parent=parent):
            pass

    ask("openstack", discovery, root)
    ask("openstack", sign_in, root)
    with r.call("openstack", "glance-api", "POST /v2/images", 201, parent=root) as image:
        ask("glance-api", discovery, image)
        ask("glance-api", sign_in, image)
        ask("glance-api", check, image)
    upload = f"PUT /v2/images/{IMAGE}/file"
    with r.call("openstack", "glance-api", upload, 204, parent=root) as image:
        ask("glance-api", sign_in, image)
        swift = "swift-proxy-server"
        head = f"HEAD /v1/{ACCOUNT}/glance?format=json"
        with r.call("glance-api", swift, head, 204, parent=image) as proxy:
            ask(swift, ("GET /identity/v3/auth/tokens?nocatalog", 200), proxy)
        with r.call("glance-api", swift, f"PUT /v1/{ACCOUNT}/glance/{IMAGE}", 201, parent=image):
            pass
    recorder.span(
        SpanKind.INTERNAL,
        "openstack",
        began,
        recorder.tick(),
        {"process.command_args": ("openstack", "image", "create", "my image")},
        span_id=root,
        name="openstack",
    )
    return recorder.spans


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def recorder_with() -> type[Recorder]:
    """Make a recorder with skews or hosts of its own."""
    return Recorder


@pytest.fixture
def image_create_spans() -> list[Span]:
    return image_create(Recorder())


@pytest.fixture
def record_image_create() -> Callable[[Recorder], list[Span]]:
    """Record the 22 messages with the recorder given."""
    return image_create
