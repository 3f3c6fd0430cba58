"""What a recorded call or request leaves behind: nothing that waits for the garbage collector.

CPython frees at once what nobody refers to any more. What leads back to itself waits, and with it
a request's body, its files, and what the frames of a traceback hold; in a program that has switched
the collector off, for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import http.server
import io
import threading
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.util import FileWrapper, setup_testing_defaults

import httpx
import pytest
import requests
import urllib3
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.trace import SpanKind

import otelhook
from otelhook.capture.handlers.aiohttp_web import aiohttp_web_patches
from otelhook.capture.handlers.http_server import http_server_patches
from otelhook.capture.handlers.tornado_web import tornado_patches
from tests.capture import garbage
from tests.capture.calls import BODY, CLIENTS, Act
from tests.capture.garbage import left_by

NOWHERE = "http://127.0.0.1:9/"


class Kept:
    """What leads back to itself, if it is told to."""

    other: object

    def __init__(self, *, back: bool) -> None:
        self.other = self if back else None


@pytest.mark.parametrize("back", [True, False])
def test_what_leads_back_to_itself_is_found(monkeypatch: pytest.MonkeyPatch, *, back: bool) -> None:
    monkeypatch.setattr(Kept, "__module__", "otelhook.somewhere")

    assert bool(left_by(lambda: Kept(back=back))) is back


def test_an_exception_that_a_frame_of_ours_holds_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "OURS", __file__)

    def holding() -> None:
        try:
            int("x")
        except ValueError as error:
            held = error
        assert held

    def letting_go() -> None:
        with contextlib.suppress(ValueError):
            int("x")

    assert left_by(holding)
    assert not left_by(letting_go)


def by_requests_unread(url: str) -> None:
    with requests.Session() as session:
        session.trust_env = False
        response = session.get(url, stream=True)
        next(response.iter_content(1))
        response.close()


def by_requests_forgotten(url: str) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.get(url, stream=True)


def by_requests_redirected(url: str) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.get(f"{url}/redirect")


def by_requests_to_nowhere(_url: str) -> None:
    with contextlib.suppress(requests.ConnectionError), requests.Session() as session:
        session.trust_env = False
        session.post(NOWHERE, data=BODY)


def by_urllib3_to_nowhere(_url: str) -> None:
    with contextlib.suppress(urllib3.exceptions.HTTPError), urllib3.PoolManager() as pool:
        pool.request("POST", NOWHERE, body=BODY, retries=2)


def by_httpx_to_nowhere(_url: str) -> None:
    with contextlib.suppress(httpx.HTTPError), httpx.Client(trust_env=False) as client:
        client.post(NOWHERE, content=BODY)


def by_async_httpx(url: str) -> None:
    async def call() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            (await client.post(url, content=BODY)).json()

    asyncio.run(call())


def by_aiohttp(url: str) -> None:
    aiohttp = pytest.importorskip("aiohttp")

    async def call() -> None:
        async with aiohttp.ClientSession() as session:
            async with session.post(url, data=BODY) as response:
                await response.read()
            with contextlib.suppress(aiohttp.ClientError):
                await session.post(NOWHERE, data=BODY)

    asyncio.run(call())


def by_tornado(url: str) -> None:
    client = pytest.importorskip("tornado.httpclient")

    async def call() -> None:
        fetching = client.AsyncHTTPClient(force_instance=True)
        try:
            await fetching.fetch(f"{url}/redirect")
            with contextlib.suppress(OSError):
                await fetching.fetch(NOWHERE, method="POST", body=BODY)
        finally:
            fetching.close()

    asyncio.run(call())


def answering(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if environ["PATH_INFO"] == "/redirect":
        start_response("302 Found", [("Location", "/final"), ("Content-Length", "0")])
        return []
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "13")])
    return [b'{"said": "y"}']


@pytest.mark.parametrize(
    "act",
    [
        *CLIENTS,
        *(by_requests_unread, by_requests_forgotten, by_requests_redirected),
        *(by_requests_to_nowhere, by_urllib3_to_nowhere, by_httpx_to_nowhere),
        *(by_async_httpx, by_aiohttp, by_tornado),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of those that are forgotten
def test_a_call_leaves_nothing(
    serve: Callable[[Any], str], instrument: Any, recorded: Any, act: Act
) -> None:
    url = serve(answering)
    instrument()

    assert left_by(lambda: act(url)) == []
    assert recorded.all()


def large(_environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "200000"), ("Content-Type", "text/plain")])
    return [b"a line of words\n" * 12_500]


def kept(url: str, session: requests.Session) -> int:
    """Return the bytes that are alive because a program keeps eight responses that it has read."""
    session.get(url)  # what is made once is made before
    tracemalloc.start()
    try:
        responses = [session.get(url, stream=stream) for stream in (False, True) * 4]
        assert {len(response.content) for response in responses} == {200_000}
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_responses_that_a_program_keeps_keep_no_copy_of_their_bodies(
    serve: Callable[[Any], str], session: requests.Session
) -> None:
    url = serve(large)
    bare = kept(url, session)
    handle = otelhook.instrument(
        "caller", span_processors=[SpanProcessor()], environ={"HOME": "/nonexistent"}
    )
    try:
        ours = kept(url, session)
    finally:
        handle.uninstrument()

    assert bare > 8 * 200_000
    assert ours - bare < 8 * 10_000


def listed(_environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b"{}"]


def generated(_environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    yield b"{}"


def written(_environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])(b"{}")
    return []


def filed(environ: Any, start_response: Any) -> Any:
    start_response("200 OK", [])
    return environ["wsgi.file_wrapper"](io.BytesIO(b"abc"))


def failing(_environ: Any, _start_response: Any) -> list[bytes]:
    raise ValueError


def failing_late(_environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [])
    yield b"x"
    raise ValueError


def send_by_wsgi(application: Any) -> None:
    environ: dict[str, Any] = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(BODY))}
    setup_testing_defaults(environ)
    environ |= {"wsgi.input": io.BytesIO(BODY), "wsgi.file_wrapper": FileWrapper}
    body: Iterable[bytes] = ()
    with contextlib.suppress(ValueError):
        body = application(environ, lambda *_: lambda _chunk: None)
        list(body)
    close = getattr(body, "close", None)
    if close is not None:
        close()


@pytest.mark.parametrize(
    "application", [listed, generated, written, filed, failing, failing_late, answering]
)
def test_a_request_over_wsgi_leaves_nothing(
    instrument: Any, recorded: Any, application: Any
) -> None:
    instrument("shop")
    ours = otelhook.Middleware(application)

    assert left_by(lambda: send_by_wsgi(ours)) == []
    assert recorded.all()


async def answering_asgi(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


async def failing_asgi(scope: Any, receive: Any, send: Any) -> None:
    raise ValueError


async def keeping_asgi(scope: Any, receive: Any, send: Any) -> None:
    """Keep in the scope what was given with it, as frameworks do."""
    scope["state"] = {"receive": receive, "send": send}
    await answering_asgi(scope, receive, send)


async def socket_asgi(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "websocket.accept"})
    await receive()
    await send({"type": "websocket.close", "code": 1000})


def send_by_asgi(application: Any, kind: str) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def send(_message: Any) -> None:
        pass

    scope: dict[str, Any] = {"type": kind, "path": "/", "headers": []}
    with contextlib.suppress(ValueError):
        asyncio.run(application(scope, receive, send))


@pytest.mark.parametrize("application", [answering_asgi, failing_asgi, keeping_asgi, socket_asgi])
def test_a_request_over_asgi_leaves_nothing(
    instrument: Any, recorded: Any, application: Any
) -> None:
    instrument("shop")
    ours = otelhook.ASGIMiddleware(application)
    kind = "websocket" if application is socket_asgi else "http"

    assert left_by(lambda: send_by_asgi(ours, kind)) == []
    assert recorded.all()


class _Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        read = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(read)))
        self.end_headers()
        self.wfile.write(read)


@contextlib.contextmanager
def served_by_handlers() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = False
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def handlers(instrument: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Record this process's calls, and what a module's handlers answer."""

    def record(module: Any, patches: Any) -> None:
        handle = instrument("shop")
        for holder, name, ours in patches(module, handle.scope):
            monkeypatch.setattr(holder, name, ours)

    return record


