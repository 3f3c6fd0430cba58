"""What spans are called, by route and by path, and which line of code made a call."""

from __future__ import annotations

import asyncio
import os
import random
import string
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from opentelemetry.trace import SpanKind
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from werkzeug.test import Client

import otelhook
from otelhook.capture.bootstrap import child_environment
from otelhook.capture.record.guessed_names import PathNames
from otelhook.settings import load
from otelhook.sources import open_source


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/v3/auth/tokens", "/v3/auth/tokens"),
        ("/v2/images/a42bfade-78ec-4c95-b7b4-272ba265072c/file", "/v2/images/{id}/file"),
        ("/users/1", "/users/{id}"),
        ("/users/Ada", "/users/{id}"),
        ("/users/ada@example.org/mail", "/users/{id}/mail"),
        ("/t/eyJhbGciOi.eyJzdWIiOi.c2ln", "/t/{id}"),
        ("/sha/da39a3ee5e6b4b0d3255bfef95601890afd80709", "/sha/{id}"),
        ("/%E2%82%AC/x", "/{id}/x"),
        ("/", "/"),
        ("/a/", "/a/"),
        ("*", ""),
        ("", ""),
        ("/" + "/".join("abcdefghijkl"), "/a/b/c/d/e/f/g/h/i/j/{rest}"),
        ("/" + "x" * 60, "/{id}"),
        ("/books/_search", "/books/_search"),
        ("/_bulk", "/_bulk"),
        ("/api/chat.postMessage", "/api/chat.postMessage"),
        ("/v1/projects/p7/databases/x:runQuery", "/v1/projects/{id}/databases/x:runQuery"),
        ("/v1beta/models/gemini-2.5-pro:streamChat", "/v1beta/models/{id}:streamChat"),
        ("/apis/batch/v1beta1/jobs", "/apis/batch/v1beta1/jobs"),
        ("/2015-03-31/functions/f9/invocations", "/2015-03-31/functions/{id}/invocations"),
        ("/reports/2015-03-31", "/reports/{id}"),
        ("/2010-04-01/Accounts/AC7f/Messages.json", "/2010-04-01/{id}/{id}/Messages.json"),
        ("/t/dQwGmXAbQzRtYuIoP", "/t/{id}"),
        ("/files/a9:b9c8", "/files/{id}"),
    ],
)
def test_a_template_keeps_words_and_versions_alone(path, template):
    assert PathNames().of(path) == template


def test_there_are_few_templates_whatever_is_asked_for():
    names = PathNames(words=10, templates=50)
    chance = random.Random(7)
    found = set()
    for _ in range(5000):
        words = ("".join(chance.choices(string.ascii_lowercase, k=6)) for _ in range(4))
        found.add(names.of("/" + "/".join(words)))
    assert len(found) <= 51
    assert names.of("/users/someone") in {"/{id}/{id}", "", "/users/{id}", "/{id}/someone"}


def test_what_is_done_to_many_things_is_one_template_and_few_of_them_are_kept():
    names = PathNames(words=3)
    assert {names.of(f"/models/m-{number}:predict") for number in range(9)} == {
        "/models/{id}:predict"
    }
    found = [names.of(f"/models/m-1:{verb}") for verb in ("count", "embed", "tune")]
    assert found == ["/models/{id}:count", "/models/{id}:embed", "/models/{id}"]


def flask_app() -> Any:
    app = Flask("shop")
    app.add_url_rule("/orders/<int:number>", view_func=lambda number: "x", endpoint="order")
    return app


def bottle_app() -> Any:
    bottle = pytest.importorskip("bottle")
    app = bottle.Bottle()
    app.route("/orders/<number>", callback=lambda number: "x")
    return app


def falcon_app() -> Any:
    falcon = pytest.importorskip("falcon")

    class Order:
        def on_get(self, request, response, number):
            response.text = "x"

    app = falcon.App()
    app.add_route("/orders/{number}", Order())
    return app


def pyramid_app() -> Any:
    response = pytest.importorskip("pyramid.response").Response
    with pytest.importorskip("pyramid.config").Configurator() as config:
        config.add_route("order", "/orders/{number}")
        config.add_view(lambda request: response("x"), route_name="order")
        return config.make_wsgi_app()


@pytest.mark.parametrize(
    ("make", "route"),
    [
        (flask_app, "/orders/<int:number>"),
        (bottle_app, "/orders/<number>"),
        (falcon_app, "/orders/{number}"),
        (pyramid_app, "/orders/{number}"),
    ],
)
def test_where_a_framework_knows_the_route_the_span_is_named_by_it(
    instrument, recorded, make, route
):
    instrument("shop")
    app = otelhook.Middleware(make(), service="shop")
    assert Client(app).get("/orders/17", buffered=True).status_code == 200
    assert Client(app).get("/nowhere/17", buffered=True).status_code == 404
    known, unknown = recorded.wait(2, SpanKind.SERVER)
    assert known.name == f"GET {route}"
    assert known.attributes["http.route"] == route
    assert unknown.name == "GET"
    assert "http.route" not in unknown.attributes


