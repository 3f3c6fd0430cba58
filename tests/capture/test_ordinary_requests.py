"""An ordinary GET and POST, over a real socket, pinned attribute by attribute."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from opentelemetry.trace import SpanKind, StatusCode

import otelhook

TOKEN = "gAAAAABjrksvB2KH4dRyz3jdE95W_6eVB3CmvRPGqW0mZ1kT7sWnUaXcYp5dQeLf"


def images(environ: Any, start_response: Any) -> list[bytes]:
    """Answers GET with a list and POST with what it got and a token."""
    if environ["REQUEST_METHOD"] == "GET":
        body = b'{"images": []}'
        start_response(
            "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        )
        return [body]
    sent = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start_response(
        "201 Created",
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(sent))),
            ("X-Subject-Token", TOKEN),
            ("Set-Cookie", "sid=very-secret-value; Path=/"),
            ("Set-Cookie", "visit=4815162342ab; Path=/"),
            ("Set-Cookie", "theme=dark; Path=/"),
        ],
    )
    return [sent]


@pytest.fixture
def url(instrument, serve):
    instrument("image")
    instrument("caller")
    return serve(otelhook.Middleware(images, service="image"))


def by_prefix(attributes, prefix):
    return {
        key.removeprefix(prefix): value
        for key, value in attributes.items()
        if key.startswith(prefix)
    }


def without_headers(attributes):
    return {key: value for key, value in attributes.items() if ".header." not in key}


def test_an_ordinary_get_is_one_server_span_with_all_that_was_said(url, session, recorded):
    session.get(f"{url}/v2/images?limit=1&name=a%20b")

    server = recorded.server()
    port = urlsplit(url).port
    assert without_headers(server) == {
        "http.request.method": "GET",
        "url.scheme": "http",
        "url.path": "/v2/images",
        "url.query": "limit=1&name=a%20b",
        "server.address": "127.0.0.1",
        "server.port": port,
        "client.address": "127.0.0.1",
        "user_agent.original": session.headers["User-Agent"],
        "network.protocol.version": "1.1",
        "http.response.status_code": 200,
        "otelhook.response.reason": "OK",
        "http.request.body.size": 0,
        "http.request.body.content": "",
        "http.response.body.size": 14,
        "http.response.body.content": '{"images": []}',
    }
    sent = by_prefix(server, "http.request.header.")
    traceparent = sent.pop("traceparent")
    assert len(traceparent[0]) == 55
    assert sent == {
        "host": (f"127.0.0.1:{port}",),
        "user-agent": (session.headers["User-Agent"],),
        "accept-encoding": (session.headers["Accept-Encoding"],),
        "accept": ("*/*",),
        "connection": ("keep-alive",),
    }
    assert next(iter(sent)) == "host"
    assert by_prefix(server, "http.response.header.") == {
        "content-type": ("application/json",),
        "content-length": ("14",),
    }


def test_an_ordinary_get_is_one_client_span_with_all_that_was_said(url, session, recorded):
    session.get(f"{url}/v2/images")

    client = recorded.client()
    assert without_headers(client) == {
        "http.request.method": "GET",
        "url.full": f"{url}/v2/images",
        "server.address": "127.0.0.1",
        "server.port": urlsplit(url).port,
        "network.protocol.version": "1.0",
        "http.response.status_code": 200,
        "otelhook.response.reason": "OK",
        "http.request.body.size": 0,
        "http.request.body.content": "",
        "http.response.body.size": 14,
        "http.response.body.content": '{"images": []}',
    }
    assert next(iter(by_prefix(client, "http.request.header."))) == "host"
    assert by_prefix(client, "http.response.header.")["content-type"] == ("application/json",)


def test_both_spans_of_a_post_show_its_body_and_hide_its_secrets(url, session, recorded):
    credentials = {"auth": {"user": {"name": "admin", "password": "hunter2"}}}
    headers = {"X-Auth-Token": TOKEN, "Authorization": "Bearer hunter2", "Cookie": "sid=hunter2"}

    answer = session.post(f"{url}/v3/auth/tokens", json=credentials, headers=headers)

    assert answer.json() == credentials
    shown = json.dumps(credentials).replace("hunter2", "‹redacted›")
    for attributes in (recorded.server(), recorded.client()):
        assert attributes["http.request.body.content"] == shown
        assert attributes["http.response.body.content"] == shown
        assert attributes["http.request.body.size"] == len(json.dumps(credentials))
        assert attributes["http.request.header.content-type"] == ("application/json",)
        assert attributes["http.request.header.authorization"] == ("Bearer ‹redacted›",)
        assert attributes["http.request.header.cookie"] == ("sid=‹redacted›",)
        assert attributes["http.response.header.set-cookie"] == (
            "sid=‹redacted›; Path=/",
            "visit=‹redacted›; Path=/",
            "theme=dark; Path=/",
        )
        assert set(attributes["otelhook.redacted"]) == {
            "request.header.x-auth-token",
            "request.header.authorization",
            "request.header.cookie",
            "response.header.x-subject-token",
            "response.header.set-cookie",
            "request.body.auth.user.password",
            "response.body.auth.user.password",
        }
        assert "hunter2" not in str(attributes)
        assert TOKEN not in str(attributes)


def test_one_token_has_one_pseudonym_on_both_sides_of_a_trace(url, session, recorded):
    session.post(f"{url}/v3/auth/tokens", data=b"", headers={"X-Auth-Token": TOKEN})

    server, client = recorded.server(), recorded.client()
    seen = {
        *server["http.request.header.x-auth-token"],
        *client["http.request.header.x-auth-token"],
        *server["http.response.header.x-subject-token"],
        *client["http.response.header.x-subject-token"],
    }
    assert len(seen) == 1
    assert seen.pop().startswith("‹token:")


def test_the_server_span_is_the_child_of_the_client_span(url, session, recorded):
    session.get(url)

    (server,) = recorded.wait(1, SpanKind.SERVER)
    (client,) = recorded.wait(1, SpanKind.CLIENT)
    assert server.parent.span_id == client.context.span_id
    assert server.context.trace_id == client.context.trace_id
    assert client.parent is None
    assert (server.name, client.name) == ("GET", "GET")
    assert server.status.status_code is client.status.status_code is StatusCode.UNSET
    assert server.resource.attributes["service.name"] == "image"
    assert client.resource.attributes["service.name"] == "caller"
    assert server.resource.attributes["host.name"]
    assert server.resource.attributes["service.instance.id"]
