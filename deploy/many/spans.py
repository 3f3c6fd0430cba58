"""Spans to load the chain with: headers, and bodies that no other span has."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Final

from otelhook.model import Resource, Span, SpanId, SpanKind, TraceId

__all__ = ["SPANS_OF_A_TRACE", "trace_of"]

SPANS_OF_A_TRACE: Final = 6
_SERVICES: Final = ("web", "orders", "stock", "accounts")
_HEADERS: Final = 12


def trace_of(number: int) -> Sequence[Span]:
    """Return a trace of some services, each span of some 5 KB.

    Args:
        number: of the trace; its ids and bodies are made of it.
    """
    random_bytes = random.Random(number)  # noqa: S311 - repeatable, no secret
    trace_id = TraceId(f"{random_bytes.getrandbits(128):032x}")
    begun = time.time_ns()
    ids = [SpanId(f"{random_bytes.getrandbits(64):016x}") for _ in range(SPANS_OF_A_TRACE)]
    body = random_bytes.randbytes(1_000).hex()
    return [
        Span(
            trace_id,
            span_id,
            ids[at - 1] if at else None,
            f"GET /items/{number % 20}",
            SpanKind.SERVER,
            begun + at * 1_000_000,
            begun + (2 * SPANS_OF_A_TRACE - at) * 1_000_000,
            attributes={
                "http.request.method": "GET",
                "http.response.status_code": 200,
                "url.path": f"/items/{number}/{at}",
                **{f"http.request.header.x-{place}": (f"{place}",) for place in range(_HEADERS)},
                "http.request.body.content": f"{at} {body}",
                "http.response.body.content": f"{at} {body[::-1]}",
            },
            resource=Resource({"service.name": _SERVICES[at % len(_SERVICES)]}),
        )
        for at, span_id in enumerate(ids)
    ]
