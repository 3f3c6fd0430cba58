"""The middleware, in process: what the server sees, what the application sees, what is recorded."""

from __future__ import annotations

import copy
import io
import os
import pickle
import sys
import tracemalloc
from contextlib import suppress
from typing import Any
from wsgiref.util import FileWrapper, setup_testing_defaults

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from werkzeug.test import Client

import otelhook
from otelhook.capture.guard import Guard
from otelhook.redaction import MARKER


@pytest.fixture
def wrap(recorded):
    """Wrap an application under a provider of the test's own."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(recorded.exporter))

    def middleware(app, **settings):
        return otelhook.Middleware(app, service="app", tracer_provider=provider, **settings)

    return middleware


MESSAGE = "password=hunter2"


def make_environ(method="GET", path="/", body=b"", **more: Any) -> dict[str, Any]:
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path}
    setup_testing_defaults(environ)
    if body:
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    return environ | more


class Server:
    """A WSGI server without a socket, which notes what the application does."""

    def __init__(self) -> None:
        self.started: list[tuple[Any, ...]] = []
        self.written: list[bytes] = []

    def start_response(self, *args: Any) -> Any:
        self.started.append(args)
        return self.written.append

    def run(self, app: Any, environ: dict[str, Any]) -> bytes:
        result = app(environ, self.start_response)
        try:
            chunks = list(result)
        finally:
            if hasattr(result, "close"):
                result.close()
        return b"".join(self.written + chunks)


def plain(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"one", b"two"]


def test_a_list_stays_a_list_with_its_length(wrap, recorded):
    result: Any = wrap(plain)(make_environ(), Server().start_response)

    assert issubclass(type(result), list)
    assert len(result) == 2
    assert recorded.all() == []
    result.close()
    assert recorded.server()["http.response.body.content"] == "onetwo"


def test_the_span_ends_once_however_often_the_server_closes(wrap, recorded):
    result = wrap(plain)(make_environ(), Server().start_response)
    for _ in range(3):
        result.close()
    del result

    assert len(recorded.all()) == 1


class Body:
    """An iterable with a close, as frameworks have it."""

    def __init__(self, chunks: list[bytes], fails_at: int = -1) -> None:
        self.chunks = chunks
        self.closed = 0
        self.contexts: list[int] = []
        self.fails_at = fails_at

    def __iter__(self):
        for number, chunk in enumerate(self.chunks):
            self.note()
            if number == self.fails_at:
                raise RuntimeError
            yield chunk

    def note(self) -> None:
        self.contexts.append(trace.get_current_span().get_span_context().span_id)

    def close(self) -> None:
        self.note()
        self.closed += 1


class SizedBody(Body):
    def __len__(self) -> int:
        return len(self.chunks)


def serving(body, status="200 OK", headers=(("Content-Type", "text/plain"),)):
    def app(environ, start_response):
        start_response(status, list(headers))
        return body

    return app


def test_a_body_has_a_length_only_if_the_applications_own_has_one(wrap):
    unsized = wrap(serving(Body([b"a"])))(make_environ(), Server().start_response)
    sized = wrap(serving(SizedBody([b"a"])))(make_environ(), Server().start_response)

    with pytest.raises(TypeError):
        len(unsized)
    assert len(sized) == 1
    unsized.close()
    sized.close()


def test_a_body_closed_without_being_iterated_is_closed_and_recorded(wrap, recorded):
    body = Body([b"never"])

    wrap(serving(body))(make_environ("HEAD"), Server().start_response).close()

    assert body.closed == 1
    assert recorded.server()["http.response.body.size"] == 0


def test_the_context_is_current_only_while_the_applications_code_runs(wrap, recorded):
    body = Body([b"a", b"b"])
    nobody = trace.INVALID_SPAN_ID

    def here() -> int:
        return trace.get_current_span().get_span_context().span_id

    result = wrap(serving(body))(make_environ(), Server().start_response)
    assert here() == nobody
    for _ in result:
        assert here() == nobody
    result.close()
    assert here() == nobody
    (span,) = recorded.wait(1)
    assert set(body.contexts) == {span.context.span_id}


def test_an_exception_of_the_application_passes_and_is_recorded_without_its_secret(wrap, recorded):
    def app(environ, start_response):
        raise KeyError(MESSAGE)

    with pytest.raises(KeyError, match="hunter2"):
        wrap(app)(make_environ(), Server().start_response)

    (span,) = recorded.wait(1)
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == "KeyError"
    event = span.events[0].attributes
    assert event["exception.type"] == "KeyError"
    assert "hunter2" not in str(dict(event)) + str(span.status.description)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_a_base_exception_passes_and_the_span_is_not_lost(wrap, recorded, error):
    def app(environ, start_response):
        raise error

    with pytest.raises(error):
        wrap(app)(make_environ(), Server().start_response)

    assert len(recorded.all()) == 1


def test_an_exception_while_iterating_passes_and_the_body_is_still_closed(wrap, recorded):
    body = Body([b"a", b"b"], fails_at=1)

    with pytest.raises(RuntimeError):
        Server().run(wrap(serving(body)), make_environ())

    assert body.closed == 1
    (span,) = recorded.wait(1)
    assert span.attributes["error.type"] == "RuntimeError"
    assert span.attributes["http.response.body.content"] == "a"
    assert span.attributes["otelhook.response.body.truncated"] is True


def test_a_client_that_goes_away_is_no_error_and_the_body_is_marked_as_cut(wrap, recorded):
    result = wrap(serving(Body([b"a", b"b"])))(make_environ(), Server().start_response)
    next(iter(result))
    result.close()

    (span,) = recorded.wait(1)
    assert span.status.status_code is StatusCode.UNSET
    assert span.attributes["http.response.body.content"] == "a"
    assert span.attributes["otelhook.response.body.truncated"] is True


def test_write_and_exc_info_go_through_and_the_last_status_counts(wrap, recorded):
    server = Server()

    def app(environ, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain"), ("X-First", "1")])
        write(b"written ")
        try:
            int("no number")
        except ValueError:
            start_response("500 Oops", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"returned"]

    assert server.run(wrap(app), make_environ()) == b"written returned"
    assert [len(args) for args in server.started] == [2, 3]
    assert server.started[1][2][0] is ValueError
    attributes = recorded.server()
    assert attributes["http.response.body.content"] == "written returned"
    assert attributes["http.response.status_code"] == 500
    assert attributes["error.type"] == "500"
    assert "http.response.header.x-first" not in attributes


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        ("204", 204, None),
        ("404 Not Found", 404, "Not Found"),
        ("odd", None, "odd"),
        ("", None, None),
    ],
)
def test_a_status_line_of_any_form_is_recorded_as_it_is(wrap, recorded, status, code, reason):
    Server().run(wrap(serving([], status)), make_environ())

    attributes = recorded.server()
    assert attributes.get("http.response.status_code") == code
    assert attributes.get("otelhook.response.reason") == reason


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_a_response_that_has_no_body_is_recorded_as_empty(wrap, recorded, status):
    Server().run(wrap(serving([b""], status)), make_environ())

    assert recorded.server()["http.response.body.size"] == 0


def read_into(stream: Any, buffer: bytearray) -> bytearray:
    return buffer[: stream.readinto(buffer)]


READERS = {
    "read": lambda stream: stream.read(),
    "read in pieces": lambda stream: b"".join(iter(lambda: stream.read(3), b"")),
    "readline": lambda stream: b"".join(iter(lambda: stream.readline(2), b"")),
    "readlines": lambda stream: b"".join(stream.readlines()),
    "readlines with a hint": lambda stream: b"".join(stream.readlines(1000)),
    "iteration": b"".join,
    "read1": lambda stream: stream.read1(100),
    "readinto": lambda stream: read_into(stream, bytearray(100)),
    "buffered": lambda stream: io.BufferedReader(Raw(stream)).read(),
}


class Raw(io.RawIOBase):
    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return int(self.stream.readinto(buffer))


@pytest.mark.parametrize("reader", READERS)
def test_a_request_body_is_recorded_in_whatever_way_it_is_read(wrap, recorded, reader):
    body = b"first line\nsecond line\n"
    seen: list[bytes] = []

    def app(environ, start_response):
        seen.append(bytes(READERS[reader](environ["wsgi.input"])))
        return plain(environ, start_response)

    Server().run(wrap(app), make_environ("POST", body=body, CONTENT_TYPE="text/plain"))

    assert seen == [body]
    attributes = recorded.server()
    assert attributes["http.request.body.content"] == body.decode()
    assert attributes["http.request.body.size"] == len(body)
    assert "otelhook.request.body.truncated" not in attributes


def test_what_the_application_does_not_read_is_not_read(wrap, recorded):
    stream = io.BytesIO(b"0123456789")

    def app(environ, start_response):
        environ["wsgi.input"].read(4)
        return plain(environ, start_response)

    environ = make_environ("POST", CONTENT_LENGTH="10", CONTENT_TYPE="text/plain")
    Server().run(wrap(app), environ | {"wsgi.input": stream})

    assert stream.tell() == 4
    attributes = recorded.server()
    assert attributes["http.request.body.content"] == "0123"
    assert attributes["http.request.body.size"] == 10
    assert attributes["otelhook.request.body.truncated"] is True


def test_a_request_without_a_body_keeps_the_servers_own_input(wrap):
    stream = io.BytesIO()
    seen: list[Any] = []

    def app(environ, start_response):
        seen.append(environ["wsgi.input"])
        return plain(environ, start_response)

    environ = make_environ() | {"wsgi.input": stream, "wsgi.input_terminated": True}
    Server().run(wrap(app), environ)

    assert seen[0] is stream


def test_a_chunked_upload_is_recorded_to_its_end(wrap, recorded):
    def app(environ, start_response):
        while environ["wsgi.input"].read(4):
            pass
        return plain(environ, start_response)

    environ = make_environ("PUT", HTTP_TRANSFER_ENCODING="chunked", CONTENT_TYPE="text/plain")
    Server().run(wrap(app), environ | {"wsgi.input": io.BytesIO(b"0123456789")})

    attributes = recorded.server()
    assert attributes["http.request.body.content"] == "0123456789"
    assert attributes["http.request.body.size"] == 10


def test_the_servers_file_wrapper_stays_its_own_and_the_file_where_it_was(wrap, recorded, tmp_path):
    path = tmp_path / "file.txt"
    path.write_bytes(b"skipped" + b"content" * 100)
    seen: list[Any] = []

    with path.open("rb") as file:
        file.seek(7)

        def app(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            seen.append(environ["wsgi.file_wrapper"](file))
            return seen[0]

        environ = make_environ() | {"wsgi.file_wrapper": FileWrapper}
        result = wrap(app, body_limit="10")(environ, Server().start_response)
        assert result is seen[0]
        assert result.filelike is file
        assert os.lseek(file.fileno(), 0, os.SEEK_CUR) >= 0
        assert file.tell() == 7
        assert b"".join(result) == b"content" * 100
        result.close()
        assert file.closed
    attributes = recorded.server()
    assert attributes["http.response.body.content"] == "contentcon"
    assert attributes["http.response.body.size"] == 700
    assert attributes["otelhook.response.body.truncated"] is True


def test_the_copy_of_a_body_is_bounded_and_its_size_is_true(wrap, recorded):
    body = Body([b"x" * 1000] * 50)

    Server().run(wrap(serving(body), body_limit="1500"), make_environ())

    attributes = recorded.server()
    assert len(attributes["http.response.body.content"]) == 1500
    assert attributes["http.response.body.size"] == 50_000
    assert attributes["otelhook.response.body.truncated"] is True


def test_a_traceparent_makes_the_span_a_child_and_a_broken_one_a_root(wrap, recorded):
    trace_id, span_id = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    Server().run(wrap(plain), make_environ(HTTP_TRACEPARENT=f"00-{trace_id}-{span_id}-01"))
    Server().run(wrap(plain), make_environ(HTTP_TRACEPARENT="00-zz-zz-01"))

    child, root = recorded.wait(2)
    assert format(child.context.trace_id, "032x") == trace_id
    assert format(child.parent.span_id, "016x") == span_id
    assert root.parent is None


def test_an_application_wrapped_twice_is_recorded_once(wrap, recorded):
    Server().run(wrap(wrap(plain)), make_environ())

    assert len(recorded.wait(1, SpanKind.SERVER)) == 1


def test_a_server_that_uses_one_environ_again_loses_no_request(wrap, recorded):
    environ, app = make_environ(), wrap(plain)
    Server().run(app, environ)
    Server().run(app, environ)

    assert len(recorded.wait(2, SpanKind.SERVER)) == 2


def test_a_large_upload_and_download_hold_no_more_than_the_limit(wrap, recorded):
    size, piece = 100 * 1024 * 1024, b"x" * 65536

    class Upload(io.RawIOBase):
        left = size

        def read(self, amount: int = -1) -> bytes:
            chunk = piece[: min(amount, self.left)]
            self.left -= len(chunk)
            return chunk

    def app(environ, start_response):
        while environ["wsgi.input"].read(65536):
            pass
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (piece for _ in range(size // len(piece)))

    middleware = wrap(app)
    environ = make_environ("POST", CONTENT_LENGTH=str(size), CONTENT_TYPE="text/plain")
    tracemalloc.start()
    try:
        result = middleware(environ | {"wsgi.input": Upload()}, Server().start_response)
        for _ in result:
            pass
        result.close()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    attributes = recorded.server()
    assert attributes["http.request.body.size"] == attributes["http.response.body.size"] == size
    assert peak < 1024 * 1024


def test_the_path_has_the_applications_prefix_and_is_encoded_as_it_was_sent(wrap, recorded):
    name = "é x".encode().decode("latin-1")
    Server().run(wrap(plain), make_environ(path=f"/a/{name}", SCRIPT_NAME="/identity"))

    assert recorded.server()["url.path"] == "/identity/a/%C3%A9%20x"


@pytest.mark.parametrize(
    ("host", "name", "port"),
    [
        ("example.org", "example.org", 80),
        ("example.org:8774", "example.org", 8774),
        ("[::1]:8774", "::1", 8774),
        ("[::1]", "::1", 80),
        ("example.org:", "example.org", 80),
        ("a:b:c", "a:b:c", 80),
    ],
)
def test_the_host_header_says_address_and_port(wrap, recorded, host, name, port):
    Server().run(wrap(plain), make_environ(HTTP_HOST=host))

    attributes = recorded.server()
    assert (attributes["server.address"], attributes["server.port"]) == (name, port)


def test_an_odd_method_does_not_become_a_name(wrap, recorded):
    Server().run(wrap(plain), make_environ("<script>"))
    Server().run(wrap(plain), make_environ("REPLICATE"))

    odd, replicate = recorded.wait(2)
    assert (odd.name, odd.attributes["http.request.method"]) == ("HTTP", "_OTHER")
    assert replicate.name == "REPLICATE"


def test_bodies_stay_unrecorded_where_the_settings_say_so(wrap, recorded):
    environ = make_environ("POST", body=b"x" * 10)
    stream = environ["wsgi.input"]
    result = wrap(plain, bodies="client")(environ, Server().start_response)
    result.close()

    assert environ["wsgi.input"] is stream
    assert not [key for key in recorded.server() if ".body." in key]


def fail(*_: object, **__: object) -> None:
    raise LookupError


def test_a_failure_of_ours_is_logged_once_and_changes_nothing(wrap, monkeypatch, caplog):
    monkeypatch.undo()
    monkeypatch.setattr("otelhook.capture.wsgi.exchange.describe_request", fail)
    monkeypatch.setattr("otelhook.capture.server.exchange.ServerExchange._finish", fail)
    app = wrap(plain)

    for _ in range(3):
        assert Server().run(app, make_environ()) == b"onetwo"

    assert [record.name for record in caplog.records] == [Guard.__module__]


def test_a_failure_before_the_span_exists_leaves_the_request_alone(wrap, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr("otelhook.capture.wsgi.application.method_of", fail)
    seen = make_environ()
    before = dict(seen)

    assert Server().run(wrap(plain), seen) == b"onetwo"
    assert seen == before


def test_what_an_application_returns_in_error_reaches_the_server_unchanged(wrap):
    result = wrap(lambda environ, start_response: None)(make_environ(), Server().start_response)

    with pytest.raises(TypeError):
        next(iter(result))
    with suppress(AttributeError):
        result.close()


def test_no_body_at_all_is_what_the_server_gets_and_is_recorded_as_an_error(wrap, recorded):
    def app(environ, start_response):
        start_response("200 OK", [])

    assert wrap(app)(make_environ(), Server().start_response) is None
    assert recorded.server()["error.type"] == "TypeError"


@pytest.mark.parametrize("wrong", ["text", None, 5])
def test_a_chunk_that_is_no_bytes_is_the_servers_to_refuse(wrap, recorded, wrong):
    assert list(wrap(serving([b"one", wrong]))(make_environ(), Server().start_response)) == [
        b"one",
        wrong,
    ]
    assert recorded.server()["http.response.body.content"] == "one"


def test_headers_that_are_no_texts_are_recorded_as_what_they_stand_for(wrap, recorded):
    headers: Any = [(b"X-Bytes", b"1"), ("X-Number", 5), ("X-None", None), (b"Authorization", b"x")]

    Server().run(wrap(serving([], "200 OK", headers)), make_environ())

    attributes = recorded.server()
    prefix = "http.response.header."
    found = {key.removeprefix(prefix): attributes[key] for key in attributes if prefix in key}
    assert found["x-bytes"] == ("1",)
    assert found["x-number"] == ("5",)
    assert found["x-none"] == ("",)
    assert found["authorization"] != ("x",)


@pytest.mark.parametrize("result", [b"in one piece", "in one piece"])
def test_a_body_that_is_one_piece_stays_one_for_servers_that_send_it_so(wrap, recorded, result):
    def app(environ, start_response):
        start_response("200 OK", [])
        return result

    assert wrap(app)(make_environ(), Server().start_response) is result
    assert recorded.server()["http.response.status_code"] == 200


def test_a_body_is_begun_as_often_as_the_server_begins_it(wrap):
    begun = []

    class Again:
        def __iter__(self):
            begun.append(1)
            return iter([b"chunk"])

    def app(environ, start_response):
        start_response("200 OK", [])
        return Again()

    result = wrap(app)(make_environ(), Server().start_response)

    assert [list(result), list(result)] == [[b"chunk"], [b"chunk"]]
    assert len(begun) == 2
    result.close()


def test_a_file_wrapper_that_is_a_function_gets_its_own_file_back(wrap, recorded, tmp_path):
    # uWSGI's returns the file it was given, and knows it again by its identity.
    path = tmp_path / "served"
    path.write_bytes(b"from file")
    source = path.open("rb")

    def app(environ, start_response):
        start_response("200 OK", [])
        return environ["wsgi.file_wrapper"](source)

    environ = make_environ(**{"wsgi.file_wrapper": lambda file, *_: file})
    result: Any = wrap(app)(environ, Server().start_response)

    assert result is source
    result.close()
    assert source.closed
    assert recorded.server()["http.response.body.size"] == 9


def test_a_second_status_that_the_server_refuses_is_not_what_was_sent(wrap, recorded):
    def app(environ, start_response):
        start_response("200 OK", [])
        try:
            int("too late")
        except ValueError:
            start_response("500 Sorry", [], sys.exc_info())
        return []

    def refuse(status, headers, exc_info=None):
        if exc_info:
            raise exc_info[1]
        return lambda _: None

    with pytest.raises(ValueError, match="too late"):
        wrap(app)(make_environ(), refuse)
    assert recorded.server()["http.response.status_code"] == 200


def test_an_exit_in_mid_body_ends_the_span_before_the_process_may_end(wrap, recorded):
    def chunks():
        yield b"one"
        raise SystemExit(3)

    def app(environ, start_response):
        start_response("200 OK", [])
        return chunks()

    result = iter(wrap(app)(make_environ(), Server().start_response))
    next(result)
    with pytest.raises(SystemExit):
        next(result)
    assert recorded.server()["error.type"] == "SystemExit"


def test_a_further_name_hides_even_a_header_that_else_holds_no_secrets(wrap, recorded):
    def app(_environ, start_response):
        start_response("200 OK", [("Server", "secret/1"), ("Content-Type", "application/json")])
        return [b'{"favourite": "mauve"}']

    Server().run(wrap(app, redact_names=["server", "favourite"]), make_environ())
    attributes = recorded.server()
    assert attributes["http.response.header.server"] == (MARKER,)
    assert attributes["http.response.body.content"] == f'{{"favourite": "{MARKER}"}}'


class Sized:
    """A body that is no list, has a length, and can be iterated again."""

    def __init__(self, *chunks):
        self._chunks = chunks

    def __iter__(self):
        return iter(self._chunks)

    def __len__(self):
        return len(self._chunks)


class Restarting(Sized):
    __len__ = None  # type: ignore[assignment]

    def __iter__(self):
        yield from self._chunks


@pytest.mark.parametrize(
    "made",
    [
        lambda: Sized(b"one", b"two"),
        lambda: Restarting(b"one", b"two"),
        {b"one": 1, b"two": 2}.keys,
        lambda: iter([b"one", b"two"]),
        lambda: (part for part in (b"one", b"two")),
    ],
)
def test_an_iteration_is_not_begun_anew_by_who_iterates_its_iterator(wrap, recorded, made):
    def app(environ, start_response):
        start_response("200 OK", [])
        return made()

    result: Any = wrap(app)(make_environ(), Server().start_response)
    iterator = iter(result)
    assert next(iterator) == b"one"
    assert list(iterator) == [b"two"]  # `list` asks the iterator for its iterator
    assert list(result) == list(made()) if hasattr(made(), "__len__") else True
    result.close()
    assert hasattr(result, "__next__") == hasattr(made(), "__next__")
    assert recorded.server()["http.response.status_code"] == 200


def test_an_application_mounted_in_another_service_answers_the_same_as_itself(instrument, recorded):
    for service in ("back", "front"):
        instrument(service)
    inner = otelhook.Middleware(plain, service="back")
    outer = otelhook.Middleware(inner, service="front")
    assert Client(outer).get("/x").data == b"onetwo"
    front, back = recorded.wait(2, SpanKind.SERVER)
    names = [span.resource.attributes["service.name"] for span in (front, back)]
    assert names == ["front", "back"]
    assert back.parent.span_id == front.context.span_id
    assert front.attributes["http.response.body.content"] == "onetwo"


def test_a_wrapped_application_pickles_and_copies_after_its_requests(instrument, recorded):
    instrument("app")
    wrapped = otelhook.Middleware(plain, service="app")
    Server().run(wrapped, make_environ())
    for again in (copy.deepcopy(wrapped), copy.copy(wrapped), pickle.loads(pickle.dumps(wrapped))):
        assert Server().run(again, make_environ()) == b"onetwo"
    assert len(recorded.wait(4, SpanKind.SERVER)) == 4


HANDSHAKE = {
    "HTTP_UPGRADE": "websocket",
    "HTTP_CONNECTION": "Upgrade",
    "HTTP_SEC_WEBSOCKET_KEY": "Eo2n2b8N9yE7lFrUw7B1kw==",
}


def leaves_by(error):
    def app(environ, start_response):
        raise error

    return app


def starts_empty(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "0")])
    return [b""]


def starts_nothing(environ, start_response):
    return []


@pytest.mark.parametrize(
    "app",
    [
        leaves_by(StopIteration()),
        leaves_by(ConnectionError()),
        leaves_by(BrokenPipeError()),
        starts_empty,
        starts_nothing,
    ],
)
def test_a_websocket_that_the_application_took_over_is_no_failure(wrap, recorded, app):
    with suppress(StopIteration, ConnectionError):
        Server().run(wrap(app), make_environ(path="/ws", **HANDSHAKE))
    (span,) = recorded.wait(1)
    assert span.status.status_code is StatusCode.UNSET
    assert span.attributes["http.response.status_code"] == 101
    assert "error.type" not in span.attributes
    assert not [key for key in span.attributes if key.startswith("http.response.header")]


@pytest.mark.parametrize(
    ("app", "status", "error"),
    [
        (leaves_by(ValueError()), None, "ValueError"),
        (plain, 200, None),
    ],
)
def test_a_handshake_that_is_refused_is_what_it_is(wrap, recorded, app, status, error):
    with suppress(ValueError):
        Server().run(wrap(app), make_environ(path="/ws", **HANDSHAKE))
    found = recorded.server()
    assert found.get("http.response.status_code") == status
    assert found.get("error.type") == error
