"""Servers whose handlers are the program's own, run as their users run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from otelhook.capture.bootstrap import child_environment
from otelhook.settings import load
from otelhook.sources import open_source

SENT = json.dumps({"name": "ada", "password": "hunter2"})

CALLING = """
import http.client, json, sys


def call(port, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    read = answer.read()
    connection.close()
    print(method, path, answer.status, answer.reason, len(read), flush=True)
    return read


def calls(port):
    sent = json.dumps({"name": "ada", "password": "hunter2"})
    kind = {"content-type": "application/json"}
    assert call(port, "POST", "/echo?a=1", sent, **kind) == sent.encode()
    assert call(port, "GET", "/stream") == b"[0][1][2]"
    call(port, "GET", "/fails")
    call(port, "HEAD", "/echo")
    call(port, "GET", "/none")
"""

HTTP_SERVER = """
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        read = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(read)

    def answer(self, body):
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()

    def do_GET(self):
        if self.path == "/fails":
            self.send_error(500, "on purpose")
        elif self.path == "/stream":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Connection", "close")
            self.end_headers()
            for number in range(3):
                self.wfile.write(b"[%d]" % number)
        else:
            self.send_response(204)
            self.end_headers()


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = False  # its end waits for those that have answered
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
calls(server.server_port)
server.shutdown()
server.server_close()
"""

AIOHTTP = """
import asyncio, logging
from aiohttp import web

logging.disable(logging.CRITICAL)


async def echo(request):
    return web.json_response(text=await request.text(), status=201)


async def stream(request):
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for number in range(3):
        await response.write(b"[%d]" % number)
    return response


async def fails(request):
    raise ValueError("on purpose")


async def head(request):
    return web.Response(text="seven..")


async def none(request):
    raise web.HTTPNoContent()


async def main():
    app = web.Application()
    app.router.add_post("/echo", echo)
    app.router.add_head("/echo", head)
    app.router.add_get("/stream", stream)
    app.router.add_get("/fails", fails)
    app.router.add_get("/none", none)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await asyncio.to_thread(calls, runner.addresses[0][1])
    await runner.cleanup()


asyncio.run(main())
"""

TORNADO = """
import asyncio, logging
import tornado.web

logging.disable(logging.CRITICAL)


class Echo(tornado.web.RequestHandler):
    def post(self):
        self.set_status(201)
        self.set_header("Content-Type", "application/json")
        self.write(self.request.body)

    def head(self):
        self.set_header("Content-Length", "7")


class Stream(tornado.web.RequestHandler):
    async def get(self):
        self.set_header("Content-Type", "application/json")
        for number in range(3):
            self.write(b"[%d]" % number)
            await self.flush()


class Fails(tornado.web.RequestHandler):
    def get(self):
        raise ValueError("on purpose")


class Nothing(tornado.web.RequestHandler):
    def get(self):
        self.set_status(204)


async def main():
    routes = [("/echo", Echo), ("/stream", Stream), ("/fails", Fails), ("/none", Nothing)]
    app = tornado.web.Application(routes)
    server = app.listen(0, "127.0.0.1")
    port = list(server._sockets.values())[0].getsockname()[1]
    await asyncio.to_thread(calls, port)
    server.stop()
    await server.close_all_connections()


asyncio.run(main())
"""

PROGRAMS = {"http.server": HTTP_SERVER, "aiohttp": AIOHTTP, "tornado": TORNADO}


def run(folder: Path, program: str, *, recorded: bool) -> tuple[str, list[dict[str, Any]]]:
    """Run a program that is its own client; what it printed, and its SERVER spans."""
    (folder / "program.py").write_text(CALLING + program)
    environ = {key: value for key, value in os.environ.items() if not key.startswith("OTEL")}
    environ |= {"OTELHOOK_DATA_DIR": str(folder / "data"), "OTELHOOK_SERVICE": "both"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "program.py"],
        cwd=folder,
        env=child_environment(environ) if recorded else environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "otelhook" not in done.stderr
    if not recorded:
        return done.stdout, []
    source = open_source("", load({"data_dir": str(folder / "data")}).settings)
    traces = [source.trace(trace_id) for trace_id in source.newest(50)]
    spans = sorted((s for one in traces for s in one.spans), key=lambda span: span.start_time)
    return done.stdout, [dict(span.attributes) for span in spans if span.kind.name == "SERVER"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_server_with_handlers_is_recorded_and_answers_as_without_us(name, tmp_path):
    if name != "http.server":
        pytest.importorskip(name)
    bare, _ = run(tmp_path, PROGRAMS[name], recorded=False)
    printed, spans = run(tmp_path, PROGRAMS[name], recorded=True)

    assert printed == bare
    paths = ["/echo", "/stream", "/fails", "/echo", "/none"]
    assert [span["url.path"] for span in spans] == paths
    echo, stream, fails, head, none = spans
    assert [s["http.response.status_code"] for s in spans] == [201, 200, 500, 200, 204]
    assert echo["http.request.method"] == "POST"
    assert echo["url.query"] == "a=1"
    assert echo["client.address"] == "127.0.0.1"
    assert echo["network.protocol.version"] == "1.1"
    assert echo["http.request.header.content-type"] == ("application/json",)
    assert echo["http.response.header.content-type"][0].startswith("application/json")
    assert "hunter2" not in str(echo)
    for side in ("request", "response"):
        assert json.loads(echo[f"http.{side}.body.content"])["name"] == "ada"
        assert echo[f"http.{side}.body.size"] == len(SENT)
    assert stream["http.response.body.content"] == "[0][1][2]"
    assert fails["error.type"] == ("500" if name == "http.server" else "ValueError")
    assert head["http.response.body.size"] == 0
    assert none["http.response.body.size"] == 0


XMLRPC = """
import threading, xmlrpc.client
from xmlrpc.server import SimpleXMLRPCServer

server = SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False)
server.register_function(lambda a, b: a + b, "add")
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
with xmlrpc.client.ServerProxy(f"http://127.0.0.1:{server.server_address[1]}") as proxy:
    print(proxy.add(2, 3))
