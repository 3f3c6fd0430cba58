"""Programs that call with urllib3, http.client or urllib.request, without `requests`."""

from __future__ import annotations

import http.client
import io
import urllib.request
from collections.abc import Callable
from typing import Any

import urllib3
from urllib3.util import Retry

from tests.interference.calling import Calling
from tests.interference.client_bodies import BODIES, DATA
from tests.interference.client_requests import Program

__all__ = ["LOWER"]

ANSWERS = (
    *("plain", "chunked", "until-closed", "no-content", "missing", "gzip", "gzip-lies", "short"),
    *("bad-chunk", "hangs-up", "resets", "garbage", "http-1.0", "latin", "continue", "empty"),
)
HEADERS = {"User-Agent": "interference", "X-Name": "value"}


def _pooled(method: str, answer: str, **how: Any) -> Program:
    """One call by a pool manager, and all of the response."""

    def program(call: Calling) -> None:
        with urllib3.PoolManager(headers=HEADERS) as pool:
            how.setdefault("retries", False)
            response = call.attempt(
                "response", pool.request, method, call.url(answer), timeout=5, **how
            )
            if response is not None:
                call.attempt("data", lambda: response.data)
                call.say("state", [response.closed, response.tell()])
                call.say("retries", repr(getattr(response.retries, "history", None) or ()))

    return program


def _pooled_body(make: Callable[[], Any]) -> Program:
    def program(call: Calling) -> None:
        body = make()
        with urllib3.PoolManager(headers=HEADERS) as pool:
            how: dict[str, Any] = {"body": body, "retries": False, "timeout": 5}
            call.attempt("response", pool.request, "POST", call.url("plain"), **how)
        if hasattr(body, "tell") and not body.closed:
            call.say("position", body.tell())
        if hasattr(body, "__next__"):
            call.say("left", list(body))

    return program


READS: dict[str, Callable[[Any], Any]] = {
    "read": lambda response: response.read(),
    "read-n": lambda response: list(iter(lambda: response.read(9), b"")),
    "read1": lambda response: list(iter(lambda: response.read1(9), b"")),
    "stream": lambda response: list(response.stream(9)),
    "chunked": lambda response: list(response.read_chunked(9)),
    "iterate": list,
    "readinto": lambda response: response.readinto(bytearray(9)),
    "lines": lambda response: list(io.BufferedReader(response)),
    "half": lambda response: response.read(7),
    "none": lambda response: None,
}


def _preloaded_not(read: Callable[[Any], Any], answer: str = "chunked") -> Program:
    def program(call: Calling) -> None:
        with urllib3.PoolManager(headers=HEADERS) as pool:
            how: dict[str, Any] = {"preload_content": False, "retries": False, "timeout": 5}
            response = call.note("response", pool.request, "GET", call.url(answer), **how)
            call.attempt("read", read, response)
            if not response.closed:
                call.say("position", response.tell())
            response.release_conn()
            response.close()

    return program


def _pool(call: Calling) -> None:
    """A connection pool of one host, used again and again."""
    with urllib3.HTTPConnectionPool("127.0.0.1", call.port, maxsize=1) as pool:
        for answer in ("plain", "empty", "chunked"):
            call.note("response", pool.urlopen, "GET", call.path(answer), timeout=5)
        call.say("connections", [pool.num_connections, pool.num_requests])


def _connection(
    method: str, answer: str, body: Callable[[], Any] = lambda: None, **how: Any
) -> Program:
    """One call by `http.client`, and all of the response."""

    def program(call: Calling) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", call.port, timeout=5)
        try:
            call.note(
                "request", connection.request, method, call.path(answer), body(), HEADERS, **how
            )
            response = call.note("response", connection.getresponse)
            call.note("read", response.read)
            call.say("state", [response.isclosed(), response.closed])
        except Exception as error:
            call.say("failed", type(error).__name__)
        finally:
            connection.close()

    return program


HTTP_READS: dict[str, Callable[[http.client.HTTPResponse], Any]] = {
    "read": lambda response: response.read(),
    "read-n": lambda response: list(iter(lambda: response.read(9), b"")),
    "read1": lambda response: list(iter(lambda: response.read1(9), b"")),
    "readline": lambda response: [response.readline() for _ in range(4)],
    "readlines": lambda response: response.readlines(),
    "readinto": lambda response: response.readinto(bytearray(9)),
    "peek": lambda response: [response.peek(5)[:5], response.read(3)],
    "iterate": list,
    "half": lambda response: response.read(7),
    "none": lambda response: None,
}


