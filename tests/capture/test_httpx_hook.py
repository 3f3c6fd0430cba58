"""Calls made with httpx, synchronous and asynchronous, and with httpcore itself."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode

import otelhook
from otelhook.redaction import MARKER

httpx: Any = None
httpcore: Any = None


@pytest.fixture(autouse=True, params=["", "2"], ids=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test with httpx, and with httpx2, which goes on where it ended.

    httpxyz takes httpx's name in each program that imports it: `make day` has it by itself.
    """
    for name in ("httpx", "httpcore"):
        module = pytest.importorskip(name + request.param)
        monkeypatch.setattr(sys.modules[__name__], name, module)


def app(environ: Any, start_response: Any) -> list[bytes]:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    chunked = environ.get("HTTP_TRANSFER_ENCODING") == "chunked"
    read = b"chunked" if chunked else environ["wsgi.input"].read(length)
    path = environ["PATH_INFO"]
    seen = environ.get("HTTP_TRACEPARENT", "none")
    headers = [("Content-Type", "application/json"), ("X-Seen", seen)]
    if path == "/redirect":
        start_response("302 Found", [("Location", "/final"), ("X-Seen", seen)])
        return [b"over there"]
    if path == "/gzip":
        start_response("200 OK", [*headers, ("Content-Encoding", "gzip")])
        return [gzip.compress(b'{"packed": true}')]
    if path == "/login" and "HTTP_AUTHORIZATION" not in environ:
        challenge = 'Digest realm="r", nonce="n", algorithm=MD5, qop="auth"'
        start_response("401 Unauthorized", [*headers, ("WWW-Authenticate", challenge)])
        return [b"{}"]
    start_response("201 Created", headers)
    return [read or b'{"path": "%s"}' % path.encode()]


@pytest.fixture
def url(serve, instrument) -> str:
    instrument()
    address: str = serve(app)
    return address


class Sync:
    """A client of httpx, as the asynchronous one beside it is used."""

    def __init__(self, **more: Any) -> None:
        self._more = {"trust_env": False} | more

    def __call__(self, method: str, address: str, **kwargs: Any) -> Any:
        with httpx.Client(**self._more) as client:
            return client.request(method, address, **kwargs)

    def stream(self, address: str, take: int | None) -> list[bytes]:
        chunks: list[bytes] = []
        with httpx.Client(**self._more) as client, client.stream("GET", address) as response:
            for chunk in response.iter_bytes(4):
                chunks.append(chunk)
                if take is not None and len(chunks) == take:
                    break
        return chunks


class Async(Sync):
    def __call__(self, method: str, address: str, **kwargs: Any) -> Any:
        async def main() -> Any:
            async with httpx.AsyncClient(**self._more) as client:
                return await client.request(method, address, **kwargs)

        return asyncio.run(main())

    def stream(self, address: str, take: int | None) -> list[bytes]:
        async def main() -> list[bytes]:
            chunks: list[bytes] = []
            async with (
                httpx.AsyncClient(**self._more) as client,
                client.stream("GET", address) as response,
            ):
                async for chunk in response.aiter_bytes(4):
                    chunks.append(chunk)
                    if take is not None and len(chunks) == take:
                        break
            return chunks

        return asyncio.run(main())


both = pytest.mark.parametrize("client", [Sync, Async])


@both
def test_headers_and_both_bodies_are_recorded_and_nothing_is_changed(url, recorded, client):
    sent = {"name": "ada", "password": "hunter2"}
    response = client()("POST", f"{url}/a?token=abcdef", json=sent, headers={"X-Own": "1"})

    assert response.status_code == 201
    assert response.json() == sent
    assert "traceparent" not in response.request.headers
    (span,) = recorded.wait(1)
    assert span.kind is SpanKind.CLIENT
    found = dict(span.attributes)
    assert found["http.request.method"] == "POST"
    assert found["url.full"].startswith(f"{url}/a?token=")
    assert "abcdef" not in found["url.full"]
    assert found["http.response.status_code"] == 201
    assert found["otelhook.response.reason"] == "Created"
    assert found["network.protocol.version"] == "1.0"
    assert found["http.request.header.x-own"] == ("1",)
    assert found["http.request.header.host"] == (url.removeprefix("http://"),)
    hidden = {"name": "ada", "password": MARKER}
    assert json.loads(found["http.request.body.content"]) == hidden
    assert json.loads(found["http.response.body.content"]) == hidden
    assert response.headers["x-seen"].split("-")[2] == format(span.context.span_id, "016x")


