"""Places orders as an uninstrumented customer does, and finds the traces that they made."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from deploy.harness.errors import HarnessError
from deploy.shop.listed import Order
from deploy.shop.places import Shop
from otelhook.model import Span, SpanKind, TraceId
from otelhook.settings import Settings
from otelhook.sources import open_source

__all__ = ["Placed", "dispatch", "place", "spans_of", "store", "warm_up"]

_ANSWER_SECONDS = 30.0
_TRACE_SECONDS = 30.0
_QUIET = 1.5
"""Seconds: longer than a span waits in an exporter before it is sent."""
_POLL = 0.1
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Placed:
    """A request that was made, and the trace of it."""

    status: int
    answer: str
    trace_id: TraceId


def store(shop: Shop) -> str:
    """Return the store as a source."""
    return f"store:{shop.folders.recorded}"


def spans_of(source: str, trace_id: TraceId) -> tuple[Span, ...]:
    """Return the spans that a source has of a trace."""
    return tuple(open_source(source, Settings()).trace(trace_id).spans)


def place(shop: Shop, order: Order) -> Placed:
    """Place an order, and wait until its trace is there.

    Raises:
        HarnessError: the trace does not become whole.
    """
    body = json.dumps({"article": order.article}).encode()
    kind = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{shop.url('front')}/orders", data=body, headers=kind)  # noqa: S310
    return _placed(shop, request, order.services)


def dispatch(shop: Shop) -> Placed:
    """Have HotROD find a driver.

    Raises:
        HarnessError: the trace does not become whole.
    """
    address = f"{shop.url('hotrod-frontend')}/dispatch?customer=123"
    services = ("frontend", "customer", "mysql", "driver", "redis-manual", "route")
    return _placed(shop, urllib.request.Request(address), services)  # noqa: S310


def warm_up(shop: Shop, order: Order) -> None:
    """Place an order twice that will do: the first waits for classes, connections and threads.

    Raises:
        HarnessError: the shop does not work.
    """
    for _ in range(2):
        placed = place(shop, order)
        if placed.status != order.status:
            message = f"the shop answers {placed.status} to its first orders: {placed.answer}"
            raise HarnessError(message)


def _placed(shop: Shop, request: urllib.request.Request, services: Collection[str]) -> Placed:
    known = set(open_source(store(shop), Settings()).newest(_MOST))
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310
            status, said = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            status, said = error.code, error.read().decode()
    trace_id = _waited_for(shop, known, services)
    return Placed(status, said, trace_id)


def _waited_for(shop: Shop, known: Collection[TraceId], services: Collection[str]) -> TraceId:
    """Return the id of the new trace in which all these services have a part, once it is whole."""
    path = store(shop)

    def found() -> TraceId | None:
        source = open_source(path, Settings())
        for one in source.newest(_MOST):
            if one not in known and _seen(source.trace(one).spans) >= set(services):
                return one
        return None

    trace_id = _until(found)
    if trace_id is None:
        message = f"no trace of {', '.join(services)} came within {_TRACE_SECONDS:.0f} s"
        raise HarnessError(message)
    _until(lambda: _whole(spans_of(path, trace_id)))
    return _quiet(path, trace_id)


def _seen(spans: Sequence[Span]) -> set[str]:
    return {str(span.resource.attributes.get("service.name")) for span in spans}


def _whole(spans: Sequence[Span]) -> bool:
    """Return whether each span's parent is there; the first has none, its caller is not traced."""
    known = {span.span_id for span in spans}
    entries = [span for span in spans if span.kind is SpanKind.SERVER and not span.parent_span_id]
    return bool(entries) and all(
        span.parent_span_id is None or span.parent_span_id in known for span in spans
    )


def _quiet(path: str, trace_id: TraceId) -> TraceId:
    """Wait until no more spans of a trace come."""
    count, since = 0, time.monotonic()
    while time.monotonic() - since < _QUIET:
        now = len(spans_of(path, trace_id))
        if now != count:
            count, since = now, time.monotonic()
        time.sleep(_POLL)
    return trace_id


def _until(value: Callable[[], TraceId | bool | None]) -> TraceId | None:
    """Return the first true value, None if none came in time."""
    deadline = time.monotonic() + _TRACE_SECONDS
    while not (found := value()):
        if time.monotonic() > deadline:
            return None
        time.sleep(_POLL)
    return found if not isinstance(found, bool) else None
