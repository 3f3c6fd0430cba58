"""One site of a few paths, written for each framework, and served by each server that has it.

``python -m tests.interference.sites SERVER [FRAMEWORK]`` serves it in the way that the environment
names, and prints its port. What an application sees of a request is in what it answers.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from tests.interference.websocket_sites import WEBSOCKET_SITES

__all__ = ["FRAMEWORKS", "application"]

WAY = os.environ.get("INTERFERENCE_WAY", "bare")
FOLDER = Path(os.environ.get("INTERFERENCE_FOLDER", "."))
_OURS = frozenset({"traceparent", "tracestate"})
CHUNKS = (b"one\n", b"two\n", b"three\n")


def seen(method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes) -> bytes:
    """Return what an application saw of a request, as JSON."""
    lines = sorted((n.lower(), v) for n, v in headers if n.lower() not in _OURS)
    told = {"method": method, "path": path, "query": query, "headers": lines}
    return json.dumps({**told, "size": len(body), "end": body[-20:].hex()}).encode()


class FailsError(RuntimeError):
    """What a handler raises on purpose."""


def _starlette() -> Any:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import RedirectResponse, Response
    from starlette.routing import Route

    return Starlette(routes=_routes(Route, Request, Response, RedirectResponse))


def _routes(route: Any, request_type: Any, response_type: Any, redirect: Any) -> list[Any]:
    from starlette.responses import StreamingResponse

    del request_type

    async def look(request: Any) -> Any:
        body = await request.body()
        lines = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers.raw]
        said = seen(request.method, request.url.path, request.url.query, lines, body)
        return response_type(said, media_type="application/json")

    async def stream(request: Any) -> Any:
        async def parts() -> AsyncIterator[bytes]:
            for chunk in CHUNKS:
                yield chunk
                await asyncio.sleep(0)

        return StreamingResponse(parts(), media_type="text/plain")

    async def away(request: Any) -> Any:
        return redirect("/look", status_code=307)

    async def cookies(request: Any) -> Any:
        answer = response_type(b"", status_code=204)
        answer.set_cookie("a", "1")
        answer.set_cookie("b", "2", httponly=True)
        return answer

    async def fail(request: Any) -> Any:
        raise FailsError

    both = ["GET", "HEAD", "POST"]
    return [
        route("/look", look, methods=both),
        route("/stream", stream, methods=both),
        route("/away", away, methods=both),
        route("/cookies", cookies, methods=both),
        route("/fail", fail, methods=both),
    ]


def _fastapi() -> Any:
    from fastapi import FastAPI, Request
    from starlette.responses import RedirectResponse, Response
    from starlette.routing import Route

    app = FastAPI()
    app.router.routes.extend(_routes(Route, Request, Response, RedirectResponse))
    return app


def _quart() -> Any:
    from quart import Quart, Response, redirect, request

    app = Quart("site")
    both = ["GET", "HEAD", "POST"]

    @app.route("/look", methods=both)
    async def look() -> Any:
        body: Any = await request.get_data()
        said = seen(
            request.method,
            request.path,
            request.query_string.decode(),
            list(request.headers.items()),
            body,
        )
        return Response(said, content_type="application/json")

    @app.route("/stream", methods=both)
    async def stream() -> Any:
        async def parts() -> AsyncIterator[bytes]:
            for chunk in CHUNKS:
                yield chunk

        return parts(), 200, {"Content-Type": "text/plain"}

    @app.route("/away", methods=both)
    async def away() -> Any:
        return redirect("/look", 307)

    @app.route("/cookies", methods=both)
    async def cookies() -> Any:
        answer = Response(b"", status=204)
        answer.set_cookie("a", "1")
        answer.set_cookie("b", "2", httponly=True)
        return answer

    @app.route("/fail", methods=both)
    async def fail() -> Any:
        raise FailsError

    del look, stream, away, cookies, fail
    return app


def _litestar() -> Any:
    from litestar import Litestar, Request, Response, route
    from litestar.response import Redirect, Stream

    both: Any = ["GET", "POST"]

    async def look(request: Request[Any, Any, Any]) -> Response[bytes]:
        lines = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.scope["headers"]]
        body = await request.body()
        said = seen(request.method, request.url.path, request.url.query, lines, body)
        return Response(said, media_type="application/json", status_code=200)

    async def stream() -> Stream:
        async def parts() -> AsyncIterator[bytes]:
            for chunk in CHUNKS:
                yield chunk

        return Stream(parts(), media_type="text/plain", status_code=200)

    async def away() -> Redirect:
        return Redirect("/look", status_code=307)

    async def cookies() -> Response[None]:
        answer: Response[None] = Response(None, status_code=204)
        answer.set_cookie("a", "1")
        answer.set_cookie("b", "2", httponly=True)
        return answer

    async def fail() -> None:
        raise FailsError

    for handler in (look, stream, away, cookies, fail):
        # Annotations are texts in this module, and Litestar looks for them among its globals.
        handler.__globals__.update(
            Request=Request, Response=Response, Redirect=Redirect, Stream=Stream
        )
    paths = {"/look": look, "/stream": stream, "/away": away, "/cookies": cookies, "/fail": fail}
    handlers = [
        route(path, http_method=both)(act)  # type: ignore[arg-type, unused-ignore]
        for path, act in paths.items()
    ]
    return Litestar(handlers, openapi_config=None)


def _django() -> Any:
    import django  # type: ignore[import-untyped, unused-ignore]
    from django.conf import settings  # type: ignore[import-untyped, unused-ignore]
    from django.core.asgi import get_asgi_application  # type: ignore[import-untyped, unused-ignore]
    from django.http import HttpResponse, StreamingHttpResponse  # type: ignore[import-untyped, unused-ignore]
    from django.urls import path  # type: ignore[import-untyped, unused-ignore]

    async def look(request: Any) -> Any:
        lines = list(request.headers.items())
        query = request.META.get("QUERY_STRING", "")
        said = seen(request.method, request.path, query, lines, request.body)
        return HttpResponse(said, content_type="application/json")

    async def stream(_request: Any) -> Any:
        async def parts() -> AsyncIterator[bytes]:
            for chunk in CHUNKS:
                yield chunk

        return StreamingHttpResponse(parts(), content_type="text/plain")

    async def away(_request: Any) -> Any:
        return HttpResponse(b"", status=307, headers={"Location": "/look"})

    async def cookies(_request: Any) -> Any:
        answer = HttpResponse(b"", status=204)
        answer.set_cookie("a", "1")
        answer.set_cookie("b", "2", httponly=True)
        return answer

    async def fail(_request: Any) -> Any:
        raise FailsError

    views = {"look": look, "stream": stream, "away": away, "cookies": cookies, "fail": fail}
    urls = type(sys)("site_urls")
    urls.urlpatterns = [path(name, view) for name, view in views.items()]  # type: ignore[attr-defined]
    sys.modules["site_urls"] = urls
    settings.configure(
        ROOT_URLCONF="site_urls", SECRET_KEY="x" * 50, ALLOWED_HOSTS=["*"], USE_TZ=True
    )
    django.setup()
    return get_asgi_application()


FRAMEWORKS: dict[str, Callable[[], Any]] = {
    "starlette": _starlette,
    "fastapi": _fastapi,
    "quart": _quart,
    "litestar": _litestar,
    "django": _django,
    **WEBSOCKET_SITES,
}


def _aiohttp_web() -> None:
    from aiohttp import web

    async def look(request: Any) -> Any:
        lines = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.raw_headers]
        body = await request.read()
        said = seen(request.method, request.raw_path, request.query_string, lines, body)
        return web.Response(body=said, content_type="application/json")

    async def stream(request: Any) -> Any:
        answer = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await answer.prepare(request)
        for chunk in CHUNKS:
            await answer.write(chunk)
        return answer

    async def away(_request: Any) -> Any:
        raise web.HTTPTemporaryRedirect("/look")

    async def cookies(_request: Any) -> Any:
        answer = web.Response(status=204)
        answer.set_cookie("a", "1")
        answer.set_cookie("b", "2", httponly=True)
        return answer

    async def fail(_request: Any) -> Any:
        raise FailsError

    app = web.Application(client_max_size=1 << 20)
    views = {"look": look, "stream": stream, "away": away, "cookies": cookies, "fail": fail}
    for name, view in views.items():
        app.router.add_get(f"/{name}", view)
        app.router.add_post(f"/{name}", view)
    port = _free_port()
    _say(port)
    web.run_app(app, host="127.0.0.1", port=port, print=None)


def _tornado() -> None:
    from tornado import web

    class Site(web.RequestHandler):
        async def get(self) -> None:
            path = self.request.path
            if path == "/look":
                self.set_header("Content-Type", "application/json")
                said = self.request
                lines = list(said.headers.get_all())
                self.write(seen(said.method or "", path, said.query, lines, said.body))
            elif path == "/stream":
                self.set_header("Content-Type", "text/plain")
                for chunk in CHUNKS:
                    self.write(chunk)
                    await self.flush()
            elif path == "/away":
                self.redirect("/look", status=307)
            elif path == "/cookies":
                self.set_cookie("a", "1")
                self.set_cookie("b", "2", httponly=True)
                self.set_status(204)
            elif path == "/fail":
                raise FailsError
            else:
                self.send_error(404)

        post = get

    async def main() -> None:
        port = _free_port()
        web.Application([(r".*", Site)]).listen(port, "127.0.0.1")
        _say(port)
        await asyncio.Event().wait()

    asyncio.run(main())


def _http_server() -> None:
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Site(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path, _, query = self.path.partition("?")
            if path == "/look":
                said = seen(self.command, path, query, list(self.headers.items()), body)
                self._say(200, said, ("Content-Type", "application/json"))
            elif path == "/stream":
                self._say(200, b"".join(CHUNKS), ("Content-Type", "text/plain"))
            elif path == "/away":
                self._say(307, b"", ("Location", "/look"))
            elif path == "/cookies":
                self._say(200, b"", ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2; HttpOnly"))
            elif path == "/fail":
                raise FailsError
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            self.do_GET()

        def _say(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
            self.send_response(status)
            for name, value in (*headers, ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    _say(server.server_port)
    server.serve_forever()


HANDLERS: dict[str, Callable[[], None]] = {
    "aiohttp.web": _aiohttp_web,
    "tornado": _tornado,
    "http.server": _http_server,
}
"""Servers whose handlers are the program's own: there is no application to wrap."""


