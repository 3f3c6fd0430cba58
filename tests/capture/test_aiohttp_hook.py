"""Calls made with aiohttp."""

from __future__ import annotations

import asyncio
import gc
import io
import json
from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from otelhook.redaction import MARKER

aiohttp = pytest.importorskip("aiohttp")
from aiohttp import web  # noqa: E402 - where aiohttp is installed


class Site:
    """A server in the loop of the test."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.drops = 0

    async def answer(self, request: Any) -> Any:
        self.seen.append(request.headers.get("traceparent", "none"))
        if request.path == "/redirect":
            raise web.HTTPFound(location="/final")
        if request.path == "/drop" and self.drops:
            self.drops -= 1
            request.transport.close()
            return web.Response()
        if request.path == "/stream":
            response = web.StreamResponse(headers={"Content-Type": "text/plain"})
            await response.prepare(request)
            for number in range(5):
                await response.write(b"%d\n" % number)
                await asyncio.sleep(0.005)
            return response
        if request.path == "/gzip":
            response = web.json_response({"packed": True})
            response.enable_compression(web.ContentCoding.gzip)
            return response
        if request.path == "/ws":
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            async for message in socket:
                await socket.send_str(f"you: {message.data}")
            return socket
        read = await request.read()
        return web.json_response(text=read.decode() or "{}", status=201)


def run(act: Any, **session: Any) -> Any:
    """Run a coroutine function with a session, an address and the site behind it."""

    async def main() -> Any:
        site = Site()
        server = web.Server(site.answer)
        runner = web.ServerRunner(server)
        await runner.setup()
        tcp = web.TCPSite(runner, "127.0.0.1", 0)
        await tcp.start()
        port = runner.addresses[0][1]
        try:
            async with aiohttp.ClientSession(**session) as client:
                return await act(client, f"http://127.0.0.1:{port}", site)
        finally:
            await runner.cleanup()

    return asyncio.run(main())


@pytest.fixture
def clients(instrument, recorded):
    """The CLIENT spans so far, and the bodies that belong to them."""
    instrument()

    def found(count: int) -> list[Any]:
        gc.collect()
        spans = [span for span in recorded.all() if span.kind is SpanKind.CLIENT]
        assert len(spans) == count
        return sorted(spans, key=lambda span: span.start_time)

    return found


def body_of(recorded: Any, span: Any) -> Any:
    """Return what is recorded of a response's body, on its span or on the child."""
    own = span.attributes.get("http.response.body.content")
    if own is not None:
        return own
    children = [s for s in recorded.all() if s.parent and s.parent.span_id == span.context.span_id]
    return next(
        s.attributes["http.response.body.content"] for s in children if s.name[:4] == "http"
    )


def test_headers_and_both_bodies_are_recorded_and_nothing_is_changed(clients, recorded):
    sent = {"name": "ada", "password": "hunter2"}

    async def act(session, url, site):
        async with session.post(f"{url}/a?token=abcdef", json=sent) as response:
            assert await response.json() == sent
            assert "traceparent" not in response.request_info.headers
            return url, site.seen

    url, seen = run(act)
    (span,) = clients(1)
    found = dict(span.attributes)
    assert found["url.full"].startswith(f"{url}/a?token=")
    assert "abcdef" not in found["url.full"]
    assert found["http.response.status_code"] == 201
    assert found["otelhook.response.reason"] == "Created"
    assert found["network.protocol.version"] == "1.1"
    hidden = {"name": "ada", "password": MARKER}
    assert json.loads(found["http.request.body.content"]) == hidden
    assert json.loads(body_of(recorded, span)) == hidden
    assert seen[0].split("-")[2] == format(span.context.span_id, "016x")
    assert found["http.request.header.traceparent"] == (seen[0],)


def test_each_hop_of_a_redirect_is_a_span(clients, recorded):
    async def act(session, url, site):
        async with session.get(f"{url}/redirect") as response:
            assert response.status == 201
            assert [one.status for one in response.history] == [302]
        return site.seen

    seen = run(act)
    spans = clients(2)
    assert [span.attributes["http.response.status_code"] for span in spans] == [302, 201]
    ids = [format(span.context.span_id, "016x") for span in spans]
    assert [line.split("-")[2] for line in seen] == ids
    assert "http.request.resend_count" not in spans[1].attributes


def test_what_aiohttp_sends_again_by_itself_is_a_span_with_its_count(clients, recorded):
    async def act(session, url, site):
        async with session.get(url) as response:
            await response.read()
        site.drops = 1
        async with session.get(f"{url}/drop") as response:
            assert response.status == 201

    run(act)
    _, lost, again = clients(3)
    assert lost.status.status_code is StatusCode.ERROR
    assert "Disconnected" in lost.attributes["error.type"]
    assert again.attributes["http.request.resend_count"] == 1


