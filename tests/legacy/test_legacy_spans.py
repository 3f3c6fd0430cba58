"""Jaeger's thrift as spans, and what is none."""

from __future__ import annotations

import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otelhook.collector.receivers import legacy_thrift
from otelhook.collector.receivers.legacy_spans import legacy_spans
from otelhook.collector.receivers.legacy_thrift import read_batch, read_packet
from otelhook.errors import ConfigError, DamagedDataError
from otelhook.model import Event, Resource, Span, SpanId, SpanKind, Status, StatusCode, TraceId

types: Any = import_module("jaeger_client.thrift_gen.jaeger.ttypes")

MESSAGE = bytes([0x82, (4 << 5) | 1, 0, 9]) + b"emitBatch"
"""The beginning of a packet of the agent, in the compact protocol."""


def _spans(batch: Any) -> tuple[Span, ...]:
    decoded = legacy_spans(batch)
    assert list(decoded.skipped) == []
    return tuple(span for span in decoded.spans if isinstance(span, Span))


def test_a_packet_and_a_body_give_the_span_that_the_client_meant(
    make_batch: Callable[..., Any],
    as_packet: Callable[[Any], bytes],
    as_body: Callable[[Any], bytes],
) -> None:
    expected = Span(
        trace_id=TraceId(f"{2**64 - 1:016x}{2**64 - 2:016x}"),
        span_id=SpanId(f"{2**64 - 3:016x}"),
        parent_span_id=SpanId(f"{7:016x}"),
        name="GET /",
        kind=SpanKind.CLIENT,
        start_time=1_700_000_000_000_001_000,
        end_time=1_700_000_000_000_251_000,
        attributes={"double": 1.5, "bool": False, "long": -5},
        resource=Resource({"service.name": "orders", "ip": "1.2.3.4", "host.name": "h"}),
        status=Status(StatusCode.ERROR),
        events=(Event(1_700_000_000_000_002_000, "e"),),
    )
    assert _spans(read_packet(as_packet(make_batch()))) == (expected,)
    assert _spans(read_batch(as_body(make_batch()))) == (expected,)


def _reference(kind: int, span: int, trace: int = -2) -> Any:
    return types.SpanRef(refType=kind, traceIdLow=trace, traceIdHigh=-1, spanId=span)


def test_the_parent_is_the_field_else_the_reference(make_batch: Callable[..., Any]) -> None:
    (span,) = _spans(make_batch(references=[_reference(0, 7), _reference(1, 8)]))
    assert span.parent_span_id == f"{7:016x}"
    assert [link.span_id for link in span.links] == [f"{8:016x}"]

    found = [_reference(1, 8), _reference(0, 9), _reference(0, 5, 6)]
    (span,) = _spans(make_batch(parentSpanId=0, references=found))
    assert span.parent_span_id == f"{9:016x}"
    assert [link.span_id for link in span.links] == [f"{8:016x}", f"{5:016x}"]

    (span,) = _spans(make_batch(parentSpanId=0, references=[_reference(0, 0)]))
    assert (span.parent_span_id, span.links) == (None, ())


def test_what_is_missing_or_wrong_in_a_batch_leaves_the_rest(
    make_batch: Callable[..., Any], as_packet: Callable[[Any], bytes]
) -> None:
    assert list(legacy_spans(types.Batch()).spans) == []
    missing = ("traceIdHigh", "parentSpanId", "tags", "logs", "startTime", "duration")
    bare = make_batch(**dict.fromkeys(missing))
    bare.process = None
    (span,) = _spans(bare)
    assert span.trace_id == f"{2**64 - 2:032x}"
    assert (span.start_time, span.resource) == (0, Resource())

    nameless = legacy_spans(make_batch(traceIdHigh=0, traceIdLow=0))
    assert list(nameless.spans) == []
    assert nameless.skipped[0].startswith("span 'GET /' left out: ")
    assert nameless.skipped[0].endswith("an id of zeros is invalid")

    odd = [types.Tag(key="a", vType=9, vStr="x"), types.Tag(key="b", vType=1), types.Tag()]
    (span,) = _spans(read_packet(as_packet(make_batch(tags=odd))))
    assert span.attributes == {"a": None, "b": None, "": None}


