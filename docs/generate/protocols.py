"""The reference of the protocols: what spans of each say, read and drawn by the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from inspect import getsource

import otelhook
from otelhook.model import (
    AttributeValue,
    Resource,
    Scope,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)
from otelhook.render.shared.wording import KIND_WORDS, PROTOCOL_WORDS, arrow_line
from otelhook.sequence import Outcome, Protocol
from otelhook.sequence.protocols.systems import BROKERS, STORES

__all__ = ["SAMPLES", "page"]


@dataclass(frozen=True, slots=True)
class Sample:
    """Attributes that a tool writes on a CLIENT or PRODUCER span, by whose convention."""

    protocol: Protocol
    convention: str
    attributes: Mapping[str, AttributeValue]
    name: str = "span"
    failed: bool = False
    kind: SpanKind = SpanKind.CLIENT


SAMPLES: tuple[Sample, ...] = (
    Sample(
        Protocol.HTTP,
        "current",
        {
            "http.request.method": "GET",
            "url.full": "http://stock:80/items/7",
            "http.response.status_code": 404,
        },
    ),
    Sample(
        Protocol.HTTP,
        "before 2023",
        {"http.method": "POST", "http.url": "http://stock/items", "http.status_code": 201},
    ),
    Sample(
        Protocol.RPC,
        "before 2025",
        {
            "rpc.system": "grpc",
            "rpc.service": "shop.Cart",
            "rpc.method": "Add",
            "rpc.grpc.status_code": 13,
        },
        failed=True,
    ),
    Sample(
        Protocol.DATABASE,
        "current",
        {
            "db.system.name": "postgresql",
            "db.namespace": "orders",
            "db.query.text": "SELECT id FROM orders WHERE id = ?",
        },
    ),
    Sample(
        Protocol.DATABASE,
        "before 2024, a cache",
        {"db.system": "redis", "db.statement": "GET cart:7"},
    ),
    Sample(
        Protocol.MESSAGING,
        "current",
        {
            "messaging.system": "kafka",
            "messaging.operation.type": "send",
            "messaging.destination.name": "orders",
        },
        kind=SpanKind.PRODUCER,
    ),
    Sample(
        Protocol.MODEL,
        "current",
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 210,
            "gen_ai.usage.output_tokens": 50,
        },
    ),
    Sample(
        Protocol.TOOL,
        "current",
        {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "weather"},
    ),
    Sample(Protocol.CALL, "a name and a peer", {"peer.service": "pricing"}, name="quote"),
)
"""One span alone of each; the lifeline is what stands for a callee that recorded nothing."""

_MODULES = {
    Protocol.HTTP: "http",
    Protocol.RPC: "rpc",
    Protocol.DATABASE: "database",
    Protocol.MESSAGING: "messaging",
    Protocol.MODEL: "generative",
    Protocol.TOOL: "generative",
    Protocol.CALL: "plain",
}

_HEAD = """# Protocols

A span of any protocol becomes the same kind of step. Which protocol it speaks is decided by the
families of its attribute names, and by its own name only where it has none. Of two protocols on one
call the more telling one names it: a model is called over HTTP, and the arrow says the model.

## What is drawn

Made by the code from one client's span each, whose callee recorded nothing:

| protocol | convention | attributes | arrow there | arrow back | lifeline |
|---|---|---|---|---|---|
"""

_OUTCOMES = """
## Outcomes

| outcome | meaning |
|---|---|
"""


def page() -> str:
    """Return the page."""
    read = "\n\n".join(_read())
    stores = ", ".join(sorted({name for name, _ in STORES.values()}))
    brokers = ", ".join(sorted(set(BROKERS)))
    return (
        _HEAD
        + "\n".join(_rows())
        + "\n"
        + _OUTCOMES
        + "\n".join(f"| {outcome.value} | {says} |" for outcome, says in _outcomes())
        + "\n\nClocks decide none of them.\n\n## What is read\n\n"
        + read
        + f"\n\n## Systems known by name\n\nDatabases, caches: {stores}.\n\nBrokers: {brokers}.\n"
    )


def _rows() -> Iterator[str]:
    for sample in SAMPLES:
        document = otelhook.compose([_span(sample)])
        there, back = document.steps[0], document.steps[-1]
        assert there.protocol is sample.protocol, sample
        kinds = {participant.name: participant.kind for participant in document.participants}
        word = KIND_WORDS.get(kinds[there.target], "")
        named = ", ".join(f"`{name}={value!s}`" for name, value in sample.attributes.items())
        cells = (
            PROTOCOL_WORDS[sample.protocol],
            sample.convention,
            named,
            arrow_line(there),
            arrow_line(back) if back is not there else "none",
            f"{there.target} ({word})" if word else there.target,
        )
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _span(sample: Sample) -> Span:
    return Span(
        trace_id=TraceId("ab" * 16),
        span_id=SpanId("cd" * 8),
        parent_span_id=None,
        name=sample.name,
        kind=sample.kind,
        start_time=1_700_000_000_000_000_000,
        end_time=1_700_000_000_005_000_000,
        attributes=sample.attributes,
        resource=Resource({"service.name": "shop"}),
        scope=Scope(),
        status=Status(StatusCode.ERROR if sample.failed else StatusCode.UNSET),
    )


def _read() -> Iterator[str]:
    """Yield what each protocol's module says that it reads."""
    for name in dict.fromkeys(_MODULES.values()):
        module = import_module(f"otelhook.sequence.protocols.{name}")
        yield " ".join((module.__doc__ or "").replace("``", "`").split())


def _outcomes() -> Iterator[tuple[Outcome, str]]:
    """Yield each outcome with the docstring that stands below it."""
    (enum,) = ast.parse(getsource(Outcome)).body
    assert isinstance(enum, ast.ClassDef)
    for row, says in zip(enum.body, enum.body[1:], strict=False):
        if isinstance(row, ast.Assign) and isinstance(says, ast.Expr):
            name, text = row.targets[0], says.value
            assert isinstance(name, ast.Name)
            assert isinstance(text, ast.Constant)
            yield Outcome[name.id], str(text.value)
