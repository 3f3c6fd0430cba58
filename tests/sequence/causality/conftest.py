"""Spans told in a few words, and the steps that come of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from otelhook.model import (
    AttributeValue,
    Link,
    Resource,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)
from otelhook.sequence import compose
from otelhook.sequence.document import Document

MS = 1_000_000


@dataclass
class Trace:
    """Spans by numbers; a span begins at its number unless told otherwise, in milliseconds."""

    spans: list[Span] = field(default_factory=list[Span])

    def span(  # noqa: PLR0913 - a span has this many parts
        self,
        number: int,
        service: str,
        kind: str,
        attributes: Mapping[str, AttributeValue] | None = None,
        *,
        parent: int = 0,
        name: str = "work",
        links: tuple[int, ...] = (),
        at: tuple[int, int] | None = None,
        failure: str | None = None,
        trace: int = 1,
    ) -> Trace:
        start, end = at or (number, 100 - number)
        self.spans.append(
            Span(
                trace_id=TraceId(f"{trace:032x}"),
                span_id=SpanId(f"{number:016x}"),
                parent_span_id=SpanId(f"{parent:016x}") if parent else None,
                name=name,
                kind=SpanKind[kind],
                start_time=start * MS,
                end_time=end * MS,
                attributes=attributes or {},
                resource=Resource({"service.name": service, "host.name": service}),
                status=Status() if failure is None else Status(StatusCode.ERROR, failure),
                links=tuple(Link(TraceId(f"{1:032x}"), SpanId(f"{n:016x}")) for n in links),
            )
        )
        return self

    @property
    def document(self) -> Document:
        return compose(self.spans)

    @property
    def arrows(self) -> list[str]:
        """Each step in a line: ``a -> b: GET /x`` or ``b -> a: 200 OK /x``."""
        return [f"{step.source} -> {step.target}: {step.title}" for step in self.document.steps]

    @property
    def requests(self) -> list[str]:
        """The arrows that begin an exchange."""
        lines = self.arrows
        seen: dict[int, str] = {}
        for line, step in zip(lines, self.document.steps, strict=True):
            seen.setdefault(step.exchange, line)
        return list(seen.values())


@pytest.fixture
def trace() -> Trace:
    return Trace()


@pytest.fixture
def http() -> Any:
    """Return the attributes of a request: ``GET http://shop/x`` and its status."""

    def attributes(what: str, status: int | None = 200) -> dict[str, AttributeValue]:
        method, _, url = what.partition(" ")
        key = "url.full" if "://" in url else "url.path"
        told: dict[str, AttributeValue] = {"http.request.method": method, key: url}
        return told if status is None else {**told, "http.response.status_code": status}

    return attributes
