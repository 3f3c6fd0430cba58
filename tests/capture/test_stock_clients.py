"""Beside all of stock's instrumentation of clients, as opentelemetry-bootstrap has it."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys

import pytest

BESIDE = """
import json, os, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

seen = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        seen.append(self.headers["traceparent"])
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "8")
        self.end_headers()
        self.wfile.write(b'{"ok":1}')


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/x"
exporter = InMemorySpanExporter()
provider = TracerProvider(resource=Resource({"service.name": "prog"}))
provider.add_span_processor(SimpleSpanProcessor(exporter))


def ours():
    import otelhook
    otelhook.instrument("prog", spool=False)


def stock():
    trace.set_tracer_provider(provider)
    from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
    from opentelemetry.instrumentation.requests import RequestsInstrumentor
    from opentelemetry.instrumentation.urllib import URLLibInstrumentor
    from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
    for one in (AioHttpClientInstrumentor, HTTPXClientInstrumentor, RequestsInstrumentor,
                URLLibInstrumentor, URLLib3Instrumentor):
        one().instrument()
    if "httpx2" in sys.argv[1]:
        from opentelemetry.instrumentation.httpx import HTTPX2ClientInstrumentor
        HTTPX2ClientInstrumentor().instrument()


for word in sys.argv[2].split(","):
    {"ours": ours, "stock": stock}[word]()
import asyncio, urllib.request
import aiohttp, httpx, requests, urllib3
if "httpx2" in sys.argv[1]:
    import httpx2 as httpx


async def with_aiohttp():
    async with aiohttp.ClientSession() as session, session.post(url, json={"a": 1}) as response:
        return await response.json()


async def with_httpx():
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.post(url, json={"a": 1})).json()


def later():
    with requests.Session() as session:
        with session.post(url, json={"a": 1}, stream=True) as response:
            return b"".join(response.iter_content(3))


def by_hand():
    with urllib3.HTTPConnectionPool("127.0.0.1", server.server_port) as pool:
        # Stock's older one takes no headers by their place.
        response = pool.urlopen("POST", "/x", body=body, headers=kind, preload_content=False)
        return response.read(3) + response.read()


body, kind = b'{"a": 1}', {"Content-Type": "application/json"}
request = urllib.request.Request(url, data=body, headers=kind)
{
    "requests": lambda: requests.post(url, json={"a": 1}).json(),
    "urllib3": lambda: urllib3.PoolManager().request("POST", url, body=body, headers=kind).data,
    "urllib": lambda: urllib.request.urlopen(request).read(),
    "httpx": lambda: httpx.post(url, json={"a": 1}, trust_env=False).json(),
    "httpx, asynchronous": lambda: asyncio.run(with_httpx()),
    "aiohttp": lambda: asyncio.run(with_aiohttp()),
    "requests, read later": later,
    "urllib3, a pool by hand": by_hand,
}[sys.argv[1].replace("httpx2", "httpx")]()
spans = exporter.get_finished_spans()
print(json.dumps([seen, [
    [span.kind.name, f"{span.context.span_id:016x}",
     span.parent and f"{span.parent.span_id:016x}",
     {k: v for k, v in span.attributes.items() if "body.content" in k or k.startswith("http.")}]
    for span in spans
]]))
"""


STOCK_AIOHTTP = "opentelemetry.instrumentation.aiohttp_client"


@pytest.mark.parametrize("order", ["ours,stock", "stock,ours"])
@pytest.mark.parametrize(
    "client",
    [
        *("requests", "urllib3", "urllib", "aiohttp"),
        *("requests, read later", "urllib3, a pool by hand"),
        *("httpx", "httpx, asynchronous", "httpx2", "httpx2, asynchronous"),
    ],
)
def test_beside_all_of_stocks_clients_a_call_is_one_span_with_its_bodies(tmp_path, client, order):
    for name in ("aiohttp_client", "httpx", "urllib", "urllib3"):
        pytest.importorskip(f"opentelemetry.instrumentation.{name}")
    if "httpx2" in client:
        pytest.importorskip("httpx2")
        stock = importlib.import_module("opentelemetry.instrumentation.httpx")
        if not hasattr(stock, "HTTPX2ClientInstrumentor"):
            pytest.skip("stock's instrumentation of httpx is too old for httpx2")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BESIDE, client, order],
        env=os.environ | {"OTELHOOK_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen, spans = json.loads(done.stdout)
    calls = [span for span in spans if span[0] == "CLIENT"]
    call, *within = sorted(calls, key=lambda span: span[2] is not None)
    # Stock's older one of aiohttp does not ask whether HTTP is off: ours is below its span.
    asks = hasattr(importlib.import_module(STOCK_AIOHTTP), "is_http_instrumentation_enabled")
    assert len(within) == (client == "aiohttp" and not asks)
    assert [line.split("-")[2] for line in seen] == [call[1]]
    found = dict(call[3])
    for _, _, parent, attributes in spans:
        if parent in {one[1] for one in calls}:
            found |= attributes
    assert json.loads(found["http.request.body.content"]) == {"a": 1}
    assert found["http.response.body.content"] == '{"ok":1}'
    assert found["http.request.header.content-type"] == ["application/json"]
