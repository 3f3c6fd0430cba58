"""OTLP that is not lost for a receiver that is small, busy or restarting.

The official exporters give a batch up after some seconds, and at once when it is too large. Here
a batch is kept and tried again within a budget of time; one that is too large is split, down to
one span, which then goes without its bodies. Meanwhile spans wait in the processor's queue, which
is bounded.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence

from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otelhook.exporters.encoding import Encoded, encode, pack, runs
from otelhook.exporters.official import BATCH_BYTES
from otelhook.exporters.partial_success import about_size
from otelhook.exporters.stripping import strip
from otelhook.exporters.tally import Reason, Tally
from otelhook.exporters.transport import Answer, Transport, Verdict
from otelhook.native_threads import NativeCondition

__all__ = ["RETRY_SECONDS", "OtlpExporter"]

_logger = logging.getLogger(__name__)

RETRY_SECONDS = 60.0
"""How long a batch is kept that a receiver does not take."""

_FIRST_WAIT = 0.2
_LONGEST_WAIT = 5.0
_JITTER = 0.2
_SMALLEST_BATCH = 64 * 1024
"""A receiver that takes less than this a request gets single spans."""


class OtlpExporter(SpanExporter):
    """Encodes spans once and sends them until they are taken, refused or out of time.

    `export` never raises, and blocks for ``retry_seconds`` at most, unless told to `hurry`.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        batch_bytes: int = BATCH_BYTES,
        retry_seconds: float = RETRY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make an exporter.

        Args:
            transport: sends one request.
            batch_bytes: bytes of a request at most. What is learned of a smaller limit stays.
            retry_seconds: how long a batch is tried again, from its first failure on.
            clock: seconds on a clock that never goes back.
        """
        self.tally = Tally()
        self._transport = transport
        self._batch_bytes = batch_bytes
        self._retry_seconds = retry_seconds
        self._clock = clock
        self._changed = NativeCondition()
        self._end = float("inf")
        self._waiting_said = False
        self._closed = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Deliver the spans; FAILURE if some could not be."""
        if self._closed:
            self.tally.dropped(len(spans), Reason.ENDED)
            return SpanExportResult.FAILURE
        encoded = encode(spans)
        missing = len(spans) - len(encoded)
        self.tally.dropped(missing, Reason.NOT_ENCODED)
        with suppress_instrumentation():
            done = [self._deliver(run) for run in runs(encoded, self._batch_bytes)]
        whole = all(done) and not missing
        return SpanExportResult.SUCCESS if whole else SpanExportResult.FAILURE

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - SDK's signature
        """Return True: what `export` has returned from is delivered or counted."""
        return True

    def hurry(self, seconds: float) -> None:
        """Give up what cannot be delivered within ``seconds``."""
        with self._changed:
            self._end = min(self._end, self._clock() + seconds)
            self._changed.notify_all()

    def shutdown(self) -> None:
        """Close the connection; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self.hurry(0)
            self._transport.close()

    def _deliver(self, run: Sequence[Encoded]) -> bool:
        """Deliver a run, in parts if it has to be; False if a span of it was lost."""
        whole = True
        parts = [run]
        began: float | None = None
        while parts:
            part = parts.pop()
            if self._is_too_long(part):
                parts += reversed(_halves(part))
                continue
            data = pack(part)
            answer, began = self._sent(data, began)
            if answer.verdict is Verdict.TOO_LARGE or _all_too_large(answer, len(part)):
                self._batch_bytes = max(_SMALLEST_BATCH, min(self._batch_bytes, len(data) // 2))
                smaller = _halves(part) if len(part) > 1 else self._stripped(part[0])
                if smaller:
                    parts += reversed(smaller)
                    continue
            whole = self._count(answer, len(part)) and whole
        return whole

    def _is_too_long(self, part: Sequence[Encoded]) -> bool:
        """Return whether a part is above a limit that was learned meanwhile."""
        return len(part) > 1 and sum(len(one.data) for one in part) > self._batch_bytes

    def _stripped(self, one: Encoded) -> list[Sequence[Encoded]]:
        span = strip(one.span, Reason.TOO_LARGE)
        smaller = encode([span]) if span is not None else []
        if smaller:
            self.tally.stripped(Reason.TOO_LARGE)
        return [smaller] if smaller else []

    def _count(self, answer: Answer, spans: int) -> bool:
        tally, detail = self.tally, answer.detail
        if answer.verdict is Verdict.TAKEN:
            rejected = min(answer.rejected, spans)
            tally.delivered(spans - rejected)
            tally.dropped(rejected, Reason.REFUSED, detail)
            return not rejected
        reasons = {Verdict.LATER: Reason.UNREACHABLE, Verdict.TOO_LARGE: Reason.TOO_LARGE}
        tally.dropped(spans, reasons.get(answer.verdict, Reason.REFUSED), detail)
        return False

    def _sent(self, data: bytes, began: float | None) -> tuple[Answer, float | None]:
        """Send until there is an answer other than `LATER`, or no time is left.

        Returns:
            The answer, and when the first failure of this batch was.
        """
        wait = _FIRST_WAIT
        while True:
            answer = self._attempt(data)
            if answer.verdict is not Verdict.LATER:
                self._waiting_said = False
                return answer, began
            now = self._clock()
            began = now if began is None else began
            self._say_waiting(answer)
            with self._changed:
                left = min(began + self._retry_seconds, self._end) - now
                if left <= 0:
                    return answer, began
                asked = answer.retry_after
                jittered = wait * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
                self._changed.wait(min(left, jittered if asked is None else max(asked, wait)))
            wait = min(2 * wait, _LONGEST_WAIT)

    def _attempt(self, data: bytes) -> Answer:
        try:
            return self._transport.send(data)
        except Exception as error:  # noqa: BLE001 - an exporter never raises into the host
            return Answer(Verdict.REFUSED, f"{type(error).__name__}: {error}")

    def _say_waiting(self, answer: Answer) -> None:
        if not self._waiting_said:
            self._waiting_said = True
            _logger.warning(
                "otelhook: the OTLP endpoint takes no spans at present (%s); they are kept and "
                "tried again for %.0f s",
                answer.detail,
                self._retry_seconds,
            )


def _all_too_large(answer: Answer, spans: int) -> bool:
    """Return whether a partial success is none: every span rejected, for its size."""
    return (
        answer.verdict is Verdict.TAKEN and answer.rejected >= spans and about_size(answer.detail)
    )


def _halves(part: Sequence[Encoded]) -> list[Sequence[Encoded]]:
    """Split in two, of about the same number of bytes."""
    half = sum(len(one.data) for one in part) / 2
    total, cut = 0, 0
    while cut < len(part) - 1 and total + len(part[cut].data) / 2 < half:
        total += len(part[cut].data)
        cut += 1
    return [part[: max(1, cut)], part[max(1, cut) :]]
