"""From a request's spans to the answer that they are durable, whatever transport it came by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, ParamSpec, TypeVar

from otelhook.collector.counters import Counters
from otelhook.collector.intake import Intake
from otelhook.collector.receivers.budget import Budget
from otelhook.collector.receivers.decoding import DecodedRequest
from otelhook.collector.receivers.refusals import RefusalError

__all__ = ["ReceiverLimits", "Receiving", "Rejected"]

_DECODERS: Final = 2
_Read = TypeVar("_Read")
_Given = ParamSpec("_Given")


@dataclass(frozen=True, slots=True)
class ReceiverLimits:
    """What receivers take, in bytes."""

    request: int = 16 * 1024**2
    """Of one request, as it came and decompressed."""
    memory: int = 256 * 1024**2
    """Of all requests that are being taken at once, with what their objects take."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """What was left out of a request that was taken: OTLP's partial success."""

    spans: int = 0
    message: str = ""


class Receiving:
    """What all receivers share: the budget, the writer and the counters."""

    def __init__(self, intake: Intake, counters: Counters, limits: ReceiverLimits) -> None:
        self.limits = limits
        self.budget = Budget(limits.memory)
        self.counters = counters
        self.decoders = ThreadPoolExecutor(_DECODERS, thread_name_prefix="otelhook-decoder")
        """Where bytes become objects: of few requests at once, since all of them take memory."""
        self._intake = intake
        counters.watch(
            "otelhook_receiving_bytes", "Bytes of requests being taken", lambda: self.budget.taken
        )
        counters.watch(
            "otelhook_waiting_requests", "Requests that wait for a commit", lambda: intake.waiting
        )

    async def decode(
        self, read: Callable[_Given, _Read], *given: _Given.args, **named: _Given.kwargs
    ) -> _Read:
        """Call what makes objects of bytes, once it is its turn."""
        return await asyncio.wrap_future(self.decoders.submit(read, *given, **named))

    def submit(self, receiver: str, content: DecodedRequest) -> Future[None]:
        """Hand a request's spans to the writer; the future is done once they are durable.

        Raises:
            RefusalError: the collector is ending.
        """
        self.counters.received.labels(receiver).inc(content.spans)
        self.counters.rejected.labels(receiver).inc(content.left_out.count)
        return self._intake.submit(content.blocks)

    def taken(self, receiver: str) -> None:
        """Count a request that was taken."""
        self.counters.requests.labels(receiver, "taken").inc()

    def refused(self, receiver: str, refusal: RefusalError) -> None:
        """Count a request that was not."""
        self.counters.requests.labels(receiver, refusal.reason.name.lower()).inc()

    @staticmethod
    def rejected(content: DecodedRequest) -> Rejected:
        """Return what the sender is told of the spans that were left out."""
        left_out = content.left_out
        if not left_out.count:
            return Rejected()
        unsaid = left_out.count - len(left_out.said)
        more = f"; and {unsaid} more" if unsaid else ""
        return Rejected(left_out.count, "; ".join(left_out.said) + more)
