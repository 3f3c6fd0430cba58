"""The ASGI middleware, in process: what server and application see, what is recorded."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import gc
import inspect
import os
import pickle
from typing import Any

import pytest
from opentelemetry import context as context_api
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode

import otelhook
from otelhook.capture.guard import Guard
from otelhook.redaction import MARKER

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def provider(recorded):
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(recorded.exporter))
    return provider


@pytest.fixture
def wrap(provider):
    def middleware(app, **settings):
        return otelhook.ASGIMiddleware(app, service="app", tracer_provider=provider, **settings)

    return middleware


def make_scope(method="GET", path="/", headers=(), **more: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"shop.example:8080"), *headers],
        "client": ("192.0.2.7", 41000),
        "server": ("127.0.0.1", 8000),
        **more,
    }


class Server:
    """A server without a socket: gives these messages, and keeps what it is sent."""

    def __init__(self, *messages: Any) -> None:
        self.messages = list(messages)
        self.sent: list[Any] = []
        self.seen_contexts: list[object] = []

    async def receive(self) -> Any:
        self.seen_contexts.append(context_api.get_current())
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)

    async def send(self, message: Any) -> None:
        self.seen_contexts.append(context_api.get_current())
        self.sent.append(message)

    def run(self, app: Any, scope: Any) -> None:
        asyncio.run(app(scope, self.receive, self.send))


def request(body=b"", *, more=False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def start(status=200, headers=((b"content-type", b"text/plain"),), **more) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers), **more}


def body(data=b"", *, more=False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def echo(scope, receive, send):
    read = b""
    while True:
        message = await receive()
        read += message.get("body", b"")
        if not message.get("more_body"):
            break
    await send(start(201, [(b"content-type", b"application/json"), (b"x-own", b"1")]))
    await send(body(read))


def test_headers_and_both_bodies_are_recorded_with_their_secrets_hidden(wrap, recorded):
    sent = b'{"name": "ada", "password": "hunter2"}'
    lines = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(sent))]
    server = Server(request(sent[:9], more=True), request(sent[9:]))
    server.run(
        wrap(echo), make_scope("POST", "/v1/people", lines, query_string=b"a=1&token=abcdef")
    )

    found = recorded.server()
    assert found["http.request.method"] == "POST"
    assert found["url.path"] == "/v1/people"
    assert found["url.query"].startswith("a=1&token=")
    assert "abcdef" not in found["url.query"]
    assert found["url.scheme"] == "http"
    assert (found["server.address"], found["server.port"]) == ("shop.example", 8080)
    assert found["client.address"] == "192.0.2.7"
    assert found["network.protocol.version"] == "1.1"
    assert found["http.request.header.host"] == ("shop.example:8080",)
    assert found["http.response.header.x-own"] == ("1",)
    assert found["http.response.status_code"] == 201
    assert found["otelhook.response.reason"] == "Created"
    for side in ("request", "response"):
        assert found[f"http.{side}.body.size"] == len(sent)
        assert found[f"http.{side}.body.content"] == sent.decode().replace("hunter2", MARKER)
    assert [message["type"] for message in server.sent] == [
        "http.response.start",
        "http.response.body",
    ]


@pytest.mark.parametrize("given", [None, "a generator"])
def test_messages_scope_and_callables_arrive_as_they_were(wrap, recorded, given):
    lines = ((b"x-a", b"1"), (b"x-a", b"2"))
    first = start(200, lines)
    if given:
        first["headers"] = (line for line in lines)
    seen = {}

    async def app(scope, receive, send):
        seen["scope"], seen["keys"] = scope, sorted(scope)
        seen["message"] = await receive()
        await send(first)
        await send(body(b"x"))

    scope, message = make_scope(), request()
    keys = sorted(scope)
    server = Server(message)
    server.run(wrap(app), scope)

    assert seen["scope"] is scope
    assert seen["keys"] == keys
    assert seen["message"] is message
    assert server.sent[0] is first
    assert list(server.sent[0]["headers"]) == list(lines)
    assert recorded.server()["http.response.header.x-a"] == ("1", "2")


def test_the_middleware_is_a_coroutine_function_as_servers_look_for():
    assert inspect.iscoroutinefunction(otelhook.ASGIMiddleware.__call__)


def test_lifespan_and_unknown_scopes_are_the_applications_alone(wrap, recorded):
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))

    server = Server()
    wrapped = wrap(app)
    for scope in ({"type": "lifespan"}, {"type": "telepathy"}, {}):
        receive, send = server.receive, server.send
        asyncio.run(wrapped(scope, receive, send))
        assert seen[-1] == (scope, receive, send)
    assert recorded.all() == []


def test_the_span_is_current_in_the_application_and_nowhere_in_the_server(wrap, recorded):
    inside = []

    async def app(scope, receive, send):
        inside.append(trace.get_current_span())
        await receive()
        inside.append(trace.get_current_span())
        await send(start())
        await send(body(b"x"))
        inside.append(trace.get_current_span())

    server = Server(request())
    before = context_api.get_current()

    async def main():
        await wrap(app)(make_scope(), server.receive, server.send)
        return context_api.get_current()

    assert asyncio.run(main()) == before
    (span,) = recorded.wait(1)
    assert {one.get_span_context().span_id for one in inside} == {span.context.span_id}
    assert all(not context for context in server.seen_contexts)


def test_a_traceparent_makes_the_span_a_child_and_a_broken_one_a_root(wrap, recorded):
    async def app(scope, receive, send):
        await send(start())
        await send(body())

    for line in (PARENT.encode(), b"00-nonsense", b""):
        Server().run(wrap(app), make_scope(headers=[(b"traceparent", line)]))

    spans = recorded.wait(3, SpanKind.SERVER)
    assert [span.parent is not None for span in spans] == [True, False, False]
    assert format(spans[0].parent.span_id, "016x") == PARENT.split("-")[2]


def test_what_runs_after_the_response_stays_in_the_trace_and_is_not_waited_for(
    wrap, recorded, provider
):
    ended = []

    async def app(scope, receive, send):
        await send(start())
        await send(body(b"done"))
        ended.append(len(recorded.all()))
        with provider.get_tracer("background").start_as_current_span("later"):
            pass

    Server().run(wrap(app), make_scope())
    assert ended == [1]
    server, later = recorded.wait(2)
    assert later.parent.span_id == server.context.span_id


def test_a_stream_is_passed_on_piece_by_piece_and_kept_within_the_limit(wrap, recorded):
    server = Server()

    async def app(scope, receive, send):
        await send(start(200, [(b"content-type", b"text/event-stream")]))
        for number in range(50):
            await send(body(b"data: %d\n\n" % number, more=True))
            assert server.sent[-1]["body"] == b"data: %d\n\n" % number
            assert recorded.all() == []
        await send(body(b""))

    server.run(wrap(app, body_limit="40"), make_scope())
    found = recorded.server()
    assert found["http.response.body.size"] == sum(len(b"data: %d\n\n" % n) for n in range(50))
    assert found["http.response.body.content"].startswith("data: 0\n\ndata: 1")
    assert len(found["http.response.body.content"]) <= 40
    assert found["otelhook.response.body.truncated"] is True


@pytest.mark.parametrize("raised", [ValueError("password=hunter2"), asyncio.CancelledError()])
@pytest.mark.parametrize("when", ["before", "after the start", "after the end"])
def test_what_the_application_raises_passes_and_is_recorded(wrap, recorded, raised, when):
    async def app(scope, receive, send):
        if when != "before":
            await send(start())
        if when == "after the end":
            await send(body(b"whole"))
        raise raised

    async def main():
        with pytest.raises(type(raised)) as caught:
            await wrap(app)(make_scope(), Server().receive, Server().send)
        return caught.value

    assert asyncio.run(main()) is raised
    (span,) = recorded.wait(1)
    attributes = dict(span.attributes)
    assert attributes.get("http.response.status_code") == (None if when == "before" else 200)
    if when == "after the end":
        assert span.status.status_code is StatusCode.UNSET
        return
    assert span.status.status_code is StatusCode.ERROR
    assert "hunter2" not in str(span.status.description)
    assert attributes["error.type"].endswith(type(raised).__name__)


def test_an_application_that_answers_nothing_or_half_ends_its_span(wrap, recorded):
    async def nothing(scope, receive, send):
        pass

    async def half(scope, receive, send):
        await send(start(200, [(b"content-length", b"10")]))
        await send(body(b"half", more=True))

    Server().run(wrap(nothing), make_scope())
    Server().run(wrap(half), make_scope())
    first, second = (dict(span.attributes) for span in recorded.wait(2))
    assert "http.response.status_code" not in first
    assert second["http.response.body.size"] == 10
    assert second["otelhook.response.body.truncated"] is True


def test_a_client_that_vanishes_is_no_error_and_the_body_so_far_is_kept(wrap, recorded):
    async def app(scope, receive, send):
        await receive()
        await send(start())
        await send(body(b"some", more=True))
        assert (await receive())["type"] == "http.disconnect"

    Server(request(), {"type": "http.disconnect"}).run(wrap(app), make_scope())
    (span,) = recorded.wait(1)
    assert span.status.status_code is StatusCode.UNSET
    assert span.attributes["http.response.body.content"] == "some"
    assert span.attributes["otelhook.response.body.truncated"] is True


def test_trailers_come_before_the_end(wrap, recorded):
    async def app(scope, receive, send):
        await send(start(trailers=True))
        await send(body(b"x"))
        assert recorded.all() == []
        lines = [(b"x-checksum", b"1")]
        await send({"type": "http.response.trailers", "headers": lines, "more_trailers": True})
        assert recorded.all() == []
        await send({"type": "http.response.trailers", "headers": lines})
        assert len(recorded.all()) == 1

    Server().run(wrap(app), make_scope())
    assert recorded.server()["http.response.body.content"] == "x"


def test_files_that_the_server_sends_are_looked_at_where_they_are(wrap, recorded, tmp_path):
    file = tmp_path / "file.txt"
    file.write_bytes(b"0123456789" * 10)
    number = os.open(file, os.O_RDONLY)
    os.lseek(number, 5, os.SEEK_SET)

    async def path(scope, receive, send):
        await send(start())
        await send({"type": "http.response.pathsend", "path": str(file)})

    async def zero_copy(scope, receive, send):
        await send(start())
        await send({"type": "http.response.zerocopysend", "file": number, "count": 30})

    async def missing(scope, receive, send):
        await send(start())
        await send({"type": "http.response.pathsend", "path": str(tmp_path / "none")})

    for app in (path, zero_copy, missing):
        Server().run(wrap(app, body_limit="20"), make_scope())
    assert os.lseek(number, 0, os.SEEK_CUR) == 5
    os.close(number)
    first, second, third = (dict(span.attributes) for span in recorded.wait(3))
    assert first["http.response.body.size"] == 100
    assert first["http.response.body.content"] == ""  # a run of characters at a cut is left out
    assert second["http.response.body.size"] == 30
    assert third["http.response.status_code"] == 200


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304), ("GET", 205)]
)
def test_answers_without_a_body_have_none(wrap, recorded, method, status):
    async def app(scope, receive, send):
        await send(start(status))
        await send(body(b"not sent"))

    Server().run(wrap(app), make_scope(method))
    assert recorded.server()["http.response.body.size"] == 0


def test_a_request_over_http2_has_a_body_without_announcing_it(wrap, recorded):
    Server(request(b"ab", more=True), request(b"cd")).run(
        wrap(echo), make_scope("POST", http_version="2")
    )
    found = recorded.server()
    assert found["http.request.body.content"] == "abcd"
    assert found["network.protocol.version"] == "2"


def test_a_body_that_nobody_reads_is_not_read(wrap, recorded):
    async def app(scope, receive, send):
        await send(start(413))
        await send(body(b"too large"))

    server = Server(request(b"x" * 100))
    server.run(wrap(app), make_scope("PUT", headers=[(b"content-length", b"100")]))
    assert len(server.messages) == 1
    found = recorded.server()
    assert found["http.request.body.size"] == 100
    assert found["otelhook.request.body.truncated"] is True


@pytest.mark.parametrize(
    "broken",
    [
        {"headers": None},
        {"headers": [(b"only-a-name",)]},
        {"headers": [("str", "instead")]},
        {"method": "G\nET", "path": None},
        {"raw_path": "text", "path": "/caf\u00e9 \udcff"},
        {"client": "somebody", "server": ["/run/app.sock", None]},
        {"query_string": "text=1", "http_version": None, "scheme": None},
        {"type": "http", "headers": {b"a": b"b"}},
    ],
)
def test_malformed_scopes_are_answered_as_without_us(wrap, recorded, broken, monkeypatch):
    monkeypatch.undo()  # our guard absorbs
    scope = make_scope() | broken
    before = copy.deepcopy(scope)

    async def app(scope, receive, send):
        await send(start(200, [("text", "instead"), (b"a", b"b")]))
        await send(body(bytearray(b"x")))

    server = Server()
    server.run(wrap(app), scope)
    assert scope == before
    assert [message["type"] for message in server.sent] == [
        "http.response.start",
        "http.response.body",
    ]
    assert len(recorded.all()) == 1


@pytest.mark.parametrize(
    "messages",
    [
        [{"type": "http.response.body", "body": b"without a start"}],
        [{"type": "http.response.start", "status": "200 OK"}, body(b"x")],
        [{"type": "http.response.start"}, {"type": "http.response.body", "body": "text"}],
        [start(), start(500), body(b"x")],
        [start(headers=[(b"a",)]), body(None)],
        [{}, {"type": None}, start(), body(memoryview(b"view"))],
        [start(), body(b"x"), body(b"after the end")],
    ],
)
def test_applications_that_violate_asgi_are_the_servers_to_judge(
    wrap, recorded, messages, monkeypatch
):
    monkeypatch.undo()

    async def app(scope, receive, send):
        for message in messages:
            await send(message)

    server = Server()
    server.run(wrap(app), make_scope())
    assert server.sent == messages
    assert len(recorded.all()) == 1


def test_what_the_server_refuses_reaches_the_application(wrap, recorded):
    refusal = RuntimeError("Unexpected ASGI message")

    async def app(scope, receive, send):
        with pytest.raises(RuntimeError) as caught:
            await send(start(99))
        assert caught.value is refusal
        await send(start(500))
        await send(body(b"x"))

    class Refusing(Server):
        async def send(self, message):
            if message.get("status") == 99:
                raise refusal
            await super().send(message)

    Refusing().run(wrap(app), make_scope())
    assert recorded.server()["http.response.status_code"] == 500


def test_a_failure_of_ours_is_logged_once_and_changes_nothing(wrap, monkeypatch, caplog):
    monkeypatch.undo()

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("otelhook.capture.asgi.exchange.HttpExchange.note_sent", fail)
    wrapped = wrap(echo)
    for _ in range(3):
        server = Server(request(b"x"))
        server.run(wrapped, make_scope("POST"))
        assert [message["type"] for message in server.sent] == [
            "http.response.start",
            "http.response.body",
        ]
    assert [record.name for record in caplog.records] == [Guard.__module__]


def test_wrapped_twice_it_is_one_span_and_mounted_in_another_service_two(
    wrap, recorded, provider, instrument
):
    async def app(scope, receive, send):
        await send(start())
        await send(body(b"x"))

    def copying(inner):
        async def middleware(scope, receive, send):
            await inner(dict(scope, headers=[*scope["headers"], (b"x-more", b"1")]), receive, send)

        return middleware

    Server().run(wrap(wrap(app)), make_scope())
    Server().run(wrap(copying(wrap(app))), make_scope())
    assert len(recorded.wait(2)) == 2
    recorded.exporter.clear()

    instrument("front")
    instrument("back")
    inner = otelhook.ASGIMiddleware(app, service="back")
    Server().run(otelhook.ASGIMiddleware(copying(inner), service="front"), make_scope())
    outer, nested = recorded.wait(2, SpanKind.SERVER)
    names = [span.resource.attributes["service.name"] for span in (outer, nested)]
    assert names == ["front", "back"]
    assert nested.parent.span_id == outer.context.span_id


def test_a_request_begun_within_the_last_message_of_another_is_no_part_of_it(wrap, recorded):
    async def app(scope, receive, send):
        await send(start())
        await send(body(b"x"))

    wrapped = wrap(app)

    class Pipelining(Server):
        tasks: list[Any]

        async def send(self, message):
            await super().send(message)
            if message["type"] == "http.response.body" and not hasattr(self, "tasks"):
                scope, server = make_scope(path="/second"), Server()
                self.tasks = [
                    asyncio.create_task(wrapped(scope, server.receive, server.send)),
                ]

    async def main():
        server = Pipelining()
        await wrapped(make_scope(), server.receive, server.send)
        await asyncio.gather(*server.tasks)

    asyncio.run(main())
    first, second = recorded.wait(2, SpanKind.SERVER)
    assert first.context.trace_id != second.context.trace_id


def test_two_thousand_requests_at_once_keep_apart(wrap, recorded):
    async def app(scope, receive, send):
        mine = trace.get_current_span().get_span_context().span_id
        await asyncio.sleep(0)
        message = await receive()
        assert trace.get_current_span().get_span_context().span_id == mine
        await send(start())
        await asyncio.sleep(0)
        await send(body(message["body"]))

    wrapped = wrap(app)

    async def one(number):
        server = Server(request(b"%d" % number))
        lines = [(b"content-length", b"1")]
        await wrapped(make_scope("POST", f"/{number}", lines), server.receive, server.send)

    async def main():
        await asyncio.gather(*(one(number) for number in range(2000)))

    asyncio.run(main())
    spans = recorded.wait(2000)
    for span in spans:
        assert span.attributes["url.path"] == "/" + span.attributes["http.response.body.content"]
        assert span.parent is None


def test_a_request_whose_loop_is_gone_is_given_up_without_a_word(wrap, recorded, caplog):
    async def app(scope, receive, send):
        await send(start())
        await receive()

    waiting = wrap(app)(make_scope(), Server().receive, Server().send)
    loop = asyncio.new_event_loop()
    task = loop.create_task(waiting)
    loop.run_until_complete(asyncio.sleep(0.01))
    contextvars.copy_context().run(waiting.close)
    del task
    loop.close()
    gc.collect()

    (span,) = recorded.wait(1)
    assert span.attributes["http.response.status_code"] == 200
    assert [r.message for r in caplog.records if "detach" in r.message] == []


async def plain(scope, receive, send):
    await send(start())
    await send(body(b"plain"))


def test_a_wrapped_application_pickles_and_copies_after_its_requests_as_before(
    instrument, recorded
):
    instrument("app")
    wrapped = otelhook.ASGIMiddleware(plain, service="app")
    Server().run(wrapped, make_scope())
    for again in (copy.deepcopy(wrapped), copy.copy(wrapped), pickle.loads(pickle.dumps(wrapped))):
        Server().run(again, make_scope())
    assert len(recorded.wait(4, SpanKind.SERVER)) == 4


def test_excluded_urls_are_not_recorded(recorded, instrument):
    environ = {"OTEL_PYTHON_ASGI_EXCLUDED_URLS": "health,/internal/.*", "HOME": "/nonexistent"}
    instrument("app", environ=environ)
    wrapped = otelhook.ASGIMiddleware(plain, service="app")
    for path in ("/health", "/internal/a", "/shown"):
        Server().run(wrapped, make_scope(path=path))
    assert recorded.server()["url.path"] == "/shown"


class Socket(Server):
    def __init__(self, *messages: Any) -> None:
        super().__init__({"type": "websocket.connect"}, *messages)


def make_websocket(**more: Any) -> dict[str, Any]:
    scope = make_scope(path="/chat")
    del scope["method"]
    return scope | {"type": "websocket", "scheme": "ws", "subprotocols": []} | more


async def chat(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept", "headers": [(b"x-room", b"1")]})
    while (message := await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", "text": f"you: {message.get('text')}"})


@pytest.mark.parametrize("recording", [False, True])
def test_a_websocket_is_one_exchange_with_its_messages_counted(wrap, recorded, recording):
    said = [{"type": "websocket.receive", "text": text} for text in ("a", "password=hunter2")]
    gone = {"type": "websocket.disconnect", "code": 1000, "reason": "bye"}
    Socket(*said, gone).run(wrap(chat, websocket_messages=recording), make_websocket())

    (span,) = recorded.wait(1, SpanKind.SERVER)
    found = dict(span.attributes)
    assert span.status.status_code is StatusCode.UNSET
    assert found["http.request.method"] == "GET"
    assert found["url.scheme"] == "ws"
    assert found["server.port"] == 8080
    assert found["http.response.status_code"] == 101
    assert found["otelhook.response.reason"] == "Switching Protocols"
    assert found["http.response.header.x-room"] == ("1",)
    assert found["otelhook.websocket.received"] == 2
    assert found["otelhook.websocket.sent"] == 2
    assert found["otelhook.websocket.closed_by"] == "client"
    assert found["otelhook.websocket.close_code"] == 1000
    assert found["otelhook.websocket.close_reason"] == "bye"
    if recording:
        assert found["http.request.body.content"] == f"a\npassword={MARKER}"
        assert found["http.response.body.content"].startswith("you: a\nyou: password=")
        assert "hunter2" not in str(found)
    else:
        assert found["http.response.body.size"] == 0


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([{"type": "websocket.close"}], (403, None, None, None)),
        (
            [{"type": "websocket.accept"}, {"type": "websocket.close"}],
            (101, None, "server", 1000),
        ),
        (
            [{"type": "websocket.accept"}, {"type": "websocket.close", "code": 1011}],
            (101, "websocket 1011", "server", 1011),
        ),
        (
            [
                {"type": "websocket.http.response.start", "status": 401, "headers": []},
                {"type": "websocket.http.response.body", "body": b"who are you"},
            ],
            (401, None, None, None),
        ),
    ],
)
def test_how_the_application_ends_a_websocket(wrap, recorded, messages, expected):
    async def app(scope, receive, send):
        await receive()
        for message in messages:
            await send(message)

    Socket().run(wrap(app), make_websocket())
    found = recorded.server()
    assert (
        found["http.response.status_code"],
        found.get("error.type"),
        found.get("otelhook.websocket.closed_by"),
        found.get("otelhook.websocket.close_code"),
    ) == expected
    if expected[0] == 401:
        assert found["http.response.body.content"] == "who are you"


def test_what_an_application_raises_at_its_clients_end_is_no_failure(wrap, recorded):
    class DisconnectedError(Exception):
        pass

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        raise DisconnectedError

    server = Socket({"type": "websocket.disconnect", "code": 1001})
    with pytest.raises(DisconnectedError):
        server.run(wrap(app), make_websocket())
    (span,) = recorded.wait(1)
    assert span.status.status_code is StatusCode.UNSET
