"""Calls made with requests, over real sockets."""

from __future__ import annotations

import copy
import gzip
import io
import socket
import threading
from importlib.metadata import version
from typing import Any

import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import context as context_api
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, StatusCode
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from otelhook.capture.clients import requests_hook
from otelhook.capture.guard import Guard

TEXT = ("line of text, é \n" * 300).encode()


def echo(environ: Any, start_response: Any) -> Any:
    """Answers with what was sent; the path chooses the form."""
    path = environ["PATH_INFO"]
    length = environ.get("CONTENT_LENGTH")
    body = environ["wsgi.input"].read(int(length)) if length else b""
    kind = [("Content-Type", "text/plain; charset=utf-8")]
    if path == "/gzip":
        packed = gzip.compress(TEXT)
        start_response(
            "200 OK",
            [*kind, ("Content-Encoding", "gzip"), ("Content-Length", str(len(packed)))],
        )
        return [packed]
    if path == "/text":
        start_response("200 OK", [*kind, ("Content-Length", str(len(TEXT)))])
        return [TEXT]
    if path == "/endless":
        start_response("200 OK", kind)
        return iter([TEXT] * 100)
    if path == "/missing":
        start_response("404 Nowhere", [*kind, ("Content-Length", "4")])
        return [b"gone"]
    if path.startswith("/moved"):
        start_response("307 Temporary Redirect", [("Location", "/"), ("Content-Length", "0")])
        return []
    start_response("200 OK", [*kind, ("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture
def url(instrument, serve):
    instrument()
    return serve(echo)


BODIES = {
    "bytes": lambda: b"some body",
    "str": lambda: "some body",
    "file": lambda: io.BytesIO(b"some body"),
    "text file": lambda: io.StringIO("some body"),
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_of_any_kind_is_sent_and_recorded(url, session, recorded, kind):
    body = BODIES[kind]()
    request = session.prepare_request(
        requests.Request("POST", url, data=body, headers={"Content-Type": "text/plain"})
    )
    headers = dict(request.headers)

    response = session.send(request)

    assert response.content == b"some body"
    assert request.body is body
    assert dict(request.headers) == headers
    assert response.request is request
    client = recorded.client()
    assert client["http.request.body.content"] == "some body"
    assert client["http.request.body.size"] == 9
    assert "otelhook.request.body.truncated" not in client


def raw_server(answer: bytes) -> tuple[str, threading.Thread, list[bytes]]:
    """Answer one connection with these bytes; what came in is kept."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen: list[bytes] = []

    def run() -> None:
        with listener:
            connection, _ = listener.accept()
        with connection:
            data = b""
            while b"\r\n\r\n" not in data or (
                b"chunked" in data and not data.endswith(b"0\r\n\r\n")
            ):
                data += connection.recv(65536)
            seen.append(data)
            connection.sendall(answer)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}", thread, seen


def test_a_generator_is_sent_in_chunks_and_recorded(instrument, session, recorded):
    instrument()
    address, thread, seen = raw_server(b"HTTP/1.1 204 No Content\r\n\r\n")

    session.post(address, data=(part for part in (b"one ", b"two")))

    thread.join(5)
    assert b"4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n" in seen[0]
    client = recorded.client()
    assert client["http.request.body.content"] == "one two"
    assert client["http.request.body.size"] == 7
    assert client["http.request.header.transfer-encoding"] == ("chunked",)


def test_a_multipart_body_is_recorded_without_its_password(url, session, recorded):
    session.post(url, data={"password": "hunter2", "name": "x"}, files={"file": ("a.txt", "abc")})

    content = recorded.client()["http.request.body.content"]
    assert 'name="password"\r\n\r\n‹redacted›\r\n' in content
    assert 'filename="a.txt"\r\n\r\nabc\r\n' in content
    assert "hunter2" not in content


def test_each_hop_of_a_redirect_is_a_span_of_its_own_and_the_body_is_counted_once(
    url, session, recorded
):
    response = session.put(f"{url}/moved", data=io.BytesIO(b"some body"))

    assert response.content == b"some body"
    assert [hop.status_code for hop in response.history] == [307]
    first, second = recorded.wait(2, SpanKind.CLIENT)
    assert first.attributes["http.response.status_code"] == 307
    assert second.attributes["url.full"] == f"{url}/"
    assert second.attributes["http.request.body.size"] == 9
    assert first.context.span_id != second.context.span_id


def test_each_hop_carries_its_own_traceparent(url, session, recorded):
    session.get(f"{url}/moved")

    spans = recorded.wait(2, SpanKind.CLIENT)
    sent = [span.attributes["http.request.header.traceparent"][0] for span in spans]
    assert [line.split("-")[2] for line in sent] == [
        format(span.context.span_id, "016x") for span in spans
    ]


class Flaky:
    """Answers 503 with a reason in the body until the third request."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, bytes]] = []

    def __call__(self, environ: Any, start_response: Any) -> Any:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.seen.append((environ.get("HTTP_TRACEPARENT", ""), body))
        if len(self.seen) < 3:
            start_response("503 Busy", [("Content-Type", "text/plain"), ("Content-Length", "4")])
            return [b"busy"]
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
        return [b"done"]


@pytest.mark.parametrize("kind", ["bytes", "file"])
def test_each_attempt_that_urllib3_makes_is_a_span_of_its_own(
    instrument, serve, session, recorded, kind
):
    instrument()
    flaky = Flaky()
    again = urllib3.Retry(total=3, status_forcelist=[503], allowed_methods=None, backoff_factor=0)
    session.mount("http://", HTTPAdapter(max_retries=again))

    response = session.put(serve(flaky), data=BODIES[kind](), headers={"Content-Type": "text/x"})

    assert response.content == b"done"
    assert response.raw.retries.total == 1
    assert [body for _, body in flaky.seen] == [b"some body"] * 3
    spans = recorded.wait(3, SpanKind.CLIENT)
    assert [span.attributes["http.response.status_code"] for span in spans] == [503, 503, 200]
    assert [span.attributes.get("http.request.resend_count") for span in spans] == [None, 1, 2]
    assert [span.attributes["http.request.body.content"] for span in spans] == ["some body"] * 3
    assert [span.attributes["http.request.body.size"] for span in spans] == [9] * 3
    assert [span.attributes["http.response.body.content"] for span in spans] == [
        "busy",
        "busy",
        "done",
    ]
    assert [line.split("-")[2] for line, _ in flaky.seen] == [
        format(span.context.span_id, "016x") for span in spans
    ]
    assert len(recorded.all()) == 3


def test_attempts_that_cannot_connect_are_spans_with_their_own_errors(
    instrument, session, recorded
):
    instrument()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    session.mount("http://", HTTPAdapter(max_retries=1))

    with pytest.raises(requests.ConnectionError):
        session.get(f"http://127.0.0.1:{port}/")

    first, second = recorded.wait(2, SpanKind.CLIENT)
    assert first.attributes["error.type"] == "urllib3.exceptions.NewConnectionError"
    assert second.attributes["error.type"] == "requests.exceptions.ConnectionError"
    assert second.attributes["http.request.resend_count"] == 1


def test_a_call_made_by_a_generator_that_is_being_sent_is_a_call_of_its_own(
    url, instrument, recorded
):
    address, thread, _ = raw_server(b"HTTP/1.1 204 No Content\r\n\r\n")
    with requests.Session() as outer, requests.Session() as inner:

        def parts() -> Any:
            yield inner.get(f"{url}/text").content[:4]
            yield urllib3.PoolManager().request("GET", f"{url}/text").data[:4]

        outer.post(address, data=parts())
    thread.join(5)

    spans = recorded.wait(3, SpanKind.CLIENT)
    assert [span.attributes["url.full"] for span in spans] == [
        f"{address}/",
        f"{url}/text",
        f"{url}/text",
    ]
    assert spans[0].attributes["http.request.body.content"] == "lineline"


URLLIB3 = int(version("urllib3").partition(".")[0])

WAYS_TO_READ = {
    "content": lambda r: r.content,
    "iter_content": lambda r: b"".join(r.iter_content(100)),
    "iter_content of any size": lambda r: b"".join(r.iter_content(None)),
    "raw.stream": lambda r: b"".join(r.raw.stream(64, decode_content=True)),
    "raw.read": lambda r: r.raw.read(decode_content=True),
    "raw.read in pieces": lambda r: b"".join(
        iter(lambda: r.raw.read(100, decode_content=True), b"")
    ),
    "raw.data": lambda r: r.raw.data,
    "iteration": b"".join,
}
if URLLIB3 >= 2:
    WAYS_TO_READ["raw.read1"] = lambda r: b"".join(
        iter(lambda: r.raw.read1(100, decode_content=True), b"")
    )


@pytest.mark.parametrize("path", ["/text", "/gzip"])
@pytest.mark.parametrize("way", WAYS_TO_READ)
def test_a_streamed_body_is_recorded_by_a_late_span_in_whatever_way_it_is_read(
    url, session, recorded, way, path
):
    with session.get(f"{url}{path}", stream=True) as response:
        (client,) = recorded.wait(1)
        body = WAYS_TO_READ[way](response)

    if way == "raw.data" and path == "/gzip":
        body = gzip.decompress(body)
    assert body == TEXT
    late = recorded.wait(1, SpanKind.INTERNAL)[0]
    assert late.name == "http.response.body"
    assert late.parent.span_id == client.context.span_id
    assert late.attributes["http.response.body.content"] == TEXT.decode()
    assert late.attributes["http.response.body.size"] == int(response.headers["Content-Length"])
    assert "otelhook.response.body.truncated" not in late.attributes


def test_an_endless_response_is_recorded_as_far_as_it_was_read(url, session, recorded):
    with session.get(f"{url}/endless", stream=True) as response:
        assert next(response.iter_content(10)) == TEXT[:10]

    late = recorded.wait(1, SpanKind.INTERNAL)[0]
    assert late.attributes["http.response.body.content"] == TEXT[:10].decode()
    assert late.attributes["otelhook.response.body.truncated"] is True


def test_a_body_that_is_not_streamed_is_on_the_client_span_itself(url, session, recorded):
    assert session.get(f"{url}/gzip").content == TEXT

    client = recorded.client()
    assert client["http.response.body.content"] == TEXT.decode()
    assert client["http.response.header.content-encoding"] == ("gzip",)


def test_a_response_that_nobody_reads_is_recorded_when_it_is_dropped(url, recorded):
    adapter = HTTPAdapter()
    request = requests.Request("GET", f"{url}/text").prepare()

    response = adapter.send(request)
    assert recorded.all() == []
    del response
    adapter.close()

    client = recorded.client()
    assert client["http.response.status_code"] == 200
    assert "http.response.body.content" not in client


def test_a_response_is_what_it_was(url, session):
    response = session.get(f"{url}/text", stream=True)

    assert isinstance(response.raw, urllib3.HTTPResponse)
    assert type(response.raw).__name__ == "HTTPResponse"
    assert "urllib3.response.HTTPResponse" in repr(response.raw)
    assert response.raw.readable()
    response.close()
    assert response.raw.closed


def test_an_answer_of_400_or_more_is_an_error_of_the_call(url, session, recorded):
    session.get(f"{url}/missing")

    (client,) = recorded.wait(1)
    assert client.status.status_code is StatusCode.ERROR
    assert client.attributes["error.type"] == "404"
    assert client.attributes["otelhook.response.reason"] == "Nowhere"


def test_a_refused_connection_passes_and_is_recorded(instrument, session, recorded):
    instrument()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    request = session.prepare_request(
        requests.Request("GET", f"http://127.0.0.1:{port}/?token=hunter2")
    )

    with pytest.raises(requests.ConnectionError) as caught:
        session.send(request)

    assert caught.value.request is request
    (client,) = recorded.wait(1)
    assert client.status.status_code is StatusCode.ERROR
    assert client.attributes["error.type"] == "requests.exceptions.ConnectionError"
    assert client.attributes["url.full"].endswith("/?token=‹redacted›")
    assert "hunter2" not in client.to_json()
    assert client.events[0].name == "exception"


def test_a_timeout_passes_and_is_recorded(instrument, session, recorded):
    instrument()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(requests.ReadTimeout):
        session.get(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.05)

    assert recorded.client()["error.type"] == "requests.exceptions.ReadTimeout"


@pytest.mark.skipif(URLLIB3 < 2, reason="requests finds nothing wrong with it on urllib3 1.26")
def test_a_body_that_breaks_off_is_recorded_with_the_error(instrument, session, recorded):
    instrument()
    address, _, _ = raw_server(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nhalf"
    )

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        session.get(address)

    (client,) = recorded.wait(1)
    assert client.status.status_code is StatusCode.ERROR
    assert client.attributes["http.response.status_code"] == 200
    assert client.attributes["http.response.body.size"] == 10
    assert client.attributes["otelhook.response.body.truncated"] is True


def test_userinfo_of_an_address_is_not_recorded(url, session, recorded):
    session.get(url.replace("http://", "http://admin:hunter2@"))

    client = recorded.client()
    assert client["url.full"] == f"{url}/"
    assert client["http.request.header.authorization"] == ("Basic ‹redacted›",)
    assert "url.userinfo" in client["otelhook.redacted"]
    assert "hunter2" not in str(client)


@pytest.mark.parametrize("method", ["HEAD", "DELETE"])
def test_a_call_without_a_body_either_way_is_recorded_as_empty(url, session, recorded, method):
    session.request(method, url)

    client = recorded.client()
    assert client["http.request.body.size"] == 0
    assert client["http.response.body.size"] == 0


def test_outermost_calls_are_children_of_the_parent_that_the_environment_names(
    instrument, serve, session, recorded
):
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    instrument(environ={"TRACEPARENT": parent, "HOME": "/nonexistent"})

    session.get(serve(echo))

    (client,) = recorded.wait(1)
    assert format(client.context.trace_id, "032x") == parent.split("-")[1]
    assert format(client.parent.span_id, "016x") == parent.split("-")[2]


def test_a_parent_that_the_caller_set_itself_is_kept_where_there_is_no_span(url, session, recorded):
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    session.get(url, headers={"traceparent": parent})

    (client,) = recorded.wait(1)
    assert format(client.parent.span_id, "016x") == parent.split("-")[2]


def test_calls_of_an_exporter_are_not_recorded(url, session, recorded):
    token = context_api.attach(context_api.set_value("suppress_instrumentation", "yes", Context()))
    try:
        session.get(url)
    finally:
        context_api.detach(token)

    assert recorded.all() == []


def test_an_unsampled_call_is_not_recorded_and_says_so_to_the_callee(instrument, session):
    handle = instrument()
    address, thread, seen = raw_server(b"HTTP/1.1 204 No Content\r\n\r\n")
    unsampled = trace.NonRecordingSpan(
        trace.SpanContext(1, 2, is_remote=True, trace_flags=trace.TraceFlags(0))
    )
    with trace.use_span(unsampled):
        session.get(address)

    thread.join(5)
    assert handle.tracer_provider is not None
    line = next(line for line in seen[0].split(b"\r\n") if line.lower().startswith(b"traceparent"))
    assert line.endswith((b"-00", b"-02"))


def test_an_adapter_that_adds_headers_still_does_so_for_its_caller(url, session, recorded):
    class Adding(HTTPAdapter):
        def add_headers(self, request: Any, **kwargs: Any) -> None:
            request.headers["X-Added"] = "1"

    session.mount("http://", Adding())
    response = session.get(url)

    assert response.request.headers["X-Added"] == "1"
    assert "traceparent" not in response.request.headers
    assert recorded.client()["http.request.header.x-added"] == ("1",)


def test_uninstrumenting_restores_what_was_there(instrument, serve, session, recorded):
    before = HTTPAdapter.send
    handle = instrument()
    handle.uninstrument()
    session.get(serve(echo))

    assert HTTPAdapter.send is before or vars(before)["__wrapped__"] is HTTPAdapter.send
    assert recorded.all() == []


def fail(*_: object, **__: object) -> None:
    raise LookupError


def test_a_failure_of_ours_does_not_reach_the_caller(url, session, monkeypatch, caplog):
    monkeypatch.undo()
    for name in (
        "clients.requests_hook._Hop.__init__",
        "clients.requests_hook._Hop._describe_request",
        "clients.requests_hook._Hop._tee",
        "record.deferred_body.LateBody._describe",
    ):
        with monkeypatch.context() as broken:
            broken.setattr(f"otelhook.capture.{name}", fail)
            assert session.post(f"{url}/", data=b"some body").content == b"some body"

    assert {record.name for record in caplog.records} == {Guard.__module__}


header_lines = st.dictionaries(st.sampled_from(["A", "a", "X-b", "Host"]), st.text() | st.binary())


@given(header_lines, st.sampled_from(["GET", "post"]))
def test_a_request_is_copied_as_its_own_library_copies_it(
    lines: dict[str, Any], method: str
) -> None:
    request = requests.PreparedRequest()
    request.method, request.headers = method, CaseInsensitiveDict(lines)
    copied = requests_hook._copied(request)
    copied.headers = requests_hook._copied_headers(request.headers)
    theirs = copy.copy(request)
    theirs.headers = request.headers.copy()
    assert vars(copied) == vars(theirs)
    assert list(copied.headers.items()) == list(theirs.headers.items())
    copied.headers["New"] = "one"
    assert "new" in copied.headers
    assert "new" not in request.headers


def test_headers_of_another_kind_are_copied_by_themselves() -> None:
    class Own(CaseInsensitiveDict[str]):
        pass

    assert requests_hook._copied_headers(Own({"A": "1"})) == CaseInsensitiveDict({"A": "1"})
    assert requests_hook._copied_headers({"A": "1"}) == {"A": "1"}
