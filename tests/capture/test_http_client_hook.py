"""Calls made with http.client itself, and with what stands on it, over real sockets."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import io
import json
import socket
import threading
import urllib.error
import urllib.request
import xmlrpc.client
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from opentelemetry.trace import SpanKind

from otelhook.capture.clients.http_client_body import without_framing

TEXT = ("line of text, é \n" * 300).encode()
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s"
)


class Peer:
    """Answers each connection's requests with the same bytes; what came in is kept."""

    def __init__(self, answer: bytes) -> None:
        self.seen = b""
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self._listener:
            connection, _ = self._listener.accept()
        with contextlib.suppress(ConnectionError), connection, connection.makefile("rb") as lines:
            while line := lines.readline():
                self.seen += line
                length, chunked = 0, False
                while (line := lines.readline()) not in (b"\r\n", b""):
                    self.seen += line
                    name, _, value = line.lower().partition(b":")
                    if name == b"content-length":
                        length = int(value)
                    chunked = chunked or name == b"transfer-encoding"
                self.seen += lines.read(length)
                while chunked and (line := lines.readline()) not in (b"0\r\n", b""):
                    self.seen += line
                if chunked:
                    lines.readline()
                connection.sendall(self._answer)

    def headers(self, name: bytes) -> list[bytes]:
        """Return each value of a header that came in."""
        lines = (line.partition(b":") for line in self.seen.split(b"\r\n"))
        return [value.strip() for key, _, value in lines if key.lower() == name]


@pytest.fixture
def peer(instrument) -> Callable[..., Peer]:
    instrument()
    return lambda *answer: Peer(*answer or [ANSWER % (len(TEXT), TEXT)])


@pytest.fixture
def connect(peer) -> Iterator[Callable[..., tuple[Peer, http.client.HTTPConnection]]]:
    opened: list[http.client.HTTPConnection] = []

    def start(*answer: bytes) -> tuple[Peer, http.client.HTTPConnection]:
        server = peer(*answer)
        opened.append(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10))
        return server, opened[-1]

    yield start
    for conn in opened:
        conn.close()


WAYS_TO_READ = {
    "read": lambda r: r.read(),
    "read in pieces": lambda r: b"".join(iter(lambda: r.read(100), b"")),
    "read1": lambda r: b"".join(iter(lambda: r.read1(100), b"")),
    "readline": lambda r: b"".join(iter(r.readline, b"")),
    "readlines": lambda r: b"".join(r.readlines()),
    "iteration": b"".join,
}

FRAMED = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (TEXT[:1000], TEXT[1000:])) + b"0\r\n\r\n"
KIND = b"Content-Type: text/plain; charset=utf-8\r\n"
FORMS = {
    "with a length": ANSWER % (len(TEXT), TEXT),
    "in chunks": b"HTTP/1.1 200 OK\r\n" + KIND + b"Transfer-Encoding: chunked\r\n\r\n" + FRAMED,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", WAYS_TO_READ)
def test_a_body_is_recorded_by_a_late_span_in_whatever_way_it_is_read(connect, recorded, way, form):
    server, conn = connect(FORMS[form])
    conn.request("GET", "/a?token=hunter2")
    response = conn.getresponse()
    (client,) = recorded.wait(1)

    assert WAYS_TO_READ[way](response) == TEXT
    assert type(response).__name__ == "HTTPResponse"
    assert isinstance(response, http.client.HTTPResponse)
    response.close()

    late = recorded.wait(1, SpanKind.INTERNAL)[0]
    assert late.name == "http.response.body"
    assert late.parent.span_id == client.context.span_id
    assert late.attributes["http.response.body.content"] == TEXT.decode()
    assert late.attributes["http.response.body.size"] == len(TEXT)
    assert client.attributes["url.full"] == f"http://127.0.0.1:{server.port}/a?token=‹redacted›"
    assert client.attributes["http.request.header.host"] == (f"127.0.0.1:{server.port}",)


def test_readinto_is_noted_once(connect, recorded):
    _, conn = connect()
    conn.request("GET", "/")
    response = conn.getresponse()
    buffer = bytearray(len(TEXT) + 1)

    assert response.readinto(buffer) == len(TEXT)
    response.close()

    late = recorded.wait(1, SpanKind.INTERNAL)[0]
    assert late.attributes["http.response.body.size"] == len(TEXT)
    assert late.attributes["http.response.body.content"] == TEXT.decode()


def piecewise(conn: http.client.HTTPConnection) -> None:
    conn.putrequest("PUT", "/")
    conn.putheader("Content-Type", "text/plain")
    conn.putheader("Content-Length", 9)
    conn.endheaders()
    conn.send(b"some ")
    conn.send(io.BytesIO(b"body"))


def own_chunks(conn: http.client.HTTPConnection) -> None:
    conn.putrequest("PUT", "/")
    conn.putheader("Content-Type", "text/plain")
    conn.putheader("Transfer-Encoding", "chunked")
    conn.endheaders()
    conn.send(b"5\r\nsome \r\n")
    conn.send(b"4\r\nbody\r\n0\r\n\r\n")


TEXTUAL = {"Content-Type": "text/plain"}
SENDING = {
    "bytes": lambda c: c.request("PUT", "/", b"some body", TEXTUAL),
    "str": lambda c: c.request("PUT", "/", "some body", TEXTUAL),
    "file": lambda c: c.request("PUT", "/", io.BytesIO(b"some body"), TEXTUAL),
    "iterable": lambda c: c.request("PUT", "/", iter([b"some ", b"body"]), TEXTUAL),
    "memoryview": lambda c: c.request("PUT", "/", memoryview(b"some body"), TEXTUAL),
    "piece by piece": piecewise,
    "in chunks of its own": own_chunks,
}


@pytest.mark.parametrize("way", SENDING)
def test_a_body_is_sent_and_recorded_in_whatever_way_it_is_sent(connect, recorded, way):
    server, conn = connect(ANSWER % (2, b"ok"))
    SENDING[way](conn)
    with conn.getresponse() as response:
        assert response.read() == b"ok"

    assert b"some " in server.seen
    assert len(server.headers(b"traceparent")) == 1
    (client,) = recorded.wait(1, SpanKind.CLIENT)
    assert server.headers(b"traceparent")[0].decode().split("-")[2] == format(
        client.context.span_id, "016x"
    )
    assert client.attributes["http.request.body.content"] == "some body"
    assert client.attributes["http.request.body.size"] == 9
    assert "otelhook.request.body.truncated" not in client.attributes


def test_a_traceparent_that_the_caller_wrote_itself_is_the_parent_and_sent_as_it_is(
    connect, recorded
):
    server, conn = connect()
    line = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"
    conn.request("GET", "/", headers={"Traceparent": line})
    conn.getresponse().read()

    (client,) = recorded.wait(1, SpanKind.CLIENT)
    assert format(client.parent.span_id, "016x") == "2" * 16
    assert server.headers(b"traceparent") == [line.encode()]


def test_a_kept_connection_has_a_span_for_each_request(connect, recorded):
    _, conn = connect()
    for _ in range(3):
        conn.request("GET", "/")
        assert conn.getresponse().read() == TEXT

    assert len(recorded.wait(3, SpanKind.CLIENT)) == 3
    assert len(recorded.wait(3, SpanKind.INTERNAL)) == 3


def test_a_peer_that_hangs_up_is_recorded_and_the_error_passes(connect, recorded):
    _, conn = connect(b"")
    server_gone = socket.create_server(("127.0.0.1", 0))
    conn.port = server_gone.getsockname()[1]

    def hang_up() -> None:
        server_gone.accept()[0].close()

    thread = threading.Thread(target=hang_up)
    thread.start()
    conn.request("GET", "/")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)) as caught:
        conn.getresponse()
    thread.join()
    server_gone.close()

    assert recorded.client()["error.type"].endswith(caught.type.__name__)


