"""What was recorded, read back: whether it is all there, and what has no place."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from deploy.openstack.installation import Installation
from otelhook.errors import NotRecordedError
from otelhook.model import Span, SpanKind, TraceId
from otelhook.settings import load
from otelhook.sources import open_source

__all__ = ["Recorded"]

_MOST = 10_000
_POLL = 0.25
_QUIET = 1.5
"""Seconds: longer than a span waits before it is written."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The traces in an installation's store."""

    installation: Installation

    def spans(self, trace_id: str) -> tuple[Span, ...]:
        """Return a trace's spans; none if it is not there."""
        arguments = {"data_dir": str(self.installation.folders.recorded)}
        source = open_source("", load(arguments, environ={}).settings)
        try:
            return tuple(source.trace(TraceId(trace_id)).spans)
        except NotRecordedError:
            return ()

    def ids(self) -> set[str]:
        """Return the ids of all traces."""
        arguments = {"data_dir": str(self.installation.folders.recorded)}
        source = open_source("", load(arguments, environ={}).settings)
        return set(source.newest(_MOST))

    def settled(self, trace_ids: Sequence[str], seconds: float = 20.0) -> None:
        """Wait until no span of these traces has a parent that is still to come, or time is up."""
        deadline = time.monotonic() + seconds
        waiting = list(trace_ids)
        while waiting and time.monotonic() < deadline:
            waiting = [one for one in waiting if not self._whole(one)]
            if waiting:
                time.sleep(_POLL)

    def quiet(self, seconds: float = 10.0) -> None:
        """Wait until no more traces come: what has been done before is then recorded."""
        deadline = time.monotonic() + seconds
        known: set[str] = set()
        while (now := self.ids()) != known and time.monotonic() < deadline:
            known = now
            time.sleep(_QUIET)

    def _whole(self, trace_id: str) -> bool:
        spans = self.spans(trace_id)
        answered = {span.parent_span_id for span in spans if span.kind is SpanKind.SERVER}
        calls = [span for span in spans if span.kind is SpanKind.CLIENT]
        return bool(calls) and not orphans(spans) and all(c.span_id in answered for c in calls)


def orphans(spans: Sequence[Span]) -> list[Span]:
    """Return the spans that have no parent here, other than the one that began the trace."""
    known = {span.span_id for span in spans}
    lost = [span for span in spans if span.parent_span_id not in known]
    return [span for span in lost if span.kind is not SpanKind.INTERNAL or span.parent_span_id]