def _serve_handlers(name: str) -> None:
    if WAY == "ours":
        import otelhook
        from otelhook.capture.bootstrap.servers import wrap_servers
        from otelhook.capture.setup.process import process

        otelhook.instrument("site", span_processors=[_processor()], data_dir=str(FOLDER))
        wrap_servers(process, "site")
    HANDLERS[name]()


def _processor() -> Any:
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    from tests.interference.span_file import SpanFile

    return SimpleSpanProcessor(SpanFile(FOLDER / "spans"))


def application(framework: str) -> Any:
    """Return the site of a framework, in the way that the environment names."""
    if WAY == "bare":
        return FRAMEWORKS[framework]()
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    import otelhook

    if WAY == "ours":
        otelhook.instrument("site", span_processors=[_processor()], data_dir=str(FOLDER))
        return otelhook.ASGIMiddleware(FRAMEWORKS[framework](), service="site")
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

    provider = TracerProvider()
    provider.add_span_processor(_processor())
    trace.set_tracer_provider(provider)
    app = FRAMEWORKS[framework]()
    if WAY == "over":
        otelhook.instrument("site", data_dir=str(FOLDER))
        app = otelhook.ASGIMiddleware(app)
    return OpenTelemetryMiddleware(app)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _say(port: int) -> None:
    print(json.dumps({"port": port}), flush=True)