def test_bytes_that_are_no_text_stay_bytes_and_are_marked_in_text(
    make_batch: Callable[..., Any], as_body: Callable[[Any], bytes]
) -> None:
    tags = [types.Tag(key="b", vType=4, vBinary="BINARY"), types.Tag(key="s", vType=0, vStr="TEXT")]
    body = as_body(make_batch(tags=tags))
    body = body.replace(struct.pack(">i", 6) + b"BINARY", struct.pack(">i", 3) + b"\xff\0\xfe")
    (span,) = _spans(read_batch(body.replace(b"TEXT", b"\xffEXT")))
    assert span.attributes == {"b": b"\xff\0\xfe", "s": "\ufffdEXT"}


HOSTILE = {
    "nothing": b"",
    "another protocol": b"\x80\x01\0\0",
    "another call": MESSAGE.replace(b"emitBatch", b"shutdown!"),
    "no batch": MESSAGE + b"\0",
    "an endless number": MESSAGE + b"\x16" + b"\xff" * 65_000,
    "a list of two thousand million": MESSAGE + b"\x19\xfc\xff\xff\xff\xff\x07",
    "lists of many nothings": MESSAGE + b"\x19\xf1\x80\x80\x04" * 9_000,
    "a map of two thousand million": MESSAGE + b"\x1b\xff\xff\xff\xff\x07\xcc",
    "structs in structs": MESSAGE + b"\x1c" * 65_000,
    "lists in lists": MESSAGE + b"\x29" + b"\x19" * 65_000,
    "a string of two thousand million": MESSAGE + b"\x18\xff\xff\xff\xff\x07",
}


def _read(data: bytes) -> None:
    """Read bytes both ways, as far as they are of that form."""
    for read in (read_packet, read_batch):
        with suppress(DamagedDataError):
            legacy_spans(read(data))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_packet_is_refused_at_once(name: str) -> None:
    _read(b"")  # loads the classes
    began = time.process_time()
    with pytest.raises(DamagedDataError, match="Jaeger"):
        read_packet(HOSTILE[name])
    assert time.process_time() - began < 1.0


def _changed(packet: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    for place, change in changes:
        at = place % (len(packet) + 1)
        packet = packet[:at] + change + packet[at + len(change) :]
    return packet


CHANGES = st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=6)), max_size=4)
FUZZ: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
}


@settings(max_examples=200, **FUZZ)
@given(changes=CHANGES, noise=st.binary(max_size=60))
def test_whatever_comes_is_read_or_refused(
    make_batch: Callable[..., Any],
    as_packet: Callable[[Any], bytes],
    as_body: Callable[[Any], bytes],
    changes: list[tuple[int, bytes]],
    noise: bytes,
) -> None:
    for data in (as_packet(make_batch()), as_body(make_batch())):
        changed = _changed(data, changes)
        _read(changed)
        _read(changed[: changes[0][0] if changes else len(noise)])
    _read(noise)
    _read(MESSAGE + noise)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=50_000, **FUZZ)
@given(changes=CHANGES, noise=st.binary(max_size=200))
def test_two_hundred_thousand_inputs_are_read_or_refused(
    make_batch: Callable[..., Any],
    as_packet: Callable[[Any], bytes],
    changes: list[tuple[int, bytes]],
    noise: bytes,
) -> None:
    _read(_changed(as_packet(make_batch()), changes))
    _read(MESSAGE + noise)


def test_without_jaeger_client_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jaeger_client.thrift_gen.agent.Agent", None)
    legacy_thrift._classes.cache_clear()
    with pytest.raises(ConfigError, match=r"pip install jaeger-client six thrift"):
        legacy_thrift.load_thrift()


def test_the_client_is_loaded_only_when_it_is_wanted() -> None:
    program = (
        "import sys, otelhook.collector.server;"
        "print([m for m in sys.modules if m.split('.')[0] in ('jaeger_client', 'thrift')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == "[]"
