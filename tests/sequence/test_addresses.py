from __future__ import annotations

from typing import Any

import pytest

from otelhook.model import AttributeValue, SpanKind
from otelhook.sequence import Address, assemble
from otelhook.sequence.spans.addresses import read_address


def called(attributes: dict[str, AttributeValue], *, by_caller: bool = True) -> Address | None:
    return read_address(attributes, (), by_caller=by_caller)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://b.example/x?q=1", Address("http", "b.example", None)),
        ("https://B.example:8443/x", Address("https", "b.example", 8443)),
        ("http://[::1]:8080/a[b]", Address("http", "::1", 8080)),
        ("https://me:word@b.example/", Address("https", "b.example", None)),
        ("frontend-proxy:8080/api/x", Address("", "frontend-proxy", 8080)),
        ("10.0.0.1:80", Address("", "10.0.0.1", 80)),
        ("/relative", None),
        ("http://[::1/x", None),
        ("", None),
    ],
)
def test_a_url_says_where_a_request_went(url: str, address: Address | None) -> None:
    assert called({"url.full": url}) == address
    assert called({"http.url": url}) == address


@pytest.mark.parametrize(
    "attributes",
    [
        {"url.full": "http+unix://%2Fvar%2Frun%2Fd.sock/v1.41/info"},
        {"url.full": "http+unix://%2fvar%2frun%2fd.sock/v1", "server.address": "%2fvar%2frun"},
        {"http.url": "http://unix:/var/run/d.sock:/v1.41/info"},
        {"http.url": "unix:///var/run/d.sock"},
        {
            "url.full": "http://localhost/info",
            "network.transport": "unix",
            "network.peer.address": "/var/run/d.sock",
        },
        {"network.transport": "unix", "server.address": "/var/run/d.sock"},
        {"net.transport": "unix", "net.peer.name": "/var/run/d.sock"},
        {"net.sock.family": "unix", "net.sock.peer.addr": "/var/run/d.sock"},
    ],
)
def test_a_unix_socket_is_named_by_its_path(attributes: dict[str, AttributeValue]) -> None:
    address = called(attributes)
    assert address is not None
    assert (address.host, address.port, address.socket) == ("", None, "/var/run/d.sock")
    assert address.scheme in ("", "http")


@pytest.mark.parametrize(
    ("attributes", "address"),
    [
        (
            {"http.url": "http://b.example/x", "net.peer.ip": "10.0.0.1"},
            Address("http", "b.example", None),
        ),
        (
            {"url.scheme": "https", "server.address": "b.example", "server.port": "8443"},
            Address("https", "b.example", 8443),
        ),
        (
            {"server.address": "b.example:8443", "url.scheme": "https"},
            Address("https", "b.example", 8443),
        ),
        ({"server.address": "b.example", "server.port": 99999}, Address("", "b.example", None)),
        (
            {"net.peer.name": "b.example", "net.peer.port": 81},
            Address("", "b.example", 81),
        ),
    ],
)
def test_the_name_that_was_asked_for_comes_before_the_address_behind_it(
    attributes: dict[str, AttributeValue], address: Address
) -> None:
    assert called(attributes) == address


@pytest.mark.parametrize(
    ("attributes", "address"),
    [
        ({"net.host.name": "shop", "net.host.port": 80, "net.peer.name": "me"}, ("shop", 80)),
        ({"server.address": "shop", "net.sock.peer.addr": "10.0.0.9"}, ("shop", None)),
        ({"http.host": "shop:81", "net.peer.ip": "10.0.0.9"}, ("shop", 81)),
        ({"net.peer.ip": "10.0.0.9"}, None),
        ({"net.host.name": "0.0.0.0"}, None),
        ({"server.address": "::"}, None),
    ],
)
def test_a_server_is_not_taken_for_its_caller(
    attributes: dict[str, AttributeValue], address: tuple[str, int | None] | None
) -> None:
    found = called(attributes, by_caller=False)
    assert (None if found is None else (found.host, found.port)) == address


def only_request(recorder: Any, client: Any, server: Any, record: str = "both") -> Any:
    with recorder.call("cli", "api", "GET /x", client=client, server=server, record=record):
        pass
    return assemble(recorder.spans).steps[0]


def test_an_address_is_the_callers_else_the_servers(recorder: Any) -> None:
    asked = {"url.full": "https://api.example/x"}
    served = {"http.request.header.host": ("inner:81",), "url.scheme": "http"}
    assert only_request(recorder, asked, served).address == Address("https", "api.example", None)


def test_a_caller_that_knows_no_scheme_leaves_it_to_the_server(recorder: Any) -> None:
    asked = {"url.full": "", "http.request.header.host": ("api.example:8443",)}
    served = {"http.request.header.host": ("inner",), "url.scheme": "https"}
    assert only_request(recorder, asked, served).address == Address("https", "api.example", 8443)


def test_an_answer_has_no_address(recorder: Any) -> None:
    with recorder.call("cli", "api", "GET /x", client={"url.full": "http://api/x"}):
        pass
    request, response = assemble(recorder.spans).steps
    assert (request.address, response.address) == (Address("http", "api", None), None)


def test_a_call_that_is_not_http_has_an_address_too(recorder: Any) -> None:
    attributes = {"db.system": "postgresql", "server.address": "db", "server.port": 5432}
    recorder.span(SpanKind.CLIENT, "api", 1, 2, attributes, name="SELECT")
    assert assemble(recorder.spans).steps[0].address == Address("", "db", 5432)
