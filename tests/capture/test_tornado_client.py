"""Calls made with Tornado's client."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from otelhook.redaction import MARKER

pytest.importorskip("tornado")
import tornado.httpclient
import tornado.web
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders
from tornado.testing import bind_unused_port


class _Answer(tornado.web.RequestHandler):
    def _do(self) -> None:
        self.settings["seen"].append(dict(self.request.headers))
        if self.request.path == "/redirect":
            self.redirect("/final")
        elif self.request.path == "/missing":
            self.set_status(404, "Not There")
            self.write({"error": "gone"})
        else:
            self.set_status(201)
            self.write(self.request.body or b"{}")

    get = post = put = _do


def run(act: Any, **options: Any) -> Any:
    """Run a coroutine function with a client, an address and the headers that the site saw."""

    async def main() -> Any:
        seen: list[dict[str, str]] = []
        app = tornado.web.Application([(r".*", _Answer)], seen=seen, compress_response=True)
        socket, port = bind_unused_port(address="127.0.0.1")
        server = HTTPServer(app)
        server.add_socket(socket)
        client = tornado.httpclient.AsyncHTTPClient(force_instance=True, **options)
        try:
            return await act(client, f"http://127.0.0.1:{port}", seen)
        finally:
            client.close()
            server.stop()
            await server.close_all_connections()

    return asyncio.run(main())


@pytest.fixture
def clients(instrument: Any, recorded: Any) -> Any:
    instrument()

    def found(count: int) -> list[Any]:
        spans = [span for span in recorded.all() if span.kind is SpanKind.CLIENT]
        assert len(spans) == count
        return sorted(spans, key=lambda span: span.start_time)

    return found


def test_headers_and_both_bodies_are_recorded_and_the_programs_request_is_its_own(clients):
    sent = {"name": "ada", "password": "hunter2"}

    async def act(client: Any, url: str, seen: Any) -> Any:
        request = tornado.httpclient.HTTPRequest(
            f"{url}/a?token=abcdef", "POST", body=json.dumps(sent), headers={"X-Mine": "1"}
        )
        response = await client.fetch(request)
        assert response.request is request
        assert json.loads(response.body) == sent
        return url, seen, sorted(request.headers)

    url, seen, headers = run(act)
    (span,) = clients(1)
    found = dict(span.attributes)
    assert found["url.full"].startswith(f"{url}/a?token=")
    assert "abcdef" not in found["url.full"]
    assert found["http.response.status_code"] == 201
    assert found["otelhook.response.reason"] == "Created"
    hidden = {"name": "ada", "password": MARKER}
    assert json.loads(found["http.request.body.content"]) == hidden
    assert json.loads(found["http.response.body.content"]) == hidden
    assert seen[0]["Traceparent"].split("-")[2] == format(span.context.span_id, "016x")
    assert "Traceparent" not in headers
    assert "traceparent" not in headers


def test_what_a_program_finds_in_its_request_is_what_it_finds_without_us(instrument):
    async def act(client: Any, url: str, seen: Any) -> Any:
        request = tornado.httpclient.HTTPRequest(f"{url}/a", headers=HTTPHeaders({"X-Mine": "1"}))
        response = await client.fetch(request)
        shown = {n: v for n, v in request.headers.items() if n != "Host"}
        return shown, sorted(response.headers), vars(request).keys() - {"start_time"}

    bare = run(act)
    instrument()
    assert run(act) == bare


def test_each_hop_of_a_redirect_is_a_span_of_one_trace_with_its_own_headers(clients):
    async def act(client: Any, url: str, seen: Any) -> Any:
        response = await client.fetch(f"{url}/redirect")
        assert (response.code, response.effective_url) == (201, f"{url}/final")
        return seen

    seen = run(act)
    first, second = clients(2)
    assert [s.attributes["http.response.status_code"] for s in (first, second)] == [302, 201]
    ids = [format(span.context.span_id, "016x") for span in (first, second)]
    assert [one["Traceparent"].split("-")[2] for one in seen] == ids


def test_an_answer_that_refuses_is_recorded_and_raised_as_before(clients):
    async def act(client: Any, url: str, seen: Any) -> Any:
        with pytest.raises(tornado.httpclient.HTTPClientError) as raised:
            await client.fetch(f"{url}/missing")
        return raised.value

    error = run(act)
    (span,) = clients(1)
    assert (error.code, error.message) == (404, "Not There")
    assert span.attributes["error.type"] == "404"
    assert json.loads(span.attributes["http.response.body.content"]) == {"error": "gone"}


def test_a_call_without_an_answer_fails_as_before_and_says_why(clients):
    async def act(client: Any, url: str, seen: Any) -> Any:
        socket, port = bind_unused_port(address="127.0.0.1")
        socket.close()
        with pytest.raises(ConnectionRefusedError):
            await client.fetch(f"http://127.0.0.1:{port}/")

    run(act)
    (span,) = clients(1)
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == "ConnectionRefusedError"


def test_streams_in_both_directions_are_noted_as_they_pass(clients):
    chunks: list[bytes] = []

    async def produce(write: Any) -> None:
        for part in (b'{"a":', b" 1}"):
            await write(part)

    async def act(client: Any, url: str, seen: Any) -> Any:
        response = await client.fetch(
            f"{url}/s",
            method="PUT",
            body_producer=produce,
            headers={"Content-Type": "application/json"},
            streaming_callback=chunks.append,
        )
        return response.body

    assert run(act) == b""
    (span,) = clients(1)
    assert b"".join(chunks) == b'{"a": 1}'
    assert span.attributes["http.request.body.content"] == '{"a": 1}'
    assert span.attributes["http.response.body.content"] == '{"a": 1}'


def test_concurrent_calls_are_siblings(clients):
    async def act(client: Any, url: str, seen: Any) -> Any:
        await asyncio.gather(*(client.fetch(f"{url}/{n}") for n in range(10)))

    run(act, max_clients=3)
    spans = clients(10)
    assert len({span.context.trace_id for span in spans}) == 10
    assert all(span.parent is None for span in spans)