def _uvicorn(framework: str) -> None:
    import uvicorn

    port = _free_port()
    _say(port)
    uvicorn.run(application(framework), host="127.0.0.1", port=port, log_level="error")


def _hypercorn(framework: str) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    port = _free_port()
    config.bind = [f"127.0.0.1:{port}"]
    config.errorlog = None
    _say(port)
    asyncio.run(serve(application(framework), config, shutdown_trigger=asyncio.Event().wait))


def _granian(framework: str) -> None:
    from granian.constants import Interfaces
    from granian.server import Server

    os.environ["INTERFERENCE_FRAMEWORK"] = framework
    port = _free_port()
    _say(port)
    target = "tests.interference.sites:granian_application"
    Server(target, address="127.0.0.1", port=port, interface=Interfaces.ASGI, factory=True).serve()


def granian_application() -> Any:
    """Return what a worker of granian's serves."""
    return application(os.environ["INTERFERENCE_FRAMEWORK"])


def _daphne(framework: str) -> None:
    from daphne.server import Server  # type: ignore[import-untyped, unused-ignore]

    port = _free_port()
    _say(port)
    Server(application(framework), [f"tcp:port={port}:interface=127.0.0.1"], verbosity=0).run()


SERVERS: dict[str, Callable[[str], None]] = {
    "uvicorn": _uvicorn,
    "hypercorn": _hypercorn,
    "granian": _granian,
    "daphne": _daphne,
}


if __name__ == "__main__":
    if sys.argv[1] in HANDLERS:
        _serve_handlers(sys.argv[1])
    else:
        SERVERS[sys.argv[1]](sys.argv[2])
