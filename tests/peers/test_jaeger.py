"""Jaeger 2, in memory and on disk: services send to it, and documents come back out of it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from otelhook.model import Resource, Span, SpanId, SpanKind, TraceId
from otelhook.otlp import encode_traces
from otelhook.settings import Settings
from otelhook.sources import open_source

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]

STEPS = 22
BADGER = (
    f"--config={Path(__file__).parent.parent.parent / 'deploy' / 'jaeger' / 'badger.yaml'}",
    "--set=extensions.jaeger_storage.backends.disk.badger.directories.keys={KEPT}/keys",
    "--set=extensions.jaeger_storage.backends.disk.badger.directories.values={KEPT}/values",
    "--set=extensions.healthcheckv2.http.endpoint=127.0.0.1:{HEALTH_PORT}",
    "--set=extensions.jaeger_query.http.endpoint=127.0.0.1:{QUERY_PORT}",
    "--set=extensions.jaeger_query.grpc.endpoint=127.0.0.1:{QUERY_GRPC_PORT}",
    "--set=receivers.otlp.protocols.grpc.endpoint=127.0.0.1:{OTLP_GRPC_PORT}",
    "--set=receivers.otlp.protocols.http.endpoint=127.0.0.1:{OTLP_HTTP_PORT}",
    "--set=service.telemetry.metrics.level=none",
)
"""The configuration of deploy/, but for what is elsewhere here: its ports and its folders."""


def badger(kept: Path) -> list[str]:
    return [word.replace("{KEPT}", str(kept)) for word in BADGER]


def spec(jaeger: Any) -> str:
    return "jaeger+" + str(jaeger.address("QUERY_PORT"))


def get(jaeger: Any, path: str) -> Any:
    with urllib.request.urlopen(jaeger.address("QUERY_PORT") + path, timeout=30) as answer:
        return json.loads(answer.read())


def with_body(number: int, size: int) -> Span:
    now = time.time_ns()
    return Span(
        TraceId(f"{number:032x}"),
        SpanId(f"{number:016x}"),
        None,
        "PUT",
        SpanKind.SERVER,
        now,
        now + 1000,
        attributes={"http.request.body.content": "x" * size},
        resource=Resource({"service.name": "image"}),
    )


def test_services_send_to_jaeger_and_it_shows_headers_and_bodies(peers: Any, protocol: str) -> None:
    jaeger = peers.jaeger()
    demo = peers.demo(to=jaeger, protocol=protocol)
    peers.wait_for(spec(jaeger), demo.trace_id)

    # As its page reads it: every span with its service, headers and bodies as tags.
    (trace,) = get(jaeger, f"/api/traces/{demo.trace_id}")["data"]
    services = {process["serviceName"] for process in trace["processes"].values()}
    assert {"identity", "image", "object-store"} < services
    tags = {(tag["key"], str(tag["value"])) for span in trace["spans"] for tag in span["tags"]}
    assert ("http.request.header.user-agent", '["demo-client/1.0"]') in tags
    bodies = [value for name, value in tags if name == "http.request.body.content"]
    assert any('"name": "blank-disk"' in body for body in bodies)
    passwords = [body for body in bodies if '"password": ' in body]
    assert passwords
    assert all('"password": "\u2039redacted\u203a"' in body for body in passwords)

    third = get(jaeger, f"/api/v3/traces/{demo.trace_id}")
    assert '"http.response.body.content"' in json.dumps(third["result"]["resourceSpans"])

    drawn = json.loads(peers.document(spec(jaeger), demo.trace_id))
    assert len(drawn["steps"]) == STEPS


@pytest.mark.parametrize("storage", ["memory", "badger"])
def test_jaeger_gives_the_document_that_the_store_gives(
    peers: Any, storage: str, tmp_path: Path
) -> None:
    jaeger = peers.jaeger(*(badger(tmp_path / "kept") if storage == "badger" else ()))
    demo = peers.demo()
    peers.send(jaeger, demo.messages())
    peers.wait_for(spec(jaeger), demo.trace_id)
    assert peers.document(spec(jaeger), demo.trace_id) == peers.document(demo.store, demo.trace_id)


def test_what_badger_keeps_is_there_after_a_restart(peers: Any, tmp_path: Path) -> None:
    jaeger = peers.jaeger(*badger(tmp_path / "kept"))
    demo = peers.demo()
    peers.send(jaeger, demo.messages(), "grpc")
    peers.wait_for(spec(jaeger), demo.trace_id)
    peers.programs.stop(jaeger)
    again = peers.jaeger(*badger(tmp_path / "kept"))
    assert peers.document(spec(again), demo.trace_id) == peers.document(demo.store, demo.trace_id)


def test_badger_loses_a_span_whose_tag_is_too_long_and_keeps_our_longest_body(
    peers: Any, tmp_path: Path
) -> None:
    jaeger = peers.jaeger(*badger(tmp_path / "kept"))
    too_long, longest = with_body(1, 66_000), with_body(2, 60_000)
    peers.send(jaeger, [encode_traces([too_long]), encode_traces([longest])])
    peers.wait_for(spec(jaeger), longest.trace_id, 1)
    assert "x" * 60_000 in json.dumps(get(jaeger, f"/api/traces/{longest.trace_id}"))
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(jaeger, f"/api/traces/{too_long.trace_id}")


def test_the_command_lists_what_is_in_jaeger_and_draws_what_it_lists(peers: Any) -> None:
    jaeger = peers.jaeger()
    demo = peers.demo()
    peers.send(jaeger, demo.messages())
    peers.wait_for(spec(jaeger), demo.trace_id)
    (row,) = json.loads(peers.command("traces", "--from", spec(jaeger), "--json"))
    assert (row["trace_id"], row["steps"]) == (demo.trace_id, STEPS)
    for named in (row["short_id"], "latest"):
        drawn = peers.command("render", named, "--from", spec(jaeger), "--format", "mermaid")
        comment, first, *_ = drawn.splitlines()
        assert comment.startswith("%% ")
        assert first == "sequenceDiagram"


def test_what_we_ask_leaves_no_trace_in_a_jaeger_that_records_its_own_queries(peers: Any) -> None:
    jaeger = peers.jaeger(
        "--set=extensions.jaeger_query.enable_tracing=true",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:{OTLP_GRPC_PORT}",
        OTEL_BSP_SCHEDULE_DELAY="10",
        OTEL_EXPORTER_OTLP_TIMEOUT="1000",  # it has nowhere to send its last span when it stops
    )
    span = with_body(1, 10)
    peers.send(jaeger, [encode_traces([span])])
    peers.wait_for(spec(jaeger), span.trace_id, 1)
    # A question of somebody else, which is recorded.
    assert get(jaeger, "/api/v3/services")["services"] == ["image"]

    def own() -> bool:
        return "jaeger" in get(jaeger, "/api/v3/services")["services"]

    peers.until(own, "Jaeger has recorded a query of another client")
    assert open_source(spec(jaeger), Settings()).newest(5) == (span.trace_id,)


@pytest.mark.parametrize("way", ["http", "grpc"])
def test_what_is_exported_to_jaeger_gives_the_document_that_the_store_gives(
    peers: Any, way: str
) -> None:
    jaeger = peers.jaeger()
    demo = peers.demo()
    port = jaeger.ports[f"OTLP_{way.upper()}_PORT"]
    target = f"otlp+{way}://127.0.0.1:{port}"
    for _ in range(2):  # again is safe: a span that came twice is one
        said = peers.command("export", demo.trace_id, "--from", demo.store, "--to", target)
        assert said == f"23 spans of 1 trace went to {target}\n"
    peers.wait_for(spec(jaeger), demo.trace_id)
    assert peers.document(spec(jaeger), demo.trace_id) == peers.document(demo.store, demo.trace_id)
