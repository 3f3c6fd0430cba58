"""What a traced ASGI request, and a call with httpx, cost: stock OpenTelemetry and ours."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import httpx
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

import otelhook
from tests.bench.client_side import ours, serving, warm
from tests.bench.measure import Case, Contender, tables
from tests.bench.server_side import BODY, OURS, PEER, headers_captured, provider

__all__ = ["cases", "run"]

_CHUNKS = [b"c" * 65536] * 16


async def application(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    kind = b"application/octet-stream" if scope["path"] == "/stream" else b"application/json"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
    if scope["path"] == "/stream":
        for chunk in _CHUNKS:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.body", "body": BODY})


def caller(app: Any, method: str, path: str, body: bytes) -> Callable[[], object]:
    """Make a request as a server does; each with a trace and a token of its own."""
    numbers = count()
    message = {"type": "http.request", "body": body, "more_body": False}

    async def receive() -> Any:
        return message

    async def send(_message: Any) -> None:
        pass

    def call() -> None:
        number = next(numbers)
        token = f"gAAAAABjrkD9cqBlaLtF1FlWZfHjo2u7cJvLXX1HNPGaFE{number:08d}rBQw"
        trace = f"00-4bf92f3577b34da6{number + 1:016x}-00f067aa0ba902b7-01"
        headers = [
            (b"host", b"127.0.0.1:8080"),
            (b"user-agent", b"python-requests/2.34"),
            (b"accept", b"*/*"),
            (b"accept-encoding", b"gzip, deflate"),
            (b"connection", b"keep-alive"),
            (b"x-auth-token", token.encode()),
            (b"traceparent", trace.encode()),
        ]
        if body:
            headers += [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(body)),
            ]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 41000),
            "server": ("127.0.0.1", 8080),
        }
        running = app(scope, receive, send)
        try:  # nothing in it waits: a loop would only add its own time
            running.send(None)
        except StopIteration:
            return
        raise AssertionError

    return call


def _asgi() -> Iterator[Case]:
    stock = OpenTelemetryMiddleware(application, tracer_provider=provider())
    mine = otelhook.ASGIMiddleware(application, service="bench", tracer_provider=provider())
    for title, method, path, body in (
        ("ASGI, GET 200 B", "GET", "/", b""),
        ("ASGI, POST 200 B of JSON", "POST", "/", BODY),
        ("ASGI, GET 1 MB in 16 chunks, one letter", "GET", "/stream", b""),
    ):
        contenders = {
            "bare": Contender(caller(application, method, path, body)),
            PEER: Contender(caller(stock, method, path, body)),
            "stock, headers": Contender(caller(stock, method, path, body), headers_captured),
            OURS: Contender(caller(mine, method, path, body)),
        }
        yield Case(title, contenders, PEER)


@contextmanager
def _stock() -> Iterator[None]:
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider())
    try:
        yield
    finally:
        instrumentor.uninstrument()


@contextmanager
def _stock_with_headers() -> Iterator[None]:
    with headers_captured(), _stock():
        yield


def _httpx() -> Iterator[Case]:
    loop = asyncio.new_event_loop()
    with serving() as url, contextlib.closing(loop):
        client = httpx.Client(trust_env=False)
        within = httpx.AsyncClient(trust_env=False)

        def post() -> None:
            client.post(url, json={"name": "cirros", "tags": ["x"] * 40}).json()

        def post_within() -> None:
            async def act() -> None:
                (await within.post(url, json={"name": "cirros", "tags": ["x"] * 40})).json()

            loop.run_until_complete(act())

        for title, call in (
            ("httpx, POST 200 B of JSON", post),
            ("httpx, asynchronous, POST 200 B of JSON", post_within),
        ):
            contenders = {
                "bare": Contender(call),
                PEER: Contender(call, warm(_stock, call)),
                "stock, headers": Contender(call, warm(_stock_with_headers, call)),
                OURS: Contender(call, warm(ours, call)),
            }
            yield Case(title, contenders, PEER, share=3)
        client.close()
        loop.run_until_complete(within.aclose())


def cases() -> Iterator[Case]:
    """Yield ASGI's and httpx's."""
    yield from _asgi()
    yield from _httpx()


def run(rounds: int, calls: int) -> str:
    """Return the tables, by the thread's own clock."""
    return "\n\n".join(tables(cases(), rounds=rounds, calls=calls))
