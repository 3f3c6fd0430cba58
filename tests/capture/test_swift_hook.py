"""Calls between Swift's own servers, with its own connection; where swift is installed.

``make openstack`` tries the same on running servers.
"""

from __future__ import annotations

import socket
import threading

import pytest
from opentelemetry.trace import SpanKind

import otelhook

bufferedhttp = pytest.importorskip(
    "swift.common.bufferedhttp", reason="needs OpenStack Swift: pip install swift"
)


@pytest.fixture
def answering():
    """A server that answers each request's head with what it is told."""
    opened: list[socket.socket] = []

    def serve(answers: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        opened.append(listener)

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(65536)
                connection.sendall(answers)
                while connection.recv(65536):
                    pass

        threading.Thread(target=answer, daemon=True).start()
        return int(listener.getsockname()[1])

    yield serve
    for listener in opened:
        listener.close()


def put(port: int, body: bytes) -> tuple[int, bytes]:
    """Put an object as the proxy does: wait for 100, then send, then read the answer."""
    headers = {"Expect": "100-continue", "Content-Length": str(len(body))}
    connection = bufferedhttp.http_connect("127.0.0.1", port, "d1", 7, "PUT", "/a/c/o", headers)
    response = connection.getexpect()
    if response.status == 100:
        connection.send(body)
        response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


def test_an_answer_in_place_of_100_continue_is_the_requests_answer(instrument, answering, recorded):
    instrument("swift-proxy-server")
    refusal = b"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 4\r\n\r\nhave"

    assert put(answering(refusal), b"object") == (412, b"have")

    (span,) = recorded.wait(1, SpanKind.CLIENT)
    assert span.attributes["http.response.status_code"] == 412
    assert span.attributes["url.full"].endswith("/d1/7/a/c/o")


def test_after_100_continue_the_answer_is_the_one_that_follows(instrument, answering, recorded):
    instrument("swift-proxy-server")
    answers = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"

    assert put(answering(answers), b"object") == (201, b"")

    (span,) = recorded.wait(1, SpanKind.CLIENT)
    assert span.attributes["http.response.status_code"] == 201
    assert span.attributes["http.request.body.content"] == "object"


def test_afterwards_the_connection_is_swifts_own_again():
    own = bufferedhttp.BufferedHTTPConnection.getexpect
    handle = otelhook.instrument("swift-proxy-server")
    assert bufferedhttp.BufferedHTTPConnection.getexpect is not own
    handle.uninstrument()
    assert bufferedhttp.BufferedHTTPConnection.getexpect is own
