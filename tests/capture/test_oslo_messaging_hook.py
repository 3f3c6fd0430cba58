"""Calls and casts between two ends of oslo.messaging, over its driver for one process.

Run where oslo.messaging is installed, as in the environments of OpenStack's services; `make server`
has the same over RabbitMQ, between processes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind

import otelhook
from otelhook.attributes import OTELHOOK_REDACTED, body_content
from otelhook.capture.clients.oslo_messaging_hook import wrap_send
from tests.capture.conftest import DEADLINE, Recorded

messaging: Any = pytest.importorskip("oslo_messaging")
cfg: Any = pytest.importorskip("oslo_config.cfg")

Instrument = Callable[..., otelhook.Instrumentation]
TOPIC = "conductor"


class Endpoint:
    """What a service offers."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.served = threading.Event()

    def build(self, ctxt: dict[str, Any], **arguments: Any) -> object:
        self.seen.append(ctxt)
        self.served.set()
        return {"host": "compute-1", "names": sorted(arguments)}

    def refuse(self, ctxt: dict[str, Any]) -> None:
        self.seen.append(ctxt)
        message = "password=verysecret99 is too short"
        raise ValueError(message)


@pytest.fixture
def transport() -> Iterator[Any]:
    made = messaging.get_rpc_transport(cfg.CONF, url="fake://")
    yield made
    made.cleanup()


@pytest.fixture
def endpoint(transport: Any) -> Iterator[Endpoint]:
    served = Endpoint()
    target = messaging.Target(topic=TOPIC, server="host-1")
    server = messaging.get_rpc_server(transport, target, [served])
    server.start()
    yield served
    server.stop()
    server.wait()


@pytest.fixture
def client(transport: Any, endpoint: Endpoint) -> Any:
    return messaging.get_rpc_client(transport, messaging.Target(topic=TOPIC), timeout=DEADLINE)


@pytest.fixture
def within(instrument: Instrument) -> Iterator[trace.Span]:
    """Stand in a span, as code does that serves a request."""
    tracer = instrument("nova-api").tracer_provider.get_tracer("test")
    with tracer.start_as_current_span("a request") as span:
        yield span


def told(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def parent_of(span: ReadableSpan) -> int:
    assert span.parent is not None
    return span.parent.span_id


@pytest.mark.usefixtures("within")
def test_a_call_is_a_client_span_and_a_server_span_beneath_it(
    client: Any, recorded: Recorded
) -> None:
    answer = client.call({"request_id": "req-1"}, "build", name="vm-1")

    assert answer == {"host": "compute-1", "names": ["name"]}
    (sent,) = recorded.wait(1, SpanKind.CLIENT)
    (served,) = recorded.wait(1, SpanKind.SERVER)
    assert parent_of(served) == sent.context.span_id
    assert sent.name == "conductor/build"
    assert told(sent)["rpc.system"] == "oslo.messaging"
    assert told(sent)["rpc.method"] == told(served)["rpc.method"] == "build"
    assert told(sent)["messaging.destination.name"] == "conductor"
    assert told(sent)[body_content("request")] == '{"name": "vm-1"}'
    assert told(sent)[body_content("response")] == told(served)[body_content("response")]


@pytest.mark.usefixtures("within")
def test_a_cast_is_a_message_without_an_answer(
    client: Any, endpoint: Endpoint, recorded: Recorded
) -> None:
    client.prepare(server="host-1").cast({}, "build", name="vm-1")

    assert endpoint.served.wait(DEADLINE)
    (sent,) = recorded.wait(1, SpanKind.PRODUCER)
    (received,) = recorded.wait(1, SpanKind.CONSUMER)
    assert parent_of(received) == sent.context.span_id
    assert told(sent)["messaging.destination.name"] == "conductor.host-1"
    assert body_content("response") not in told(received)


def test_what_belongs_to_no_trace_is_not_recorded(
    client: Any, endpoint: Endpoint, instrument: Instrument, recorded: Recorded
) -> None:
    instrument("nova-compute")

    client.call({}, "build")

    assert endpoint.seen == [{}]
    assert recorded.all() == []


@pytest.mark.usefixtures("within")
def test_neither_caller_nor_service_sees_the_trace_in_the_context(
    client: Any, endpoint: Endpoint
) -> None:
    given = {"request_id": "req-1", "auth_token": "abc"}

    client.call(given, "build")

    assert given == {"request_id": "req-1", "auth_token": "abc"}
    assert endpoint.seen == [given]


@pytest.mark.usefixtures("within")
def test_secrets_in_arguments_are_redacted_and_the_context_is_not_recorded(
    client: Any, recorded: Recorded
) -> None:
    client.call({"auth_token": "gAAAAAcontexttoken"}, "build", admin_password="hunter2hunter")

    for span in (*recorded.wait(1, SpanKind.CLIENT), *recorded.wait(1, SpanKind.SERVER)):
        assert "hunter2hunter" not in str(told(span))
        assert "contexttoken" not in str(told(span))
        assert told(span)[OTELHOOK_REDACTED] == ("request.body.admin_password",)


@pytest.mark.usefixtures("within")
def test_what_the_service_raises_reaches_the_caller_and_both_spans_redacted(
    client: Any, recorded: Recorded
) -> None:
    with pytest.raises(ValueError, match="verysecret99"):
        client.call({}, "refuse")

    for span in (*recorded.wait(1, SpanKind.CLIENT), *recorded.wait(1, SpanKind.SERVER)):
        assert told(span)["error.type"] == "ValueError"
        assert "verysecret99" not in f"{span.status.description}{span.events[0].attributes}"


@pytest.mark.usefixtures("within")
def test_what_the_service_does_belongs_to_the_message(client: Any, recorded: Recorded) -> None:
    """Its own calls are beneath it, in whatever pool it makes them."""
    futurist = pytest.importorskip("futurist")
    pool = futurist.ThreadPoolExecutor(1)
    build = Endpoint.build

    def built_elsewhere(self: Endpoint, ctxt: dict[str, Any], **arguments: Any) -> object:
        current = pool.submit(trace.get_current_span).result()
        seen.append(current.get_span_context().span_id)
        return build(self, ctxt, **arguments)

    seen: list[int] = []
    Endpoint.build = built_elsewhere  # type: ignore[method-assign]
    try:
        client.call({}, "build")
    finally:
        Endpoint.build = build  # type: ignore[method-assign]
        pool.shutdown()

    (served,) = recorded.wait(1, SpanKind.SERVER)
    assert seen == [served.context.span_id]


def test_a_failure_of_ours_does_not_reach_the_service(
    monkeypatch: pytest.MonkeyPatch, instrument: Instrument
) -> None:
    monkeypatch.undo()  # the guard is to absorb here
    handle = instrument("nova-api")
    tracer = handle.tracer_provider.get_tracer("test")

    class Odd:
        """No context that a trace could be written into, and no target."""

    with tracer.start_as_current_span("a request"):
        send = wrap_send(lambda *given: given[1:], handle.scope)
        odd = Odd()
        assert send(None, odd, odd, odd, None) == (odd, odd, odd, None)