def test_a_handler_of_the_standard_library_leaves_nothing(handlers: Any, recorded: Any) -> None:
    handlers(http.server, http_server_patches)

    def act() -> None:
        with served_by_handlers() as url:
            CLIENTS[0](url)

    assert left_by(act) == []
    assert {span.kind for span in recorded.all()} == {SpanKind.CLIENT, SpanKind.SERVER}


def test_a_handler_of_aiohttp_leaves_nothing(handlers: Any, recorded: Any) -> None:
    web = pytest.importorskip("aiohttp.web")
    aiohttp = pytest.importorskip("aiohttp")
    handlers(pytest.importorskip("aiohttp.web_protocol"), aiohttp_web_patches)

    async def answer(request: Any) -> Any:
        if await request.text() == "fail":
            raise ValueError
        return web.json_response({"said": "y"})

    async def main() -> None:
        app = web.Application()
        app.router.add_post("/", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession() as session:
            for data in (BODY, b"fail"):
                async with session.post(
                    f"http://127.0.0.1:{runner.addresses[0][1]}/", data=data
                ) as response:
                    await response.read()
        await runner.cleanup()

    assert left_by(lambda: asyncio.run(main())) == []
    assert {span.kind for span in recorded.all()} >= {SpanKind.CLIENT, SpanKind.SERVER}


def test_a_handler_of_tornado_leaves_nothing(handlers: Any, recorded: Any) -> None:
    web: Any = pytest.importorskip("tornado.web")
    httpserver = pytest.importorskip("tornado.httpserver")
    client = pytest.importorskip("tornado.httpclient")
    testing = pytest.importorskip("tornado.testing")
    handlers(web, tornado_patches)

    class Answer(web.RequestHandler):  # type: ignore[misc]
        def post(self) -> None:
            if self.request.body == b"fail":
                raise ValueError
            self.write(self.request.body)

    async def main() -> None:
        socket, port = testing.bind_unused_port(address="127.0.0.1")
        server = httpserver.HTTPServer(web.Application([("/", Answer)]))
        server.add_socket(socket)
        fetching = client.AsyncHTTPClient(force_instance=True)
        for body in (BODY, b"fail"):
            await fetching.fetch(
                f"http://127.0.0.1:{port}/", method="POST", body=body, raise_error=False
            )
        fetching.close()
        server.stop()
        await server.close_all_connections()

    assert left_by(lambda: asyncio.run(main())) == []
    assert {span.kind for span in recorded.all()} >= {SpanKind.CLIENT, SpanKind.SERVER}