def test_a_request_without_an_answer_is_recorded_when_the_connection_is_closed(connect, recorded):
    _, conn = connect()
    conn.request("POST", "/", b"x")
    conn.close()

    client = recorded.client()
    assert client["http.request.body.size"] == 1
    assert "http.response.status_code" not in client


def test_what_was_refused_before_it_was_sent_is_no_request(connect, recorded):
    _, conn = connect()
    with pytest.raises(http.client.InvalidURL):
        conn.request("GET", "/a b")
    conn.close()
    conn.request("GET", "/")
    conn.getresponse().read()

    assert len(recorded.wait(1, SpanKind.CLIENT)) == 1


def test_urllib_request_comes_with_it(peer, recorded):
    packed = gzip.compress(TEXT)
    server = peer(
        b"HTTP/1.1 404 Nowhere\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(packed), packed)
    )
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/",
        json.dumps({"password": "hunter2"}).encode(),
        {"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener.open(request, timeout=10)
    with caught.value as answer:
        assert answer.read() == packed

    client = recorded.client()
    assert client["http.request.body.content"] == '{"password": "‹redacted›"}'
    assert client["http.response.status_code"] == 404
    late = recorded.wait(1, SpanKind.INTERNAL)[0]
    assert late.attributes["http.response.body.content"] == TEXT.decode()


def test_xmlrpc_comes_with_it(peer, recorded):
    answer = xmlrpc.client.dumps((7,), methodresponse=True).encode()
    server = peer(ANSWER.replace(b"text/plain", b"text/xml") % (len(answer), answer))
    with xmlrpc.client.ServerProxy(f"http://127.0.0.1:{server.port}/") as proxy:
        assert proxy.add(3, 4) == 7

    assert "<methodName>add</methodName>" in recorded.client()["http.request.body.content"]


@pytest.mark.parametrize(
    ("kept", "plain"),
    [
        (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"3;x=y\r\nabc\r\n2\r\nde", b"abcde"),
        (b"a\r\nabc", b"abc"),
        (b"not chunks\r\nat all", b"not chunks\r\nat all"),
        (b"-1\r\nabc", b""),
        (b"", b""),
        (b"3", b""),
    ],
)
def test_chunks_are_joined_as_far_as_they_go(kept, plain):
    assert without_framing(kept) == plain


def test_an_address_split_from_its_connection_is_put_together_again(connect, recorded):
    server, conn = connect()
    conn.request("GET", f"http://127.0.0.1:{server.port}/as/through/a/proxy")
    conn.getresponse().read()

    assert urlsplit(recorded.client()["url.full"]).path == "/as/through/a/proxy"
