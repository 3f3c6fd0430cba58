"""Under real ASGI servers, each started as its users start it, without a line of ours."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from otelhook.capture.bootstrap import child_environment
from otelhook.settings import load
from otelhook.sources import open_source
from tests.waiting import wait_until

ENDING = 20.0

APPLICATION = """
import asyncio, json


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    if scope["type"] == "websocket":
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": "you: " + message["text"]})
        return
    read, more = b"", True
    while more:
        message = await receive()
        read += message.get("body", b"")
        more = message.get("more_body", False)
    headers = [(b"content-type", b"application/json")]
    if scope["path"] == "/fails":
        raise ValueError("on purpose")
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    if scope["path"] == "/stream":
        for number in range(3):
            await send({"type": "http.response.body", "body": b"[%d]" % number, "more_body": True})
            await asyncio.sleep(0.01)
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.body", "body": read})


def wsgi(environ, start_response):
    read = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("201 Created", [("Content-Type", "application/json")])
    return [read]
"""

SERVERS = {
    "uvicorn": ["-m", "uvicorn", "--port", "{port}", "served:app"],
    "hypercorn": ["-m", "hypercorn", "-b", "127.0.0.1:{port}", "served:app"],
    "granian": ["-m", "granian", "--interface", "asgi", "--port", "{port}", "served:app"],
    "daphne": ["-m", "daphne", "-p", "{port}", "served:app"],
    "gunicorn": ["-m", "gunicorn", "-k", "asgi", "-b", "127.0.0.1:{port}", "served:app"],
    "gunicorn with uvicorn": [
        "-m",
        "gunicorn",
        "-k",
        "uvicorn.workers.UvicornWorker",
        "-b",
        "127.0.0.1:{port}",
        "served:app",
    ],
    "hypercorn, WSGI": ["-m", "hypercorn", "-b", "127.0.0.1:{port}", "served:wsgi"],
    "granian, WSGI": ["-m", "granian", "--interface", "wsgi", "--port", "{port}", "served:wsgi"],
    "uvicorn, WSGI": ["-m", "uvicorn", "--interface", "wsgi", "--port", "{port}", "served:wsgi"],
}
MODULES = {name: name.partition(" ")[0].partition(",")[0] for name in SERVERS}


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def served(name: str, folder: Path) -> Iterator[str]:
    """Run a server with capture on from outside; its address."""
    pytest.importorskip(MODULES[name])
    (folder / "served.py").write_text(APPLICATION)
    port = free_port()
    environ = {key: value for key, value in os.environ.items() if not key.startswith("OTEL")}
    environ |= {"OTELHOOK_DATA_DIR": str(folder / "data"), "OTELHOOK_SERVICE": "served"}
    words = [word.format(port=port) for word in SERVERS[name]]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", *words],
            cwd=folder,
            env=child_environment(environ),
            stdout=output,
            stderr=output,
        )
        try:
            wait_until(lambda: process.poll() is not None or _answers(port), f"{words} answers")
            assert process.poll() is None, log.read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(ENDING)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    assert "otelhook c" not in log.read_text()  # in tracebacks our frames stand


def spans_in(folder: Path) -> list[dict[str, object]]:
    source = open_source("", load({"data_dir": str(folder / "data")}).settings)
    found = [source.trace(trace_id) for trace_id in source.newest(20)]
    spans = sorted((s for one in found for s in one.spans), key=lambda span: span.start_time)
    return [dict(span.attributes) for span in spans]


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_knows_nothing_of_us_is_recorded(name: str, tmp_path: Path) -> None:
    sent = json.dumps({"name": "ada", "password": "hunter2"})
    with served(name, tmp_path) as address, requests.Session() as session:
        session.trust_env = False
        kind = {"content-type": "application/json"}
        answer = session.post(f"{address}/orders?a=1", data=sent, headers=kind, timeout=10)
        assert (answer.status_code, answer.text) == (201, sent)
        if not name.endswith("WSGI"):
            assert session.get(f"{address}/stream", timeout=10).text == "[0][1][2]"
            assert session.get(f"{address}/fails", timeout=10).status_code == 500
    spans = spans_in(tmp_path)
    assert [span["url.path"] for span in spans] == (
        ["/orders"] if name.endswith("WSGI") else ["/orders", "/stream", "/fails"]
    )
    first = spans[0]
    assert first["http.response.status_code"] == 201
    assert "hunter2" not in str(first)
    assert '"name": "ada"' in str(first["http.request.body.content"])
    assert first["http.response.body.content"] == first["http.request.body.content"]
    if len(spans) > 1:
        assert spans[1]["http.response.body.content"] == "[0][1][2]"
        assert spans[2]["error.type"] == "ValueError"


@pytest.mark.parametrize("name", ["uvicorn", "hypercorn", "granian", "daphne"])
def test_a_websocket_over_a_real_server_is_one_exchange(name: str, tmp_path: Path) -> None:
    client = pytest.importorskip("websockets.sync.client")
    with (
        served(name, tmp_path) as address,
        client.connect(address.replace("http", "ws") + "/chat") as ws,
    ):
        for word in ("a", "b"):
            ws.send(word)
            assert ws.recv(timeout=10) == f"you: {word}"
    (span,) = spans_in(tmp_path)
    assert span["http.response.status_code"] == 101
    assert (span["otelhook.websocket.received"], span["otelhook.websocket.sent"]) == (2, 2)
    # hypercorn tells its application that the client went without a word
    assert span["otelhook.websocket.close_code"] == (1006 if name == "hypercorn" else 1000)
    assert "error.type" not in span
