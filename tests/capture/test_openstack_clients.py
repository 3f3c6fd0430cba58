"""keystoneauth and swiftclient, unchanged, against a small cloud on real sockets."""

from __future__ import annotations

import io
import json
import zlib
from typing import Any

import pytest
from keystoneauth1 import session as keystone
from keystoneauth1.identity import v3
from opentelemetry.trace import SpanKind
from swiftclient import client as swift  # type: ignore[import-untyped]

TOKEN = "gAAAAABmZ0x3Yq8Hk2vT5nBw9RjL4sDc7PfEo1XiUaMzKyVt6QbGhNrJpSl"
DATA = bytes(range(256)) * 300


class Cloud:
    """Issues a token and keeps objects."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.tokens: list[str] = []

    def __call__(self, environ: Any, start_response: Any) -> Any:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        here = f"http://{environ['HTTP_HOST']}"
        length = environ.get("CONTENT_LENGTH")
        chunked = environ.get("HTTP_TRANSFER_ENCODING") == "chunked"
        body = _chunks(environ["wsgi.input"]) if chunked else b""
        body = environ["wsgi.input"].read(int(length)) if length else body
        if path == "/v3/auth/tokens":
            assert json.loads(body)["auth"]["identity"]["password"]["user"]["password"] == "hunter2"
            return _json(start_response, "201 Created", _token(here), ("X-Subject-Token", TOKEN))
        self.tokens.append(environ.get("HTTP_X_AUTH_TOKEN", ""))
        if method == "PUT":
            self.objects[path] = body
            start_response("201 Created", [("Content-Length", "0"), ("ETag", "x")])
            return []
        found = self.objects[path]
        start_response(
            "200 OK",
            [("Content-Length", str(len(found))), ("Content-Type", "application/octet-stream")],
        )
        return [found]


def _chunks(source: Any) -> bytes:
    body = b""
    while size := int(source.readline(), 16):
        body += source.read(size)
        source.readline()
    source.readline()
    return body


def _token(here: str) -> dict[str, Any]:
    endpoint = {"interface": "public", "region_id": "one", "region": "one", "url": f"{here}/v1/a"}
    catalog = [{"type": "object-store", "name": "swift", "id": "s", "endpoints": [endpoint]}]
    return {
        "token": {
            "methods": ["password"],
            "user": {"id": "u", "name": "demo", "domain": {"id": "default", "name": "Default"}},
            "expires_at": "2099-01-01T00:00:00.000000Z",
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "catalog": catalog,
        }
    }


def _json(start_response: Any, status: str, value: object, *more: tuple[str, str]) -> list[bytes]:
    body = json.dumps(value).encode()
    kind = ("Content-Type", "application/json")
    start_response(status, [kind, ("Content-Length", str(len(body))), *more])
    return [body]


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def signed_in(instrument, serve, cloud):
    instrument()
    auth = v3.Password(
        f"{serve(cloud)}/v3", username="demo", password="hunter2", user_domain_id="default"
    )
    session = keystone.Session(auth)
    yield session
    for adapter in session.session.adapters.values():
        adapter.close()


def test_keystoneauth_signs_in_and_each_call_is_a_span_without_the_password(
    signed_in, cloud, recorded
):
    cloud.objects["/v1/a"] = b"[]"

    endpoint = signed_in.get_endpoint(service_type="object-store")
    answer = signed_in.get(endpoint)

    assert answer.content == b"[]"
    assert cloud.tokens == [TOKEN]
    spans = recorded.wait(2, SpanKind.CLIENT)
    assert [span.attributes["http.request.method"] for span in spans] == ["POST", "GET"]
    text = " ".join(str(dict(span.attributes)) for span in spans)
    assert "hunter2" not in text
    assert TOKEN not in text


@pytest.mark.parametrize("chunked", [False, True])
def test_swiftclient_puts_and_gets_an_object_and_the_bytes_are_its_own(
    signed_in, cloud, recorded, chunked
):
    connection = swift.Connection(session=signed_in)
    length = None if chunked else len(DATA)
    connection.put_object("c", "o", io.BytesIO(DATA), content_length=length, chunk_size=10_000)
    headers, stream = connection.get_object("c", "o", resp_chunk_size=4096)

    assert zlib.crc32(b"".join(stream)) == zlib.crc32(DATA)
    assert headers["content-length"] == str(len(DATA))
    assert cloud.objects["/v1/a/c/o"] == DATA
    connection.close()
    put, got = recorded.wait(3, SpanKind.CLIENT)[1:]
    assert put.attributes["http.request.body.size"] == len(DATA)
    assert got.attributes["http.response.status_code"] == 200
    late = recorded.wait(1, SpanKind.INTERNAL)[0]
    assert late.attributes["http.response.body.size"] == len(DATA)