@both
def test_each_hop_of_a_redirect_and_of_a_login_is_a_span(url, recorded, client):
    response = client(follow_redirects=True)("GET", f"{url}/redirect")
    assert response.json() == {"path": "/final"}
    client()("GET", f"{url}/login", auth=httpx.DigestAuth("u", "p"))

    spans = recorded.wait(4)
    assert [span.attributes["http.response.status_code"] for span in spans] == [302, 201, 401, 201]
    assert spans[0].attributes["http.response.body.content"] == "over there"
    seen = [one.headers["x-seen"].split("-")[2] for one in (*response.history, response)]
    assert seen == [format(span.context.span_id, "016x") for span in spans[:2]]


def multipart() -> dict[str, Any]:
    return {"files": {"file": ("a.txt", io.BytesIO(b"in a file"), "text/plain")}}


@both
@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"content": b"bytes"}, "bytes"),
        ({"content": "text"}, "text"),
        ({"data": {"a": "1"}}, "a=1"),
        (multipart, "in a file"),
        ({}, ""),
    ],
)
def test_bodies_of_every_kind_are_seen_as_they_are_sent(url, recorded, client, body, shown):
    response = client()("POST", url, **(body() if callable(body) else body))
    assert shown in response.text or response.json() == {"path": "/"}
    assert shown in recorded.client()["http.request.body.content"]


def test_iterators_are_seen_as_they_are_sent(instrument, recorded):
    instrument()

    async def pieces():
        yield b"one "
        yield b"two"

    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=request.content))
    sent = Sync(transport=transport)("POST", "http://a.example", content=iter([b"one ", b"two"]))
    assert sent.text == "one two"
    Async(transport=transport)("POST", "http://a.example", content=pieces())
    for span in recorded.wait(2):
        assert span.attributes["http.request.body.content"] == "one two"
        assert span.attributes["http.request.body.size"] == 7


@both
def test_a_coded_body_is_shown_decoded_and_a_streamed_one_is_a_child(url, recorded, client):
    assert client()("GET", f"{url}/gzip").json() == {"packed": True}
    assert b"".join(client().stream(f"{url}/gzip", None)) == b'{"packed": true}'

    first, second, body = recorded.wait(3)
    assert first.attributes["http.response.body.content"] == '{"packed": true}'
    assert "http.response.body.content" not in second.attributes
    assert body.kind is SpanKind.INTERNAL
    assert body.parent.span_id == second.context.span_id
    assert body.attributes["http.response.body.content"] == '{"packed": true}'


@both
def test_a_stream_that_is_not_read_to_its_end_ends_its_span(url, recorded, client):
    client().stream(url, 1)
    spans = recorded.wait(2)
    assert spans[0].attributes["http.response.status_code"] == 201


@both
def test_what_goes_wrong_is_recorded_and_passes(instrument, recorded, client):
    instrument()
    with pytest.raises(httpx.ConnectError) as caught:
        client()("GET", "http://127.0.0.1:1/")
    assert "traceparent" not in caught.value.request.headers
    (span,) = recorded.wait(1)
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == f"{httpx.__name__}.ConnectError"


@both
def test_transports_of_the_programs_own_are_calls_too(instrument, recorded, client):
    instrument()
    seen = []

    def answer(request: Any) -> Any:
        seen.append(request.headers["traceparent"])
        return httpx.Response(418, text="teapot", headers={"content-type": "text/plain"})

    mounts = {"all://": httpx.MockTransport(answer)}
    assert client(mounts=mounts)("GET", "http://tea.example/pot").text == "teapot"
    (span,) = recorded.wait(1)
    assert seen[0].split("-")[2] == format(span.context.span_id, "016x")
    assert span.attributes["http.response.body.content"] == "teapot"


