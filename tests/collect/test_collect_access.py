"""Who may ask: this machine, under its own name, or who has the token."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.collector.access import Access, is_loopback

METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
TOKEN = "s3cret-token-of-the-collector"
PATHS = ("/v1/traces", "/metrics", "/nothing")


def basic(login: str) -> str:
    return "Basic " + base64.b64encode(login.encode()).decode()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:4318", "app.localhost"])
def test_names_of_this_machine_are_served(collect: Any, host: str) -> None:
    assert collect().ask("GET", "/metrics", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "[", "a b"]
)
def test_a_name_that_points_here_from_elsewhere_is_not_served(collect: Any, host: str) -> None:
    collector = collect()
    for path in PATHS:
        answer = collector.ask("GET", path, headers={"Host": host})
        assert answer.status in (400, 403)
    named = collect(OTELHOOK_COLLECTOR_HOSTS="evil.example, other")
    answer = named.ask("GET", "/metrics", headers={"Host": "evil.example:80"})
    assert answer.status == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://["]
)
def test_a_page_of_another_site_may_not_ask(
    collect: Any, message: Callable[..., bytes], origin: str
) -> None:
    collector = collect()
    assert collector.post(message(1), Origin=origin).status == 403
    assert collector.ask("GET", "/metrics", headers={"Origin": origin}).status == 403
    assert collector.count() == 0
    assert collector.post(message(1), Origin=collector.http).status == 200


def test_with_a_token_everybody_must_have_it(collect: Any, message: Callable[..., bytes]) -> None:
    collector = collect(OTELHOOK_COLLECTOR_TOKEN=TOKEN)
    for path in PATHS:
        answer = collector.ask("GET", path)
        assert (answer.status, answer.headers["www-authenticate"][:5]) == (401, "Basic")
    for wrong in ("Bearer other", f"Digest {TOKEN}", basic("me:other"), "Basic %%", TOKEN):
        assert collector.post(message(1), Authorization=wrong).status == 401
    assert collector.ask("GET", "/healthz").status == 200
    assert collector.post(message(1), Authorization=f"Bearer {TOKEN}").status == 200
    assert collector.post(message(1), Authorization=basic(f"anyone:{TOKEN}")).status == 200
    assert TOKEN not in collector.said()


def test_over_grpc_the_token_is_metadata(collect: Any, message: Callable[..., bytes]) -> None:
    collector = collect(OTELHOOK_COLLECTOR_TOKEN=TOKEN)
    with grpc.insecure_channel(collector.grpc.removeprefix("http://")) as channel:
        export: Any = channel.unary_unary(
            METHOD, request_serializer=bytes, response_deserializer=bytes
        )
        for metadata in ((), (("authorization", "Bearer other"),)):
            with pytest.raises(grpc.RpcError) as caught:
                export(message(1), metadata=metadata, timeout=60)
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert export(message(1), metadata=(("authorization", f"Bearer {TOKEN}"),)) == b""


@pytest.mark.parametrize("option", ["--http", "--grpc"])
def test_nobody_listens_beyond_this_machine_without_a_token(collect: Any, option: str) -> None:
    collector = collect(option, "0.0.0.0:0", ready=False)
    assert collector.process.wait(60) == 2
    assert collector.said() == (
        "otelhook: 0.0.0.0:0 can be reached by others: set OTELHOOK_COLLECTOR_TOKEN to a token "
        "that senders and readers must have, or listen on 127.0.0.1\n"
    )


@given(st.text(max_size=60))
def test_no_header_is_a_crash(text: str) -> None:
    access = Access(TOKEN)
    assert not access.knows(text)
    assert not Access().serves(f"{text}.example")
    assert is_loopback(text) in (True, False)


SITE = "https://shop.example"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,authorization",
}


def test_a_page_of_a_site_that_is_allowed_may_send_and_not_read(
    collect: Any, message: Callable[..., bytes]
) -> None:
    collector = collect(OTELHOOK_COLLECTOR_ORIGINS=f"{SITE}, http://localhost:3000")
    asked = collector.ask("OPTIONS", "/v1/traces", headers={"Origin": SITE, **PREFLIGHT})
    assert asked.status == 204
    assert asked.headers["access-control-allow-origin"] == SITE
    assert asked.headers["vary"] == "Origin"
    assert {"content-type", "authorization"} <= set(
        asked.headers["access-control-allow-headers"].split(", ")
    )
    sent = collector.post(message(1), Origin=SITE)
    assert (sent.status, sent.headers["access-control-allow-origin"]) == (200, SITE)
    for path in ("/metrics", "/page/traces", "/api/traces"):
        assert collector.ask("GET", path, headers={"Origin": SITE}).status == 403


@pytest.mark.parametrize(
    "origin",
    [
        *("http://shop.example", "https://shop.example:8443", "https://shop.example.evil.example"),
        *("https://SHOP.example", "null", "*", "https://shop.example/"),
    ],
)
def test_origins_are_exact(collect: Any, message: Callable[..., bytes], origin: str) -> None:
    collector = collect(OTELHOOK_COLLECTOR_ORIGINS=SITE)
    asked = collector.ask("OPTIONS", "/v1/traces", headers={"Origin": origin, **PREFLIGHT})
    assert asked.status == 403
    assert "access-control-allow-origin" not in asked.headers
    assert collector.post(message(1), Origin=origin).status == 403


def test_an_allowed_page_still_needs_the_token_and_the_name(
    collect: Any, message: Callable[..., bytes]
) -> None:
    collector = collect(OTELHOOK_COLLECTOR_ORIGINS=SITE, OTELHOOK_COLLECTOR_TOKEN=TOKEN)
    asked = collector.ask("OPTIONS", "/v1/traces", headers={"Origin": SITE, **PREFLIGHT})
    assert asked.status == 204  # a browser sends no token with it
    refused = collector.post(message(1), Origin=SITE)
    # The page may read why.
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (401, SITE)
    assert collector.post(message(1), Origin=SITE, Authorization=f"Bearer {TOKEN}").status == 200
    open_one = collect(OTELHOOK_COLLECTOR_ORIGINS=SITE)
    assert open_one.post(message(1), Origin=SITE, Host="evil.example").status == 403


@pytest.mark.parametrize("origin", ["*", "shop.example", "https://*.example", "https://a/b"])
def test_what_is_no_origin_is_not_taken_for_one(collect: Any, origin: str) -> None:
    collector = collect(ready=False, OTELHOOK_COLLECTOR_ORIGINS=origin)
    assert collector.process.wait(60) == 2
    assert f"{origin!r} is not an origin" in collector.said()