async def pieces():
    yield b"one "
    yield b"two"


def form() -> Any:
    data = aiohttp.FormData()
    data.add_field("file", io.BytesIO(b"in a file"), filename="a.txt", content_type="text/plain")
    return data


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"bytes", "bytes"),
        ("text", "text"),
        ({"a": "1"}, "a=1"),
        (io.BytesIO(b"a file"), "a file"),
        (pieces, "one two"),
        (form, "in a file"),
        (None, ""),
    ],
)
@pytest.mark.parametrize("compress", [None, "deflate"])
def test_bodies_of_every_kind_are_seen_as_they_are_sent(clients, data, shown, compress):
    async def act(session, url, site):
        body = data() if callable(data) else data
        if isinstance(body, io.BytesIO):
            body.seek(0)
        kind = {"Content-Type": "text/plain"} if isinstance(body, io.BytesIO) else {}
        async with session.post(url, data=body, compress=compress, headers=kind) as response:
            await response.read()

    run(act)
    (span,) = clients(1)
    if data is pieces:
        assert span.attributes["http.request.body.size"] == 7
    else:
        assert shown in str(span.attributes["http.request.body.content"])


def test_a_stream_is_recorded_as_it_comes_however_it_is_read(clients, recorded):
    async def act(session, url, site):
        async with session.get(f"{url}/stream") as response:
            assert [line async for line in response.content] == [b"%d\n" % n for n in range(5)]
        async with session.get(f"{url}/stream") as response:
            assert await response.content.readexactly(2) == b"0\n"
        async with session.get(f"{url}/gzip") as response:
            assert await response.json() == {"packed": True}

    run(act)
    whole, part, packed = clients(3)
    assert body_of(recorded, whole) == "0\n1\n2\n3\n4\n"
    assert body_of(recorded, part).startswith("0\n")
    assert json.loads(body_of(recorded, packed)) == {"packed": True}


def test_failures_are_recorded_and_pass(clients):
    async def act(session, url, site):
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get("http://127.0.0.1:1/")
        with pytest.raises(asyncio.TimeoutError):
            await session.get(f"{url}/stream", timeout=aiohttp.ClientTimeout(total=0.0001))
        with pytest.raises(aiohttp.InvalidURL):
            await session.get("no address")

    run(act)
    refused, late = clients(2)
    assert refused.attributes["error.type"].endswith("ClientConnectorError")
    assert late.status.status_code is StatusCode.ERROR


def test_trace_configurations_and_middlewares_see_what_they_saw(clients):
    seen: list[Any] = []
    config = aiohttp.TraceConfig()

    async def begins(_session, _context, params):
        seen.append(("start", dict(params.headers)))

    async def ended(_session, _context, params):
        seen.append(("end", sorted(params.response.request_info.headers)))

    config.on_request_start.append(begins)
    config.on_request_end.append(ended)

    async def twice(request, handler):
        response = await handler(request)
        response.release()
        return await handler(request)

    async def act(session, url, site):
        async with session.get(url, headers={"X-Own": "1"}, middlewares=(twice,)) as response:
            assert response.status == 201
        return site.seen

    lines = run(act, trace_configs=[config])
    assert seen[0] == ("start", {"X-Own": "1"})
    assert seen[1][0] == "end"
    assert "traceparent" not in seen[1][1]
    ids = [format(span.context.span_id, "016x") for span in clients(2)]
    assert [line.split("-")[2] for line in lines] == ids


def test_a_websocket_is_one_exchange(clients):
    async def act(session, url, site):
        async with session.ws_connect(f"{url}/ws") as socket:
            await socket.send_str("a")
            assert (await socket.receive_str()) == "you: a"

    run(act)
    (span,) = clients(1)
    assert span.attributes["http.response.status_code"] == 101
    assert span.status.status_code is StatusCode.UNSET


def test_a_traceparent_of_the_programs_own_arrives_as_it_is(clients):
    line = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    async def act(session, url, site):
        async with session.get(url, headers={"traceparent": line}):
            return site.seen

    assert run(act) == [line]
    (span,) = clients(1)
    assert format(span.parent.span_id, "016x") == line.split("-")[2]


def test_calls_at_once_keep_apart(clients, recorded):
    async def act(session, url, site):
        async def one(number):
            async with session.post(url, data=b'{"n": %d}' % number) as response:
                return await response.read()

        return await asyncio.gather(*(one(number) for number in range(60)))

    assert len(set(run(act))) == 60
    for span in clients(60):
        assert body_of(recorded, span) == span.attributes["http.request.body.content"]