def test_applications_in_this_process_are_called_as_services(instrument, recorded):
    for service in ("asgi", "wsgi", "caller"):
        instrument(service)

    async def asgi(scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    inside = otelhook.ASGIMiddleware(asgi, service="asgi")
    Async(transport=httpx.ASGITransport(app=inside))("GET", "http://in.example/a")
    wrapped = otelhook.Middleware(app, service="wsgi")
    Sync(transport=httpx.WSGITransport(app=wrapped))("GET", "http://in.example/b")

    clients = [s for s in recorded.wait(4) if s.kind is SpanKind.CLIENT]
    servers = [s for s in recorded.all() if s.kind is SpanKind.SERVER]
    parents = {span.parent.span_id for span in servers}
    assert parents == {span.context.span_id for span in clients}


def test_calls_at_once_keep_apart(url, recorded):
    async def main() -> list[Any]:
        limits = httpx.Limits(max_connections=4)
        async with httpx.AsyncClient(trust_env=False, limits=limits, timeout=60) as client:
            calls = (client.get(f"{url}/{number}") for number in range(40))
            return list(await asyncio.gather(*calls))

    answers = asyncio.run(main())
    spans = {format(s.context.span_id, "016x"): s for s in recorded.wait(40, SpanKind.CLIENT)}
    for answer in answers:
        span = spans[answer.headers["x-seen"].split("-")[2]]
        assert span.attributes["url.full"] == str(answer.request.url)
        assert json.loads(span.attributes["http.response.body.content"]) == answer.json()


def test_a_cancelled_call_ends_its_span(instrument, recorded):
    instrument()

    async def main() -> None:
        async def never(_: Any) -> Any:
            await asyncio.Event().wait()

        async with httpx.AsyncClient(transport=httpx.MockTransport(never)) as client:
            task = asyncio.create_task(client.get("http://slow.example/"))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert recorded.client()["error.type"].endswith("CancelledError")


@pytest.mark.parametrize("signed", [False, True])
def test_a_traceparent_that_the_program_signed_arrives_as_it_is(url, recorded, signed):
    line = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"traceparent": line} | ({"x-signature": "abc"} if signed else {})
    assert Sync()("GET", url, headers=headers).headers["x-seen"] == line
    (span,) = recorded.wait(1)
    assert format(span.parent.span_id, "016x") == line.split("-")[2]


def test_httpcore_itself_is_recorded(url, recorded):
    with httpcore.ConnectionPool() as pool:
        response = pool.request("POST", f"{url}/core", content=b"sent")
    assert response.content == b"sent"

    async def main() -> Any:
        async with httpcore.AsyncConnectionPool() as pool:
            return await pool.request("GET", f"{url}/core")

    assert json.loads(asyncio.run(main()).content) == {"path": "/core"}
    spans = recorded.wait(4)
    clients = [span for span in spans if span.kind is SpanKind.CLIENT]
    assert [span.attributes["url.full"] for span in clients] == [f"{url}/core"] * 2
    assert clients[0].attributes["http.request.body.content"] == "sent"
    bodies = [s for s in spans if s.kind is SpanKind.INTERNAL]
    assert {s.parent.span_id for s in bodies} == {s.context.span_id for s in clients}


def test_a_client_that_is_uninstrumented_is_as_before():
    code = (
        f"import {httpx.__name__} as httpx, otelhook\n"
        "def found(): return [c.__dict__[n] for c in (httpx.Client, httpx.AsyncClient)"
        " for n in ('_send_single_request', 'send')]\n"
        "before = found(); handle = otelhook.instrument('x'); assert found() != before\n"
        "handle.uninstrument(); assert found() == before"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("first", ["import httpx2", "import httpx2, otelhook.capture"])
def test_httpx2_in_the_place_of_httpx_is_recorded_once(tmp_path, serve, first):
    if not hasattr(pytest.importorskip("httpx2"), "alias_httpx"):
        pytest.skip("this httpx2 cannot stand in httpx's place")
    code = (
        f"{first}; httpx2.alias_httpx()\n"
        "import otelhook; handle = otelhook.instrument('x')\n"
        "import httpx, httpx._client, httpcore._sync.connection_pool as pool\n"
        f"assert httpx is httpx2; httpx.get({serve(app)!r}, trust_env=False)\n"
        f"import httpcore; httpcore.request('GET', {serve(app)!r})\n"
        "handle.force_flush(); print(handle.counts.ended)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"OTELHOOK_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("3\n", "")  # httpcore's body comes in a span of its own
