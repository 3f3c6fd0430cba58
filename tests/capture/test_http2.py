"""HTTP/2 in httpx: requests share a connection, and each is a span of its own."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.trace import SpanKind

from otelhook.redaction import MARKER
from tests.waiting import wait_until

httpx = pytest.importorskip("httpx")
pytest.importorskip("h2")
pytest.importorskip("hypercorn")

SITE = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    seen = dict(scope["headers"]).get(b"traceparent", b"none")
    headers = [(b"content-type", b"application/json"), (b"x-seen", seen)]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": body or b"{}"})
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A server that speaks HTTP/2 without TLS to who begins with it."""
    (tmp_path / "site_app.py").write_text(SITE)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "hypercorn", "-b", f"127.0.0.1:{port}", "site_app:app"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def listens() -> bool:
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(listens, "hypercorn listens")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _held(spans: list[Any], responses: list[Any]) -> None:
    calls = [span for span in spans if span.kind is SpanKind.CLIENT]
    assert len(calls) == len(responses)
    by_id = {format(span.context.span_id, "016x"): span for span in calls}
    assert {response.headers["x-seen"].split("-")[2] for response in responses} == set(by_id)
    for response in responses:
        assert (response.http_version, response.status_code) == ("HTTP/2", 201)
        found = by_id[response.headers["x-seen"].split("-")[2]].attributes
        assert found["network.protocol.version"] == "2"
        assert found["http.response.status_code"] == 201
        assert json.loads(found["http.request.body.content"]) == {"n": 1, "password": MARKER}


def test_requests_on_one_connection_are_spans_of_their_own(
    url: str, instrument: Any, recorded: Any
) -> None:
    instrument()
    with httpx.Client(http1=False, http2=True, trust_env=False) as client:
        sent = {"n": 1, "password": "hunter2"}
        responses = [client.post(f"{url}/{n}", json=sent) for n in range(3)]
    assert all("traceparent" not in response.request.headers for response in responses)
    _held(recorded.all(), responses)


def test_requests_at_once_on_one_connection_are_told_apart(
    url: str, instrument: Any, recorded: Any
) -> None:
    instrument()

    async def act() -> list[Any]:
        async with httpx.AsyncClient(http1=False, http2=True, trust_env=False) as client:
            sent = {"n": 1, "password": "hunter2"}
            return await asyncio.gather(*(client.post(f"{url}/{n}", json=sent) for n in range(8)))

    responses = asyncio.run(act())
    _held(recorded.all(), responses)
