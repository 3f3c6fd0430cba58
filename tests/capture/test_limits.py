"""How much of which body is recorded: by request and by content type."""

from __future__ import annotations

import http.client
import subprocess
import sys

import brotli  # type: ignore[import-untyped]
import pytest
import urllib3
from opentelemetry.trace import SpanKind

import otelhook
from otelhook.capture.record.body_limits import BodyLimits
from otelhook.capture.record.tee import Tee
from otelhook.codings import zstd_library

TYPES = [("application/json", 2000), ("Image/*", 0), ("*/*+xml", 7)]


@pytest.mark.parametrize(
    ("content_type", "limit"),
    [
        ("application/json", 2000),
        ("Application/JSON; charset=utf-8", 2000),
        ("application/jsonp", 100),
        ("image/png", 0),
        ("image/svg+xml", 0),
        ("application/atom+xml", 7),
        ("text/plain", 100),
        ("", 100),
    ],
)
def test_the_first_rule_that_fits_a_content_type_speaks(content_type, limit):
    assert BodyLimits(100, TYPES).at("GET", "/").of(content_type) == limit


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("POST", "/v3/auth/tokens", 0),
        ("GET", "/v3/auth/tokens", 100),
        ("PUT", "/v2/images/1/file", 5),
        ("PUT", "/v2/images/1/2/file", 5),
        ("PUT", "/v2/images/1/file/more", 100),
        ("GET", "/a[b]?c", 6),
        ("GET", "/ab", 100),
    ],
)
def test_the_first_rule_that_fits_a_request_speaks(method, path, limit):
    rules = [("POST  /v3/auth/tokens", 0), ("/v2/images/*/file", 5), ("get /a[b]?c", 6)]
    assert BodyLimits(100, (), rules).at(method, path).of("text/plain") == limit


def test_where_both_speak_the_fewer_bytes_are_kept():
    limits = BodyLimits(100, TYPES, [("/small", 10), ("/large", 9000)])

    assert limits.at("GET", "/small").of("application/json") == 10
    assert limits.at("GET", "/large").of("application/json") == 2000
    assert limits.at("GET", "/large").of("text/plain") == 9000
    assert limits.at("GET", "/large").of("image/png") == 0


def test_a_pattern_of_many_stars_takes_no_time():
    limits = BodyLimits(100, (), [("/" + "a*" * 40 + "b", 5)])
    assert limits.at("GET", "/" + "a" * 50_000).of("") == 100


@pytest.mark.parametrize(
    ("first", "then", "kept"), [(4, 9, b"abcdefghi"), (9, 4, b"abcd"), (2, 9, b"ab"), (9, 0, b"")]
)
def test_a_limit_that_is_known_late_holds_for_all_of_the_body(first, then, kept):
    tee = Tee(first)
    tee.add(b"abcd")
    tee.set_limit(then)
    tee.add(b"efghijk")
    assert (tee.kept, tee.size) == (kept, 11)
    tee.restart()
    tee.add(b"new")
    assert tee.kept == b"new"[: tee.limit]


RULES = {
    "body_limit": "10",
    "body_types": "application/json=30, image/*=0",
    "body_routes": "POST /token=0, /file/*=4",
}
JSON = b'{"name": "a name of 28 bytes"}'


@pytest.fixture
def served(instrument, serve):
    """Serve what is asked for, recorded by the rules on both sides."""

    def app(environ, start_response):
        kind = environ["QUERY_STRING"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or JSON
        start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    instrument("both", **RULES)
    return serve(otelhook.Middleware(app, service="both"))


def _with_requests(session, method, url, kind, body):
    return session.request(method, url, data=body, headers={"Content-Type": kind}).content


def _with_urllib3(_, method, url, kind, body):
    with urllib3.PoolManager() as pool:
        return pool.request(method, url, body=body, headers={"content-type": kind}).data


def _with_http_client(_, method, url, kind, body):
    host, _, target = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.request(method, f"/{target}", body, {"Content-Type": kind})
    answer = connection.getresponse().read()
    connection.close()
    return answer


@pytest.mark.parametrize("ask", [_with_requests, _with_urllib3, _with_http_client])
@pytest.mark.parametrize(
    ("method", "path", "kind", "kept"),
    [
        ("POST", "/", "application/json", 30),
        ("POST", "/", "text/plain", 10),
        ("POST", "/", "image/svg+xml", None),
        ("POST", "/token", "application/json", None),
        ("PUT", "/token", "application/json", 30),
        ("POST", "/file/1", "application/json", 4),
    ],
)
def test_both_sides_record_so_much_of_both_bodies(  # noqa: PLR0913, PLR0917 - fixtures
    served, session, recorded, ask, method, path, kind, kept
):
    assert ask(session, method, f"{served}{path}?{kind}", kind, JSON) == JSON

    recorded.wait(1, SpanKind.SERVER)
    seen = {}
    for span in recorded.all():
        attributes = span.attributes or {}
        for side in ("request", "response"):
            if f"http.{side}.body.size" in attributes:
                assert attributes[f"http.{side}.body.size"] == len(JSON)
                content = attributes.get(f"http.{side}.body.content")
                cut = attributes.get(f"otelhook.{side}.body.truncated")
                seen[span.kind is SpanKind.SERVER, side] = content
                assert cut is (None if kept == len(JSON) else True)
    expected = None if kept is None else JSON[:kept].decode()
    assert list(seen.values()) == [expected] * 4


@pytest.mark.parametrize(
    ("coding", "pack"), [("br", brotli.compress), ("zstd", zstd_library().compress)]
)
def test_a_packed_body_is_shown_unpacked_and_sent_as_it_is(  # noqa: PLR0913, PLR0917 - fixtures
    instrument, serve, session, recorded, coding, pack
):
    instrument("both")
    packed = pack(b'{"user": "alice", "password": "hunter2"}')

    def app(environ, start_response):
        headers = [("Content-Type", "application/json"), ("Content-Encoding", coding)]
        start_response("200 OK", [*headers, ("Content-Length", str(len(packed)))])
        return [packed]

    url = serve(otelhook.Middleware(app, service="both"))
    answer = session.get(url, stream=True)
    assert answer.raw.read(decode_content=False) == packed

    attributes = recorded.server()
    assert attributes["http.response.body.content"] == '{"user": "alice", "password": "‹redacted›"}'
    assert attributes["http.response.body.size"] == len(packed)
    assert "hunter2" not in str([span.to_json() for span in recorded.all()])


def test_a_service_loads_a_library_for_a_coding_only_when_a_body_has_it():
    program = (
        "import sys, otelhook.capture.record.content as c\n"
        "from otelhook.redaction import Redactor\n"
        "c.read_content(b'a', c.BodyForm('text/plain', 'gzip'), 10, Redactor.make())\n"
        "print([m for m in sys.modules if m in ('brotli', 'brotlicffi', 'backports.zstd')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
