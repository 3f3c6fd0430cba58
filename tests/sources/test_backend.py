"""Asking a backend over HTTP: what it may answer, and the one line when it does not."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from opentelemetry.instrumentation.utils import is_instrumentation_enabled

from otelhook.errors import ConfigError, DamagedDataError, UnreachableError
from otelhook.sources.backends.credentials import Credentials
from otelhook.sources.backends.http import AnswerLimits, Backend, base_address

NOBODY = Credentials("OTELHOOK_JAEGER")
QUICK = AnswerLimits(silence=0.5, whole=1.0, size=1000)


class Server:
    """Answers each connection with the same bytes."""

    def __init__(self, pieces: Sequence[bytes], pause: float, tls: ssl.SSLContext | None) -> None:
        self.asked: list[bytes] = []
        self._pieces, self._pause, self._tls = pieces, pause, tls
        self._ended = Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if tls else "http"
        self.address = f"{scheme}://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = Thread(target=self._run)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            with suppress(OSError):  # the test has ended, or the client has seen enough
                plain, _ = self._listening.accept()
                with plain:
                    self._answer(plain)

    def _answer(self, plain: socket.socket) -> None:
        connection = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
        with connection:
            self.asked.append(connection.recv(65_536))
            for piece in self._pieces:
                connection.sendall(piece)
                self._ended.wait(self._pause)
            if not self._pieces:
                self._ended.wait(10)


@pytest.fixture
def served():
    """Answer with the given bytes; returns the address, and what is asked there."""
    servers: list[Server] = []

    def serve(
        *pieces: bytes, pause: float = 0.0, tls: ssl.SSLContext | None = None
    ) -> tuple[str, list[bytes]]:
        server = Server(pieces, pause, tls)
        servers.append(server)
        return server.address, server.asked

    yield serve
    for server in servers:
        server.end()


def response(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def ask(address: str, credentials: Credentials = NOBODY) -> Any:
    return Backend("Jaeger", address, credentials, QUICK).get("/api", {"a": "b c"})


Serve = Callable[..., tuple[str, list[bytes]]]


def test_a_question_names_us_and_asks_for_json_that_is_not_recorded(served: Serve) -> None:
    address, asked = served(response("200 OK", b"{}"))
    answer = ask(address + "/base")
    assert (answer.status, answer.body, answer.web_page) == (200, b"{}", False)
    (request,) = asked
    assert request.startswith(b"GET /base/api?a=b+c HTTP/1.1\r\n")
    assert b"Accept: application/json" in request
    assert b"User-Agent: otelhook" in request
    assert b"\r\nTraceparent: 00-00000000000000000000000000000001-0000000000000001-00" in request
    assert b"Authorization" not in request


@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        (Credentials("P", token="s3cret"), b"Authorization: Bearer s3cret\r\n"),
        (Credentials("P", login="me:p\u00e4ss"), b"Authorization: Basic bWU6cMOkc3M=\r\n"),
    ],
)
def test_a_credential_is_sent(served: Serve, credentials: Credentials, header: bytes) -> None:
    address, asked = served(response("200 OK"))
    ask(address, credentials)
    assert header in asked[0]


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "405 No", "501 No"])
@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "text/plain"])
def test_a_status_that_means_something_is_handed_out(served: Serve, status: str, kind: str) -> None:
    address, _ = served(response(status, b" <!doctype html>", f"Content-Type: {kind}"))
    answer = ask(address)
    assert (answer.status, answer.web_page) == (int(status[:3]), True)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (response("503 Busy", b'{"error":{"message":"full\\n up"}}'), r"now \(503: full up\): try"),
        (response("429 Slow", b"<p>"), r"cannot answer now \(429\): try again later"),
        (response("500 Oh", b'{"errors":[{"code":500,"msg":"disk"}]}'), "answers 500: disk; its"),
        (response("400 Bad", b'{"error":"no"}'), "answers 400: no; its own log may say more"),
        (response("500 Oh", b"[" * 10_000), "answers with more than 1,000 bytes"),
        (response("401 Who"), r"refuses \(401\): set OTELHOOK_JAEGER_TOKEN, or .*_LOGIN to USER:"),
        (response("403 No"), r"refuses \(403\): set"),
        (
            response("302 Go", b"", "Location: https://u:p@sso.example/in?state=s3cret#x"),
            r"sends on to sso.example/in \(302\): name that address .* sign-in, set OTELHOOK_",
        ),
        (response("307 Go"), r"sends on to nowhere \(307\)"),
        (b"\x00\x00\x18\x04\x00\x00", "speaks no HTTP there: is that the port of its page"),
        (b"", "speaks no HTTP there"),
    ],
)
def test_a_backend_that_does_not_answer_is_one_line_that_says_what_to_try(
    served: Serve, answer: bytes, said: str
) -> None:
    address, asked = served(answer)
    with pytest.raises((UnreachableError, DamagedDataError), match=said) as caught:
        ask(address)
    line = str(caught.value)
    assert line.startswith(f"Jaeger at {address} ")
    assert "\n" not in line
    assert "s3cret" not in line
    assert len(asked) == 1  # nothing is followed or asked twice


@pytest.mark.parametrize("name", ["token", "login"])
def test_a_refused_credential_is_named_and_not_shown(served: Serve, name: str) -> None:
    address, _ = served(response("401 Who"))
    with pytest.raises(UnreachableError, match=f"OTELHOOK_JAEGER_{name.upper()}") as caught:
        ask(address, Credentials("OTELHOOK_JAEGER", **{name: "me:s3cret"}))
    assert "s3cret" not in str(caught.value)


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UnreachableError, match=r"answer \(Connection refused\): does it run there"):
        ask(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "pieces", [(), (b"HTTP/1.1 200 OK\r\n\r\n", *[b" "] * 100)], ids=["silent", "dripping"]
)
def test_a_slow_answer_is_given_up(served: Serve, pieces: tuple[bytes, ...]) -> None:
    address, _ = served(*pieces, pause=0.1)
    with pytest.raises(UnreachableError, match="has not answered in time"):
        ask(address)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{   \r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{",
    ],
)
def test_an_answer_that_is_cut_short_is_damaged(served: Serve, answer: bytes) -> None:
    address, _ = served(answer)
    with pytest.raises(DamagedDataError, match="cut its answer short: try again"):
        ask(address)


@pytest.mark.parametrize("length", ["Content-Length: 1001\r\n", ""])
def test_an_answer_that_is_too_large_is_not_held(served: Serve, length: str) -> None:
    address, _ = served(f"HTTP/1.1 200 OK\r\n{length}\r\n{'x' * 1001}".encode())
    with pytest.raises(DamagedDataError, match="answers with more than 1,000 bytes"):
        ask(address)


def test_tls_where_there_is_none_is_said(served: Serve) -> None:
    address, _ = served(response("400 Bad"))
    with pytest.raises(UnreachableError, match=r"no TLS there: try http|speaks no HTTP"):
        ask(address.replace("http:", "https:"))


def test_a_certificate_that_is_not_trusted_is_said(served: Serve, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*words, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    address, _ = served(response("200 OK"), tls=context)
    with pytest.raises(UnreachableError, match="not trusted here: set SSL_CERT_FILE"):
        ask(address)


def test_loopback_is_asked_without_a_proxy(served: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    address, _ = served(response("200 OK"))
    assert ask(address).status == 200


def test_our_own_question_is_not_instrumented(served: Serve) -> None:
    enabled: list[bool] = []

    def clock() -> float:
        enabled.append(is_instrumentation_enabled())
        return 0.0

    address, _ = served(response("200 OK", b"{}"))
    Backend("Jaeger", address, NOBODY, QUICK, clock).get("/api")
    assert set(enabled) == {False}
    assert is_instrumentation_enabled()


@pytest.mark.parametrize(
    ("scheme", "place", "address"),
    [
        ("http", "//host:16686", "http://host:16686"),
        ("https", "//Host/", "https://host"),
        ("http", "//host:1/jaeger/ui/", "http://host:1/jaeger/ui"),
        ("http", "//[::1]:16686", "http://[::1]:16686"),
        ("http", "//host/a%20b/\u00fc", "http://host/a%20b/%C3%BC"),
    ],
)
def test_an_address_is_read(scheme: str, place: str, address: str) -> None:
    assert base_address(f"jaeger+{scheme}", scheme, place) == address


@pytest.mark.parametrize(
    "place",
    [
        "",
        "host:16686",
        "//",
        "//:16686",
        "//host:port",
        "//host:99999",
        "//host?a",
        "//host#a",
        "//[::1",
        "//ho st",
        "//host\n",
        "//host/\x1b[31m",
    ],
)
def test_what_is_no_address_is_one_clear_line(place: str) -> None:
    with pytest.raises(ConfigError, match=r"write jaeger\+http://HOST:PORT") as caught:
        base_address("jaeger+http", "http", place)
    assert str(caught.value).isprintable()


def test_a_password_in_an_address_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError, match="set OTELHOOK_JAEGER_LOGIN=USER:PASSWORD") as caught:
        base_address("jaeger+http", "http", "//me:s3cret@host:1")
    assert "s3cret" not in str(caught.value)
