"""Clock domains, and how far each one's clock is from the root's: one offset a domain.

Jaeger shifts each span by itself and in silence (jaeger issues 961 and 1459). Here all calls
between two hosts together bound the one difference of their clocks, a clock that could be right
is left alone, and what was shifted is said in the Document.
"""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from otelhook import attributes as key
from otelhook.model import Resource
from otelhook.sequence.spans.coercion import first_text

__all__ = ["NOISE", "UNBOUNDED", "Bound", "Window", "domain_of", "estimate", "has_host"]

UNBOUNDED: Final = 1 << 80
"""Beyond any difference of two clocks in nanoseconds."""

NOISE: Final = 2_000_000
"""Nanoseconds that a clock may seem wrong by for other reasons: a timer's resolution, one read a
moment late. Node's goes back by 0.15 ms within a process; a clock is not adjusted for less."""

_DOMAIN_KEYS: Final = (
    key.HOST_ID,
    key.HOST_NAME,
    key.SERVICE_INSTANCE_ID,
    key.SERVICE_NAME,
)


class Bound(NamedTuple):
    """The clock of ``server`` minus that of ``client`` lies in ``low`` to ``high`` (ns)."""

    client: str
    server: str
    low: int
    high: int


class Window(NamedTuple):
    """From the first start to the last end of spans, nanoseconds on one clock."""

    first: int
    last: int


def has_host(resource: Resource) -> bool:
    """Return whether a resource says on which host it is."""
    return bool(first_text(resource.attributes, (key.HOST_ID, key.HOST_NAME)))


def domain_of(resource: Resource) -> str:
    """Return what shares one clock with this resource: its host, else its process."""
    return first_text(resource.attributes, _DOMAIN_KEYS)


def estimate(
    bounds: Iterable[Bound],
    references: Sequence[str],
    windows: Mapping[str, Window],
    hostless: Container[str] = (),
) -> dict[str, int]:
    """Return by domain the nanoseconds to subtract from its times.

    Args:
        bounds: what calls between domains say; bounds of the same two domains are intersected.
        references: all domains; the first one's clock is the truth.
        windows: by domain, when it was at work on its own clock. Where no call connects a domain
            with the truth, its work is moved into the first one's window if it lies outside;
            a domain without a window stays as it is.
        hostless: domains that are no known host. Two services of which one has none may share a
            machine, and a clock that is right but for `NOISE` is left alone.
    """
    between = _intersected(bounds)
    offsets: dict[str, int] = {}
    for reference in references:
        if reference in offsets:
            continue
        # Prim's algorithm: the narrowest interval that leads on is the most trustworthy.
        reached = [(0, reference, _fitted(windows, references[0], reference))]
        while reached:
            _, domain, offset = heapq.heappop(reached)
            if domain in offsets:
                continue
            offsets[domain] = offset
            for other, (low, high) in between.get(domain, {}).items():
                if other not in offsets:
                    noise = NOISE if domain in hostless or other in hostless else 0
                    entry = (abs(high - low), other, offset + _difference(low, high, noise))
                    heapq.heappush(reached, entry)
    return offsets


def _intersected(bounds: Iterable[Bound]) -> dict[str, dict[str, tuple[int, int]]]:
    between: dict[str, dict[str, tuple[int, int]]] = {}
    for bound in bounds:
        if bound.client == bound.server:
            continue
        for one, other, low, high in (
            (bound.client, bound.server, bound.low, bound.high),
            (bound.server, bound.client, -bound.high, -bound.low),
        ):
            known = between.setdefault(one, {})
            was_low, was_high = known.get(other, (-UNBOUNDED, UNBOUNDED))
            known[other] = (max(was_low, low), min(was_high, high))
    return between


def _difference(low: int, high: int, noise: int = 0) -> int:
    """Choose from an interval: nothing if that fits, else the middle, else the nearer bound."""
    if low - noise <= 0 <= high + noise and (noise == 0 or low <= high):
        return 0
    if low <= -UNBOUNDED:
        return high
    if high >= UNBOUNDED:
        return low
    # The middle assumes that a call takes as long there as back. Where drift has emptied the
    # interval it is the smallest violation of both bounds.
    return (low + high) // 2


def _fitted(windows: Mapping[str, Window], whole: str, part: str) -> int:
    """Return what brings ``part`` into the window of ``whole``; nothing if it is too long."""
    if whole == part or whole not in windows or part not in windows:
        return 0
    low = windows[part].last - windows[whole].last
    high = windows[part].first - windows[whole].first
    return _difference(low, high) if low <= high else 0
