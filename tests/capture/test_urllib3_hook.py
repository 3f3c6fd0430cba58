"""Calls made with urllib3 itself, over real sockets."""

from __future__ import annotations

import gzip
import io
import socket
import ssl
from typing import Any

import pytest
import urllib3
from opentelemetry.trace import SpanKind, StatusCode

TEXT = ("line of text, é \n" * 300).encode()


class Echo:
    """Answers with what was sent; the path chooses the form."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, environ: Any, start_response: Any) -> Any:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.lines.append(environ.get("HTTP_TRACEPARENT", ""))
        kind = ("Content-Type", "text/plain; charset=utf-8")
        if environ["PATH_INFO"] == "/busy" and len(self.lines) < 3:
            start_response("503 Busy", [kind, ("Content-Length", "4")])
            return [b"busy"]
        if environ["PATH_INFO"] == "/moved":
            start_response("303 See Other", [("Location", "/text"), ("Content-Length", "0")])
            return []
        if environ["PATH_INFO"] == "/gzip":
            packed = gzip.compress(TEXT)
            start_response(
                "200 OK", [kind, ("Content-Encoding", "gzip"), ("Content-Length", str(len(packed)))]
            )
            return [packed]
        answer = TEXT if environ["PATH_INFO"] == "/text" else body
        start_response("200 OK", [kind, ("Content-Length", str(len(answer)))])
        return [answer]


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def url(instrument, serve, echo):
    instrument()
    return serve(echo)


@pytest.fixture
def pool():
    with urllib3.PoolManager() as pool:
        yield pool


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"some body",
        lambda: "some body",
        lambda: bytearray(b"some body"),
        lambda: memoryview(b"some body"),
        lambda: io.BytesIO(b"some body"),
        lambda: io.StringIO("some body"),
    ],
)
def test_a_body_of_any_kind_is_sent_and_recorded(url, pool, recorded, make):
    headers = {"Content-Type": "text/plain", "Content-Length": "9"}

    response = pool.request("POST", f"{url}/?token=hunter2", body=make(), headers=headers)

    assert response.data == b"some body"
    assert headers == {"Content-Type": "text/plain", "Content-Length": "9"}
    client = recorded.client()
    assert client["url.full"] == f"{url}/?token=‹redacted›"
    assert client["http.request.body.content"] == "some body"
    assert client["http.request.body.size"] == 9
    assert client["http.response.status_code"] == 200
    assert len(recorded.all()) == 1


def of_either(recorded: Any) -> dict[str, Any]:
    """Return the CLIENT span's attributes, and those of the span that has its body if one has."""
    (client,) = recorded.wait(1, SpanKind.CLIENT)
    late = [span for span in recorded.all() if span.kind is SpanKind.INTERNAL]
    return {**client.attributes, **{k: v for span in late for k, v in span.attributes.items()}}


@pytest.mark.parametrize("path", ["/text", "/gzip"])
@pytest.mark.parametrize(
    "read",
    [
        lambda pool, url: pool.request("GET", url).data,
        lambda pool, url: pool.request("GET", url, preload_content=False).data,
        lambda pool, url: b"".join(pool.request("GET", url, preload_content=False).stream(100)),
        lambda pool, url: pool.urlopen("GET", url, preload_content=False).read(decode_content=True),
        lambda pool, url: b"".join(pool.request("GET", url, preload_content=False)),
    ],
)
def test_a_body_is_recorded_in_whatever_way_it_is_read(url, pool, recorded, read, path):
    assert read(pool, f"{url}{path}") == TEXT

    seen = of_either(recorded)
    assert seen["http.response.body.content"] == TEXT.decode()
    assert "otelhook.response.body.truncated" not in seen


def test_each_attempt_and_each_hop_of_a_redirect_is_a_span_with_its_own_traceparent(
    url, pool, recorded, echo
):
    retries = urllib3.Retry(total=5, status_forcelist=[503], backoff_factor=0)
    assert pool.request("GET", f"{url}/busy", retries=retries).status == 200
    assert pool.request("GET", f"{url}/moved").data == TEXT

    spans = recorded.wait(5, SpanKind.CLIENT)
    codes = [span.attributes["http.response.status_code"] for span in spans]
    assert codes == [503, 503, 200, 303, 200]
    assert [line.split("-")[2] for line in echo.lines] == [
        format(span.context.span_id, "016x") for span in spans
    ]


@pytest.mark.parametrize(
    "headers", [None, {"TraceParent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01"}]
)
def test_there_is_one_traceparent_whatever_the_caller_sends(url, pool, recorded, echo, headers):
    before = dict(headers or {})
    pool.request("GET", url, headers=headers)

    (client,) = recorded.wait(1, SpanKind.CLIENT)
    assert (headers or {}) == before
    assert len(echo.lines) == 1
    if headers:
        assert echo.lines == list(headers.values())
        assert format(client.parent.span_id, "016x") == "2" * 16
        assert client.attributes["http.request.header.traceparent"] == (echo.lines[0],)
    else:
        assert echo.lines[0].split("-")[2] == format(client.context.span_id, "016x")


def test_headers_of_the_pool_are_sent_and_not_changed(instrument, serve, recorded, echo):
    instrument()
    host = urllib3.util.parse_url(serve(echo))
    with urllib3.HTTPConnectionPool(host.host or "", host.port, headers={"X-Own": "1"}) as pool:
        pool.request("GET", "/")
        assert dict(pool.headers) == {"X-Own": "1"}

    assert recorded.client()["http.request.header.x-own"] == ("1",)


def test_a_refused_connection_passes_and_is_recorded(instrument, pool, recorded):
    instrument()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(urllib3.exceptions.MaxRetryError):
        pool.request("GET", f"http://127.0.0.1:{port}/", retries=1)

    first, second = recorded.wait(2, SpanKind.CLIENT)
    for span in (first, second):
        assert span.attributes["error.type"] == "urllib3.exceptions.NewConnectionError"
        assert span.status.status_code is StatusCode.ERROR


def test_a_failed_handshake_is_recorded(instrument, serve, echo, recorded):
    instrument()
    url = serve(echo).replace("http:", "https:")
    with urllib3.PoolManager() as pool, pytest.raises(urllib3.exceptions.MaxRetryError) as caught:
        pool.request("GET", url, retries=0)

    assert isinstance(caught.value.reason, urllib3.exceptions.SSLError | ssl.SSLError)
    assert recorded.client()["url.full"] == f"{url}/"


def test_a_timeout_passes_and_is_recorded(instrument, pool, recorded):
    instrument()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            pool.request("GET", url, timeout=0.05, retries=False)

    assert recorded.client()["error.type"] == "urllib3.exceptions.ReadTimeoutError"