server.shutdown()
server.server_close()
"""

FILES = """
import asyncio, pathlib
from aiohttp import web

pathlib.Path("served.txt").write_text("line\\n" * 50000)


async def main():
    app = web.Application()
    app.router.add_static("/files", ".")
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await asyncio.to_thread(call, runner.addresses[0][1], "GET", "/files/served.txt")
    await runner.cleanup()


asyncio.run(main())
"""

STATIC = """
import functools, pathlib, threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

pathlib.Path("served.txt").write_text("line\\n" * 50000)
SimpleHTTPRequestHandler.log_message = lambda *_: None
server = ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
server.daemon_threads = False
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
call(server.server_port, "GET", "/served.txt")
call(server.server_port, "GET", "/none.txt")
call(server.server_port, "PROPFIND", "/")
server.shutdown()
server.server_close()
"""


def test_xmlrpc_is_http_with_bodies(tmp_path):
    assert run(tmp_path, XMLRPC, recorded=False) == ("5\n", [])
    printed, (span,) = run(tmp_path, XMLRPC, recorded=True)
    assert printed == "5\n"
    assert "<methodName>add</methodName>" in span["http.request.body.content"]
    assert "<int>5</int>" in span["http.response.body.content"]


@pytest.mark.parametrize("program", [FILES, STATIC])
def test_files_are_sent_as_before_and_looked_at(tmp_path, program):
    if program is FILES:
        pytest.importorskip("aiohttp")
    bare, _ = run(tmp_path, program, recorded=False)
    printed, spans = run(tmp_path, program, recorded=True)
    assert printed == bare
    assert spans[0]["http.response.body.size"] == 250_000
    assert spans[0]["http.response.body.content"].startswith("line\nline\n")
    assert [s["http.response.status_code"] for s in spans[1:]] == (
        [] if program is FILES else [404, 501]
    )
