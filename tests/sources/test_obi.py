"""Spans as OpenTelemetry's eBPF instrumentation writes them: a page with headers and bodies.

Attributes and kinds are those of OBI's ``tracesgen.go``: a server's span has two INTERNAL children
(``in queue``, ``processing``), what it calls hangs below the second, and a client's ``url.full``
may be a path. No OBI runs here.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from otelhook.redaction import Redactor
from otelhook.render import render
from otelhook.sequence import Body, Document, Header, assemble
from otelhook.sequence.transforms.redact_document import clean
from otelhook.sources.files.trace_file import TraceFileSource

TRACE = "0af7651916cd43dd8448eb211c80319c"
DEPLOY = Path(__file__).parents[2] / "deploy" / "obi"
LIST_HEADERS = {
    "http.request.header.content-type": ["application/json"],
    "http.request.header.authorization": ["[redacted]"],
    "http.response.header.content-type": ["application/json"],
}
PLAIN_HEADERS = {name: values[0] for name, values in LIST_HEADERS.items()}
BODIES = {
    "http.request.body.content": '{"sku":"tea","password":"hunter2hunter2"}',
    "http.request.body.size": 41,
    "http.response.body.content": '{"order":7}',
    "http.response.body.size": 11,
}


def value(of: object) -> dict[str, Any]:
    if isinstance(of, int):
        return {"intValue": str(of)}
    if isinstance(of, list):
        return {"arrayValue": {"values": [value(item) for item in of]}}
    return {"stringValue": str(of)}


def attributes(of: dict[str, object]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value(item)} for key, item in of.items()]


def span(number: int, parent: int, name: str, kind: int, at: int, **of: object) -> dict[str, Any]:
    begun = 1_764_450_000_000_000_000 + at * 1_000_000
    return {
        "traceId": TRACE,
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(begun),
        "endTimeUnixNano": str(begun + (20 - at) * 1_000_000),
        "attributes": attributes(dict(of)),
        "status": {},
    }


def recorded(headers: dict[str, object]) -> str:
    called = {
        "http.request.method": "POST",
        "http.response.status_code": 201,
        "server.port": 8080,
        **headers,
        **BODIES,
    }
    frontend = [
        span(
            1, 0, "POST /buy", 2, 0, **{**called, "url.path": "/buy", "server.address": "frontend"}
        ),
        span(2, 1, "in queue", 1, 1),
        span(3, 1, "processing", 1, 2),
        span(
            4,
            3,
            "POST /orders",
            3,
            3,
            **{
                **called,
                "url.full": "/orders",
                "http.scheme": "http",
                "server.address": "orders.shop",
                "peer.service": "orders",
            },
        ),
    ]
    orders = [
        span(
            5,
            4,
            "POST /orders",
            2,
            4,
            **{**called, "url.path": "/orders", "server.address": "orders"},
        ),
        span(6, 5, "in queue", 1, 5),
        span(7, 5, "processing", 1, 6),
        span(
            8,
            7,
            "INSERT orders",
            3,
            7,
            **{
                "server.address": "postgres",
                "server.port": 5432,
                "db.system.name": "postgresql",
                "db.operation.name": "INSERT",
                "db.collection.name": "orders",
                "db.query.text": "INSERT INTO orders (sku) VALUES ($1)",
            },
        ),
    ]
    return json.dumps(
        {
            "resourceSpans": [
                {
                    "resource": {
                        "attributes": attributes(
                            {
                                "service.name": name,
                                "telemetry.sdk.language": language,
                                "otel.library.name": "go.opentelemetry.io/obi",
                            }
                        )
                    },
                    "scopeSpans": [{"spans": spans}],
                }
                for name, language, spans in (
                    ("frontend", "nodejs", frontend),
                    ("orders", "rust", orders),
                )
            ]
        }
    )


@pytest.fixture(params=[LIST_HEADERS, PLAIN_HEADERS], ids=["lists", "text"])
def document(tmp_path: Path, request: pytest.FixtureRequest) -> Document:
    (tmp_path / "obi.json").write_text(recorded(request.param))
    source = TraceFileSource(tmp_path / "obi.json")
    (trace_id,) = source.newest(5)
    return assemble(source.trace(trace_id).spans)


def test_each_call_is_there_once_in_its_order(document: Document) -> None:
    assert [(step.source, step.target) for step in document.steps][1:5] == [
        ("frontend", "orders"),
        ("orders", document.steps[2].target),
        (document.steps[2].target, "orders"),
        ("orders", "frontend"),
    ]
    assert len(document.steps) == 6
    assert "postgres" in document.steps[2].target


def test_a_request_and_its_answer_have_headers_and_bodies(document: Document) -> None:
    request, answer = document.steps[1], document.steps[4]
    assert (request.method, request.path, answer.status_code) == ("POST", "/orders", 201)
    assert Header("content-type", "application/json") in request.headers
    assert request.body == Body(
        str(BODIES["http.request.body.content"]), 41, content_type="application/json"
    )
    assert answer.body == Body('{"order":7}', 11, content_type="application/json")


def test_what_was_not_hidden_in_the_kernel_is_hidden_on_the_page(document: Document) -> None:
    cleaned = clean(document, Redactor.make())
    for form in ("html", "markdown", "text", "json", "har", "curl"):
        page = str(render(cleaned, form))
        assert "hunter2hunter2" not in page
        assert "tea" in page or form == "text"


def test_the_configuration_hides_secrets_before_it_lets_everything_else_in() -> None:
    config = import_module("yaml").safe_load((DEPLOY / "config.yaml").read_text())
    enrichment = config["ebpf"]["payload_extraction"]["http"]["enrichment"]
    assert enrichment["enabled"] is True
    assert enrichment["policy"]["default_action"] == {"headers": "exclude", "body": "exclude"}
    assert enrichment["policy"]["match_order"] == "first_match_wins"
    for kind in ("headers", "body"):
        actions = [rule["action"] for rule in enrichment["rules"] if rule["type"] == kind]
        assert actions == ["obfuscate", "include"]
