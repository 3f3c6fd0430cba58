"""Load, and what breaks in the middle of it: spans are counted on both ends.

A gateway is killed and comes back, Kafka is restarted, Cassandra stands still. What a gateway was
told and has not decided on is in its memory alone: that, and no other span, may be gone.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from deploy.harness.command_line import say
from deploy.harness.verdict import Verdict
from deploy.many.places import Chain
from deploy.many.running import kill, pause, resume, start, stop_part
from deploy.many.sending import by_agent, send_message
from deploy.many.spans import trace_of
from otelhook.errors import OtelhookError
from otelhook.model import TraceId
from otelhook.otlp import encode_traces
from otelhook.settings import Settings
from otelhook.sources import open_source

__all__ = ["nothing_lost"]

SECONDS: Final = 100.0
_EACH_SECOND: Final = 10
"""Traces."""
_DECISION_WAIT: Final = 10.0
"""Seconds, as gateway-kafka.yaml says."""
_ON_THE_WAY: Final = 3.0
"""Seconds in which an agent hands on what it took, and a decision is carried out, at most."""
_PATIENCE: Final = 90.0
"""Seconds without another span after which no more is expected: exporters try again within 30."""


@dataclass(slots=True)
class _Sent:
    """What was taken, and when."""

    spans: dict[tuple[TraceId, str], float] = field(
        default_factory=dict[tuple[TraceId, str], float]
    )
    """By trace and span, the second in which an agent said that it has it."""
    killed: float = 0.0
    """The second in which the gateway was killed."""
    errors: list[BaseException] = field(default_factory=list[BaseException])


def nothing_lost(chain: Chain) -> Verdict:
    """Send for a while, break one part after another, and count.

    Raises:
        HarnessError: a part does not come back, or an agent takes nothing any more.
    """
    sent = _Sent()
    breaking = threading.Thread(target=_break, args=(chain, sent), daemon=True)
    breaking.start()
    _send(chain, sent)
    breaking.join()
    if sent.errors:
        raise sent.errors[0]
    say(f"{len(sent.spans)} spans sent")
    missing = _missing(chain, sent)
    undecided = sent.killed - _DECISION_WAIT - _ON_THE_WAY
    held = {key for key in missing if undecided <= sent.spans[key] <= sent.killed}
    within = sum(undecided <= at <= sent.killed for at in sent.spans.values())
    faults = list(_by_second(sent, missing - held))
    measured = (
        f"{len(sent.spans)} spans acknowledged, {len(sent.spans) - len(missing)} came out; "
        f"{len(held)} gone of {within} that were taken within {sent.killed - undecided:.0f} s "
        "before a gateway was killed"
    )
    return Verdict("only what a killed gateway held undecided is lost", measured, tuple(faults))


def _by_second(sent: _Sent, missing: set[tuple[TraceId, str]]) -> Iterator[str]:
    """Yield a line for every second of the load in which a span was taken that is gone."""
    began = min(sent.spans.values())
    seconds = Counter(int(sent.spans[key] - began) for key in missing)
    for second, count in sorted(seconds.items()):
        yield f"{count} of the spans that were taken in second {second} are gone"


def _send(chain: Chain, sent: _Sent) -> None:
    """Send traces at a steady pace, each half beside its own agent."""
    began = time.monotonic()
    for number in range(int(SECONDS * _EACH_SECOND)):
        wait = began + number / _EACH_SECOND - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        for agent, spans in by_agent(trace_of(number)).items():
            send_message(chain, agent, encode_traces(spans))
            now = time.monotonic()
            sent.spans.update({(span.trace_id, span.span_id): now for span in spans})


def _break(chain: Chain, sent: _Sent) -> None:
    """Break one part after another, each after the one before has recovered."""
    began = time.monotonic()

    def killed() -> None:
        kill(chain, "gateway-1")
        sent.killed = time.monotonic()

    steps: Sequence[tuple[float, str, Callable[[], object]]] = (
        (20, "gateway-1 killed", killed),
        (25, "gateway-1 back", lambda: start(chain, ["gateway-1"])),
        (45, "Kafka stopped", lambda: stop_part(chain, "kafka")),
        (50, "Kafka back", lambda: start(chain, ["kafka"])),
        (70, "Cassandra stands still", lambda: pause(chain, "cassandra")),
        (85, "Cassandra goes on", lambda: resume(chain, "cassandra")),
    )
    try:
        for after, what, do in steps:
            time.sleep(max(0.0, began + after - time.monotonic()))
            do()
            say(what)
    except BaseException as error:  # noqa: BLE001 - raised where it is seen, in the main thread
        sent.errors.append(error)


def _missing(chain: Chain, sent: _Sent) -> set[tuple[TraceId, str]]:
    """Return what has not come out once nothing more does."""
    missing, deadline = set(sent.spans), 0.0
    while missing and (not deadline or time.monotonic() < deadline):
        before = len(missing)
        for trace_id in sorted({trace_id for trace_id, _ in missing}):
            missing -= _came_out(chain, trace_id)
        if len(missing) < before or not deadline:
            deadline = time.monotonic() + _PATIENCE
        if missing:
            time.sleep(1.0)
    return missing


def _came_out(chain: Chain, trace_id: TraceId) -> set[tuple[TraceId, str]]:
    source = open_source(f"jaeger+{chain.url('query-http')}", Settings())
    try:
        return {(trace_id, span.span_id) for span in source.trace(trace_id).spans}
    except OtelhookError:
        return set()
