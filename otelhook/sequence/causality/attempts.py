"""The servers that one client span reached: its attempts, and what hangs under it by mistake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from otelhook.sequence.causality.exchanges import Side

__all__ = ["attempts_of"]


def attempts_of(
    sides: Mapping[int, Side], servers: Sequence[int], offsets: Mapping[str, int]
) -> tuple[list[int], dict[int, int]]:
    """Tell the attempts of one client span from calls that hang under it by mistake.

    Retries and redirects of one client span follow each other (stock instrumentation of requests
    makes one span of them). But a proxy that records no client spans and hands its caller's
    context on (swift does) puts its back ends' spans there too: these lie within the proxy's own
    span and are of another service.

    Returns:
        The attempts in order of time, and from each of the others to the span it lies within.
    """
    if len(servers) == 1:
        return list(servers), {}

    def adjusted(index: int) -> tuple[int, int]:
        side = sides[index]
        offset = offsets.get(side.domain, 0)
        return side.start - offset, side.end - offset

    attempts: list[int] = []
    passed_on: dict[int, int] = {}
    open_spans: list[int] = []
    for index in sorted(servers, key=lambda i: (adjusted(i)[0], -adjusted(i)[1], i)):
        while open_spans and adjusted(open_spans[-1])[1] < adjusted(index)[1]:
            open_spans.pop()
        holder = open_spans[-1] if open_spans else None
        if holder is not None and sides[holder].service == sides[index].service:
            holder = passed_on.get(holder)  # a replica beside it, or a retry while it still runs
        if holder is None:
            attempts.append(index)
        else:
            passed_on[index] = holder
        open_spans.append(index)
    return attempts, passed_on