def _http_reading(read: Callable[[http.client.HTTPResponse], Any], answer: str) -> Program:
    def program(call: Calling) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", call.port, timeout=5)
        connection.request("GET", call.path(answer), headers=HEADERS)
        response = connection.getresponse()
        call.say("type", [isinstance(response, http.client.HTTPResponse), response.chunked])
        call.attempt("read", read, response)
        call.say("header", [response.getheader("Content-Type"), response.getheader("none")])
        connection.close()
        call.attempt("after", response.read)

    return program


def _low(call: Calling) -> None:
    """The request in its parts, as httplib2 and boto write it."""
    connection = http.client.HTTPConnection("127.0.0.1", call.port, timeout=5)
    connection.putrequest("PUT", call.path("plain"), skip_accept_encoding=True)
    connection.putheader("Content-Length", str(len(DATA)))
    connection.putheader("X-Many", "1", "2")
    connection.endheaders(DATA[:10])
    connection.send(DATA[10:])
    response = call.note("response", connection.getresponse)
    call.note("read", response.read)
    connection.close()


def _low_chunked(call: Calling) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", call.port, timeout=5)
    connection.putrequest("PUT", call.path("plain"))
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders(iter([DATA[:10], DATA[10:]]), encode_chunked=True)
    call.note("response", connection.getresponse)
    connection.close()


def _kept(call: Calling) -> None:
    """Several requests on one connection, and one in the wrong state."""
    connection = http.client.HTTPConnection("127.0.0.1", call.port, timeout=5)
    for answer in ("plain", "chunked", "no-content", "plain"):
        connection.request("GET", call.path(answer))
        call.note("response", connection.getresponse).read()
    connection.request("GET", call.path("plain"))
    call.attempt("too early", connection.request, "GET", call.path("plain"))
    call.attempt("response", connection.getresponse)
    call.attempt("none asked", connection.getresponse)
    connection.close()


def _refused(call: Calling) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", call.refusing, timeout=5)
    call.attempt("request", connection.request, "GET", call.path("plain"))


def _opened(answer: str, data: bytes | None = None) -> Program:
    """One call by `urllib.request`."""

    def program(call: Calling) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(call.url(answer), data, HEADERS)
        response = call.attempt("response", opener.open, request, timeout=5)
        if response is not None:
            call.attempt("read", response.read)
            call.say("url", response.geturl())
        call.say("headers", sorted(request.header_items()))

    return program


LOWER: dict[str, Program] = {
    **{f"urllib3-get-{answer}": _pooled("GET", answer) for answer in ANSWERS},
    "urllib3-head": _pooled("HEAD", "plain"),
    "urllib3-fields": _pooled("POST", "plain", fields={"a": "1"}, encode_multipart=False),
    "urllib3-multipart": _pooled("POST", "plain", fields={"a": ("a.txt", b"inside")}),
    "urllib3-json": _pooled("POST", "plain", json={"a": 1}),
    **{
        f"urllib3-post-{name}": _pooled_body(make)
        for name, make in BODIES.items()
        if name not in ("form", "pairs", "bytearray", "sized")
    },
    "urllib3-redirect": _pooled("GET", "redirect-302/plain", retries=Retry(3)),
    "urllib3-redirect-post": _pooled("POST", "redirect-307/plain", retries=Retry(3), body=DATA),
    "urllib3-retry": _pooled(
        "GET", "twice-unavailable/plain", retries=Retry(3, status_forcelist=[503])
    ),
    "urllib3-retry-hang-up": _pooled("GET", "twice-hangs-up/plain", retries=Retry(3)),
    **{f"urllib3-{name}": _preloaded_not(read) for name, read in READS.items()},
    **{f"urllib3-{name}-gzip": _preloaded_not(read, "gzip") for name, read in READS.items()},
    "urllib3-pool": _pool,
    **{f"http-get-{answer}": _connection("GET", answer) for answer in ANSWERS},
    "http-head": _connection("HEAD", "plain"),
    **{
        f"http-post-{name}": _connection("POST", "plain", BODIES[name])
        for name in ("bytes", "text", "empty", "memory-file", "real-file", "generator", "reader")
    },
    "http-chunked": _connection("POST", "plain", BODIES["generator"], encode_chunked=True),
    **{
        f"http-{name}-{answer}": _http_reading(read, answer)
        for name, read in HTTP_READS.items()
        for answer in ("plain", "chunked")
    },
    "http-parts": _low,
    "http-parts-chunked": _low_chunked,
    "http-kept": _kept,
    "http-refused": _refused,
    "urllib-get": _opened("plain"),
    "urllib-post": _opened("plain", DATA),
    "urllib-redirect": _opened("redirect-302/plain"),
    "urllib-missing": _opened("missing"),
    "urllib-hangs-up": _opened("hangs-up"),
}
