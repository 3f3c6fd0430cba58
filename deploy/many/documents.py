"""Traces of the demo, the shop and OpenStack through the chain: the same document comes out."""

from __future__ import annotations

import difflib
import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Final

from deploy.harness.errors import HarnessError
from deploy.harness.places import cache
from deploy.harness.processes import wait_until
from deploy.harness.rendering import rendered
from deploy.harness.verdict import Verdict
from deploy.many.places import Chain
from deploy.many.sending import send
from otelhook.demo.cloud import CLIENT, running
from otelhook.errors import OtelhookError
from otelhook.model import Span, TraceId
from otelhook.otlp import encode_traces
from otelhook.settings import Settings
from otelhook.sources import open_source

__all__ = ["same_documents"]

_SECONDS: Final = 120.0
_MOST: Final = 12
"""Traces of a source."""
_LINES: Final = 6
_LINE: Final = 100
_KEPT: Final = {
    "shop": cache("shop") / "installation" / "otelhook",
    "openstack": cache("openstack") / "installations" / "default" / "otelhook",
}
"""What other suites recorded when they last ran here."""


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A trace in a store, and how many spans it has."""

    name: str
    store: str
    trace_id: TraceId
    spans: int


def same_documents(chain: Chain) -> Verdict:
    """Send the traces that were recorded here, and hold what comes out to what the store has.

    Raises:
        HarnessError: the chain does not take them.
    """
    with _demo() as demo:
        stores = {"demo": demo, **{name: f"store:{path}" for name, path in _KEPT.items()}}
        recorded = [one for name, store in stores.items() for one in _newest(name, store)]
        for one in recorded:
            send(chain, _spans(one.store, one.trace_id))
        faults = [fault for one in recorded for fault in _fault(chain, one)]
    counts = {name: sum(one.name == name for one in recorded) for name in stores}
    told = ", ".join(f"{count} of {name}" for name, count in counts.items() if count)
    absent = [name for name, count in counts.items() if not count]
    without = f"; none of {', '.join(absent)}: not recorded here, make it" if absent else ""
    measured = f"{told}, {sum(one.spans for one in recorded)} spans{without}"
    return Verdict("a document out of Jaeger is the store's", measured, tuple(faults))


def _newest(name: str, store: str) -> Iterator[_Recorded]:
    source = open_source(store, Settings())
    try:
        trace_ids = source.newest(_MOST)
    except OtelhookError:
        return
    for trace_id in trace_ids:
        yield _Recorded(name, store, trace_id, len(source.trace(trace_id).spans))


def _spans(store: str, trace_id: TraceId) -> Sequence[Span]:
    return open_source(store, Settings()).trace(trace_id).spans


def _fault(chain: Chain, one: _Recorded) -> Iterator[str]:
    """Yield where a trace's document out of Jaeger is another one."""
    jaeger, place = f"jaeger+{chain.url('query-http')}", (one.store, one.trace_id)

    def there() -> bool:
        try:
            return len(_spans(jaeger, one.trace_id)) >= one.spans
        except OtelhookError:
            return False

    if not wait_until(there, _SECONDS):
        yield f"{one.name} {one.trace_id}: not all of its {one.spans} spans came out"
        return
    with NamedTemporaryFile(prefix="otelhook-many-", suffix=".otlp") as file:
        file.write(encode_traces([_as_cassandra_keeps(span) for span in _spans(*place)]))
        file.flush()
        ours = _document(file.name, one.trace_id)
    theirs = _document(jaeger, one.trace_id)
    changes = difflib.unified_diff(ours, theirs, "from the store", "out of Jaeger", n=0)
    for line in list(changes)[:_LINES]:
        yield f"{one.name} {one.trace_id}: {line[:_LINE].rstrip()}"


def _as_cassandra_keeps(span: Span) -> Span:
    """Return a span with the times that Jaeger keeps in Cassandra: microseconds."""
    begun = _cut(span.start_time)
    events = tuple(replace(event, time=_cut(event.time)) for event in span.events)
    ended = begun + _cut(span.end_time - span.start_time)
    return replace(span, start_time=begun, end_time=ended, events=events)


def _cut(nanoseconds: int) -> int:
    return nanoseconds // 1_000 * 1_000


def _document(source: str, trace_id: TraceId) -> list[str]:
    return rendered(source, trace_id, "--format", "json").splitlines()


@contextmanager
def _demo() -> Generator[str]:
    """Run the demo once; yield the store that it was recorded in."""
    with TemporaryDirectory(prefix="otelhook-many-") as name:
        work, data = Path(name) / "work", Path(name) / "data"
        work.mkdir()
        with running(work, data, os.environ) as cloud:
            words = [sys.executable, "-m", "otelhook", "run", "--", sys.executable, str(CLIENT)]
            done = subprocess.run(
                words, env=dict(cloud.environ), cwd=work, capture_output=True, check=False
            )
        if done.returncode:
            message = f"the demo failed: {done.stderr.decode(errors='replace').strip()}"
            raise HarnessError(message)
        yield f"store:{data}"
