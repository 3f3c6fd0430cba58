"""Calls over ``grpc.aio``, client and server: what each end records, and that nothing changes.

Each conversation is held bare first, and then with us: what client and service saw is the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from otelhook.redaction import MARKER

grpc = pytest.importorskip("grpc")
from google.protobuf.struct_pb2 import Struct  # noqa: E402 - where grpcio is installed
from grpc import aio  # noqa: E402

from tests.capture.garbage import left_by  # noqa: E402
from tests.capture.grpc_aio_shop import (  # noqa: E402
    Hold,
    Shop,
    assert_streams_are_recorded,
    holding,
    lines,
    talk_in_streams,
)
from tests.capture.grpc_orders import SERVICE, fields, struct  # noqa: E402

_CARRIED = {"traceparent", "tracestate"}


class Orders:
    """A service with a method of each kind, and what it saw."""

    def __init__(self) -> None:
        self.seen: list[object] = []
        self.spans: set[int] = set()
        self.begun, self.cancelled = asyncio.Event(), asyncio.Event()

    def note(self, context: Any) -> None:
        self.spans.add(trace.get_current_span().get_span_context().span_id)
        metadata = {str(name): value for name, value in context.invocation_metadata()}
        self.seen.append(sorted((n, v) for n, v in metadata.items() if n in {"x-mine", "x-bin"}))
        self.seen.append(type(context).__name__)

    async def place(self, request: Struct, context: Any) -> Struct:
        self.note(context)
        if request["item"] == "none":
            await context.abort(grpc.StatusCode.NOT_FOUND, "there is no such item")
        if request["item"] == "set":
            context.set_code(grpc.StatusCode.RESOURCE_EXHAUSTED)
            context.set_details("too much")
            return Struct()
        if request["item"] == "bug":
            message = "a defect"
            raise KeyError(message)
        self.begun.set()
        if request["item"] == "forever":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.seen.append("cancelled")
                self.cancelled.set()
                raise
        await context.send_initial_metadata((("x-first", "1"),))
        context.set_trailing_metadata((("x-served-by", "one"),))
        return struct(id=7, item=request["item"], password="hunter2")

    async def watch(self, request: Struct, context: Any) -> AsyncIterator[Struct]:
        self.note(context)
        for number in range(int(str(request["count"]).partition(".")[0])):
            self.spans.add(trace.get_current_span().get_span_context().span_id)
            yield struct(n=number)
        if request["count"] == 2:
            await context.abort(grpc.StatusCode.OUT_OF_RANGE, "no more than two")

    async def sum(self, requests: AsyncIterator[Struct], context: Any) -> Struct:
        self.note(context)
        return struct(total=sum([request["n"] async for request in requests]))

    async def echo(self, requests: AsyncIterator[Struct], context: Any) -> AsyncIterator[Struct]:
        self.note(context)
        async for request in requests:
            yield request

    async def read(self, _: Any, context: Any) -> None:
        """Read and write by the context, as the older style has it."""
        self.note(context)
        while (request := await context.read()) is not aio.EOF:
            await context.write(struct(twice=2 * request["n"]))


@pytest.fixture
def hold(instrument: Any, monkeypatch: pytest.MonkeyPatch, recorded: Any) -> Hold:
    return holding(Orders, instrument, monkeypatch, recorded)


def content(span: Any, side: str) -> Any:
    return span.attributes[f"http.{side}.body.content"]


def told(metadata: Any) -> list[tuple[str, str]]:
    return sorted((str(n), str(v)) for n, v in metadata or () if n not in _CARRIED)


def test_both_ends_of_a_call_have_its_messages_and_metadata(hold: Hold) -> None:
    async def talk(shop: Shop) -> object:
        call = shop.stub("unary_unary", "place")(
            struct(item="disk", password="opensesame"),
            metadata=(("authorization", "Bearer abcdefghijkl"), ("x-mine", "1")),
            timeout=20,
        )
        answer = fields(await call)
        ends = (await call.initial_metadata(), await call.trailing_metadata())
        return answer, [told(one) for one in ends], await call.code(), type(call).__name__

    held = hold(talk)
    client, server = held.one(SpanKind.CLIENT), held.one(SpanKind.SERVER)
    assert server.parent.span_id == client.context.span_id
    assert held.shop.orders.spans == {server.context.span_id}
    for span in (client, server):
        found = dict(span.attributes)
        assert span.name == f"{SERVICE}/place"
        assert (found["rpc.service"], found["rpc.method"]) == (SERVICE, "place")
        assert found["rpc.grpc.status_code"] == 0
        assert span.status.status_code is StatusCode.UNSET
        assert json.loads(content(span, "request")) == {"item": "disk", "password": MARKER}
        assert json.loads(content(span, "response"))["password"] == MARKER
        assert found["http.request.header.x-mine"] == ("1",)
        assert "abcdefghijkl" not in str(found)
        assert found["http.response.header.x-served-by"] == ("one",)
    assert client.attributes["http.response.header.x-first"] == ("1",)
    assert client.attributes["server.address"] == "127.0.0.1"
    assert client.attributes["server.port"] == held.shop.port


def test_the_three_streams_are_recorded_line_by_line(hold: Hold) -> None:
    assert_streams_are_recorded(hold(talk_in_streams), SpanKind.CLIENT, SpanKind.SERVER)


def test_messages_that_are_read_and_written_one_by_one_are_recorded(hold: Hold) -> None:
    async def talk(shop: Shop) -> object:
        call = shop.stub("stream_stream", "read")()
        answers: list[object] = []
        for number in (1, 2):
            await call.write(struct(n=number))
            answers.append(fields(await call.read()))
        await call.done_writing()
        return answers, await call.read() is aio.EOF, await call.code()

    held = hold(talk)
    for kind in (SpanKind.CLIENT, SpanKind.SERVER):
        assert lines(held.one(kind), "request") == [{"n": 1}, {"n": 2}]
        assert lines(held.one(kind), "response") == [{"twice": 2}, {"twice": 4}]


@pytest.mark.parametrize(
    ("item", "code", "details"),
    [("none", 5, "there is no such item"), ("set", 8, "too much"), ("bug", 2, None)],
)
def test_a_refusal_is_raised_as_before_and_both_ends_have_its_code(
    hold: Hold, item: str, code: int, details: str | None
) -> None:
    async def talk(shop: Shop) -> object:
        with pytest.raises(aio.AioRpcError) as raised:
            await shop.stub("unary_unary", "place")(struct(item=item))
        return raised.value.code(), raised.value.details()

    held = hold(talk)
    client, server = held.one(SpanKind.CLIENT), held.one(SpanKind.SERVER)
    assert client.attributes["rpc.grpc.status_code"] == code
    assert server.attributes["rpc.grpc.status_code"] == code
    assert client.status.status_code is StatusCode.ERROR
    assert details in {None, client.status.description}
    events = [event.attributes["exception.type"] for event in server.events]
    assert events == (["KeyError"] if item == "bug" else [])


def test_a_stream_that_is_aborted_has_what_came_before_and_the_code(hold: Hold) -> None:
    async def talk(shop: Shop) -> object:
        call = shop.stub("unary_stream", "watch")(struct(count=2))
        got: list[object] = []
        try:
            async for message in call:
                got.append(fields(message))  # noqa: PERF401 - what came before the end counts
        except aio.AioRpcError as error:
            return got, error.code(), error.details()
        return got

    held = hold(talk)
    for kind in (SpanKind.CLIENT, SpanKind.SERVER):
        assert held.one(kind).attributes["rpc.grpc.status_code"] == 11
        assert lines(held.one(kind), "response") == [{"n": 0}, {"n": 1}]


def test_a_call_that_is_cancelled_ends_both_spans(hold: Hold) -> None:
    async def talk(shop: Shop) -> object:
        call = shop.stub("unary_unary", "place")(struct(item="forever"))
        await shop.orders.begun.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await shop.orders.cancelled.wait()
        return await call.code(), call.cancelled()

    held = hold(talk)
    for kind in (SpanKind.CLIENT, SpanKind.SERVER):
        assert held.one(kind).attributes["rpc.grpc.status_code"] == 1
        assert json.loads(content(held.one(kind), "request")) == {"item": "forever"}


def test_a_deadline_is_the_callers_failure_and_ends_the_service(hold: Hold) -> None:
    async def talk(shop: Shop) -> object:
        with pytest.raises(aio.AioRpcError) as raised:
            await shop.stub("unary_unary", "place")(struct(item="forever"), timeout=0.5)
        await shop.orders.cancelled.wait()
        return raised.value.code()

    held = hold(talk)
    assert held.one(SpanKind.CLIENT).attributes["rpc.grpc.status_code"] == 4
    assert held.one(SpanKind.SERVER).attributes["rpc.grpc.status_code"] == 1


def test_a_task_that_is_cancelled_while_it_waits_sees_what_it_saw(hold: Hold) -> None:
    async def talk(shop: Shop) -> object:
        async def asking() -> None:
            await shop.stub("unary_unary", "place")(struct(item="forever"))

        task = asyncio.create_task(asking())
        await shop.orders.begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await shop.orders.cancelled.wait()
        return task.cancelled()

    assert hold(talk).one(SpanKind.CLIENT).attributes["rpc.grpc.status_code"] == 1


def test_a_stream_that_the_caller_gives_up_ends_both_spans(hold: Hold) -> None:
    async def talk(shop: Shop) -> object:
        call = shop.stub("unary_stream", "watch")(struct(count=100_000))
        first = fields(await call.read())
        call.cancel()
        return first, await call.code()

    held = hold(talk)
    assert held.one(SpanKind.CLIENT).attributes["rpc.grpc.status_code"] == 1
    assert held.one(SpanKind.SERVER).attributes["rpc.grpc.status_code"] == 1


def test_an_unreachable_server_is_a_failure_and_raised_as_before(
    instrument: Any, recorded: Any
) -> None:
    instrument("caller")

    async def talk() -> object:
        channel: Any = aio.insecure_channel("127.0.0.1:1")
        async with channel:
            with pytest.raises(aio.AioRpcError) as raised:
                await channel.unary_unary("/a.B/C")(b"\x00raw", timeout=10)
            return raised.value.code()

    assert asyncio.run(talk()) is grpc.StatusCode.UNAVAILABLE
    (span,) = recorded.all()
    assert span.attributes["rpc.grpc.status_code"] == 14
    assert json.loads(content(span, "request")) == {"base64": "AHJhdw=="}


def test_interceptors_see_the_programs_metadata_and_each_attempt_is_a_span(hold: Hold) -> None:
    seen: list[object] = []

    class Retrying(aio.UnaryUnaryClientInterceptor):
        async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
            seen.append(sorted(str(name) for name, _ in details.metadata))
            call = await continuation(details, request)
            if await call.code() is not grpc.StatusCode.OK:
                call = await continuation(details, struct(item="disk"))
            return call

    async def talk(shop: Shop) -> object:
        seen.clear()
        stub = shop.stub("unary_unary", "place")
        answer = await stub(struct(item="none"), metadata=(("x-mine", "1"),))
        return fields(answer), list(seen)

    held = hold(talk, lambda: [Retrying()])
    codes = [s.attributes["rpc.grpc.status_code"] for s in held.spans if s.kind is SpanKind.CLIENT]
    assert sorted(codes) == [0, 5]
    assert sum(span.kind is SpanKind.SERVER for span in held.spans) == 2
    assert seen == [["x-mine"]]


def test_what_spans_leave_by_is_not_recorded(instrument: Any, recorded: Any) -> None:
    instrument("caller")

    async def talk() -> None:
        channel: Any = aio.insecure_channel("127.0.0.1:1")
        async with channel:
            call = channel.unary_unary(
                "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
            )
            with pytest.raises(aio.AioRpcError):
                await call(b"", timeout=10)

    asyncio.run(talk())
    assert recorded.all() == []


def test_calls_leave_nothing_for_the_garbage_collector(hold: Hold) -> None:
    async def talk(shop: Shop) -> object:
        place = shop.stub("unary_unary", "place")
        said = [fields(await place(struct(item="disk")))]
        with contextlib.suppress(aio.AioRpcError):  # what `abort` raises, grpcio itself keeps
            await place(struct(item="bug"))
        watch = shop.stub("unary_stream", "watch")
        said += [fields(message) async for message in watch(struct(count=3))]
        return said

    assert left_by(lambda: hold(talk)) == []