DJANGO = """
from django.conf import settings
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x")
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
import asyncio, otelhook

urlpatterns = [path("orders/<int:number>", lambda request, number: HttpResponse("x"))]
exporter = InMemorySpanExporter()
otelhook.instrument("shop", span_processors=[SimpleSpanProcessor(exporter)])
from werkzeug.test import Client
Client(otelhook.Middleware(get_wsgi_application(), service="shop")).get("/orders/17")
app = otelhook.ASGIMiddleware(get_asgi_application(), service="shop")
scope = {"type": "http", "method": "GET", "path": "/orders/17", "headers": [], "root_path": "",
         "query_string": b"", "scheme": "http", "server": ("a", 1), "client": ("b", 2)}


messages = [{"type": "http.request", "body": b""}]


async def receive():
    if not messages:
        await asyncio.Event().wait()
    return messages.pop()


async def send(message):
    pass


asyncio.run(app(scope, receive, send))
print([(span.name, span.attributes["http.route"]) for span in exporter.get_finished_spans()])
"""


def test_djangos_route_is_known_over_wsgi_and_asgi(tmp_path):
    (tmp_path / "shop.py").write_text(DJANGO)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "shop.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    one = ("GET /orders/<int:number>", "/orders/<int:number>")
    assert done.stdout == f"{[one, one]}\n", done.stderr


def starlette_app() -> Any:
    def order(request):
        return PlainTextResponse("x")

    inner = Route("/orders/{number:int}", order)
    return Starlette(routes=[inner, Mount("/api", routes=[inner])])


def fastapi_app() -> Any:
    fastapi = pytest.importorskip("fastapi")
    app = fastapi.FastAPI()
    app.get("/orders/{number}")(lambda number: "x")
    return app


def litestar_app() -> Any:
    litestar = pytest.importorskip("litestar")

    @litestar.get("/orders/{number:int}", sync_to_thread=False)
    def order(number: int) -> str:
        return "x"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of how the parameter is declared
        return litestar.Litestar([order])


@pytest.mark.parametrize(
    ("make", "path", "route"),
    [
        (starlette_app, "/orders/17", "/orders/{number}"),
        (fastapi_app, "/orders/17", "/orders/{number}"),
        (litestar_app, "/orders/17", "/orders/{number}"),
    ],
)
def test_frameworks_of_asgi_name_spans_too(instrument, recorded, make, path, route):
    instrument("shop")
    app = otelhook.ASGIMiddleware(make(), service="shop")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"a")],
        "scheme": "http",
        "server": ("a", 80),
        "client": ("b", 2),
    }

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        pass

    asyncio.run(app(scope, receive, send))
    (span,) = recorded.wait(1, SpanKind.SERVER)
    assert span.name == f"GET {route}"
    assert span.attributes["http.route"] == route


PROGRAM = """
import asyncio, sys, threading
import helpers
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(204)
        self.end_headers()


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/users/17"
import httpx, requests, urllib.request


def main():
    requests.get(url)  # calls
    urllib.request.urlopen(url).read()  # calls
    helpers.asked(url)


async def deep(client):
    await asyncio.sleep(0)
    await client.get(url)  # calls


async def more():
    async with httpx.AsyncClient(trust_env=False) as client:
        await asyncio.gather(deep(client))


main()
asyncio.run(more())
"""
HELPERS = """
import urllib3


class Asking:
    def ask(self, url):
        urllib3.PoolManager().request("GET", url)  # calls


def asked(url):
    Asking().ask(url)
"""


@pytest.mark.parametrize("on", [True, False])
def test_the_line_that_called_and_a_guessed_name_are_there_where_they_are_wanted(tmp_path, on):
    pytest.importorskip("httpx")
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "helpers.py").write_text(HELPERS)
    environ = {k: v for k, v in os.environ.items() if not k.startswith("OTEL")}
    environ |= {"PYTHONPATH": str(tmp_path / "lib"), "OTELHOOK_DATA_DIR": str(tmp_path / "data")}
    if not on:
        environ |= {"OTELHOOK_CALLER": "off", "OTELHOOK_PATH_NAMES": "off"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(tmp_path / "program.py")],
        cwd=tmp_path,
        env=child_environment(environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    spans = clients(tmp_path / "data")
    assert [span.name for span in spans] == ["GET /users/{id}" if on else "GET"] * 4
    lines = [
        tuple(span.attributes.get(f"code.{key}") for key in ("file.path", "line.number"))
        for span in spans
    ]
    if not on:
        assert lines == [(None, None)] * 4
        return
    first, second, last = calling(PROGRAM)
    (helper,) = calling(HELPERS)
    assert lines == [
        ("program.py", first),
        ("program.py", second),
        ("lib/helpers.py", helper),
        ("program.py", last),
    ]
    assert spans[0].attributes["code.function.name"] == "main"
    assert spans[0].attributes["url.template"] == "/users/{id}"
    assert spans[2].attributes["code.function.name"] in ("Asking.ask", "ask")


def clients(data: Path) -> list[Any]:
    source = open_source("", load({"data_dir": str(data)}).settings)
    spans = [span for one in source.newest(20) for span in source.trace(one).spans]
    return sorted((s for s in spans if s.kind.name == "CLIENT"), key=lambda span: span.start_time)


def calling(program: str) -> list[int]:
    """Return the numbers of the lines that are marked."""
    return [n for n, line in enumerate(program.splitlines(), 1) if line.endswith("# calls")]
