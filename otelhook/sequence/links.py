"""Links that lead out of the traces at hand."""

from __future__ import annotations

from collections.abc import Iterable

from otelhook.model import Span, TraceId

__all__ = ["links_out_of"]


def links_out_of(spans: Iterable[Span]) -> list[TraceId]:
    """Return the traces that spans link to and are not of, each once, in order of appearance."""
    known: set[TraceId] = set()
    linked: dict[TraceId, None] = {}
    for span in spans:
        known.add(span.trace_id)
        linked |= dict.fromkeys(link.trace_id for link in span.links)
    return [trace_id for trace_id in linked if trace_id not in known]
