"""Records of OTLP one after another in a file."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.model import Span, SpanId, SpanKind, TraceId
from otelhook.otlp import MAX_RECORD, Record, encode_traces, frame, read_records
from otelhook.otlp.records import HEADER, Stop, resynchronise


def _payload(number: int, name: str = "x") -> bytes:
    span = Span(
        TraceId(f"{number:032x}"), SpanId(f"{number:016x}"), None, name, SpanKind.SERVER, 1, 2
    )
    return encode_traces([span])


def _read(content: bytes, offset: int = 0) -> tuple[list[bytes], Stop]:
    *records, stop = read_records(BytesIO(content), offset, len(content))
    assert isinstance(stop, Stop)
    return [record.data for record in records if isinstance(record, Record)], stop


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5), st.integers(0, 300))
def test_whole_records_are_read_however_a_file_is_cut(payloads: list[bytes], cut: int) -> None:
    content = b"".join(frame(payload) for payload in payloads)
    kept, stop = _read(content[:cut])
    assert kept == payloads[: len(kept)]
    assert stop.offset == sum(HEADER.size + len(payload) for payload in kept)
    assert stop.offset + stop.remaining == min(cut, len(content))
    assert not stop.damaged


def test_reading_goes_on_where_it_ended() -> None:
    content = frame(b"one") + frame(b"two")
    first, _ = (record for record in read_records(BytesIO(content), 0, 8))
    assert isinstance(first, Record)
    assert _read(content, first.end)[0] == [b"two"]


@pytest.mark.parametrize("length", [0, MAX_RECORD + 1, 2**32 - 1])
def test_a_length_that_cannot_be_one_is_damage_and_not_allocated(length: int) -> None:
    kept, stop = _read(frame(b"one") + HEADER.pack(length) + b"rest")
    assert kept == [b"one"]
    assert stop == Stop(7, 8, damaged=True)


@pytest.mark.parametrize("payload", [b"", bytes(MAX_RECORD + 1)])
def test_a_payload_that_could_not_be_read_back_is_not_framed(payload: bytes) -> None:
    with pytest.raises(ValueError, match="a record holds"):
        frame(payload)


@pytest.mark.parametrize("damage", [b"\xff" * 9, bytes(30), b"\x00\x00\x10\x00\x0ajunk"])
def test_the_next_record_is_found_after_damage(damage: bytes) -> None:
    content = frame(_payload(1)) + damage
    place = len(content)
    content += frame(_payload(2)) + frame(_payload(3))
    found = resynchronise(BytesIO(content), len(frame(_payload(1))), len(content))
    assert found == place


def test_nothing_after_damage_is_the_end() -> None:
    assert resynchronise(BytesIO(b"\xff" * 100), 0, 100) == 100


def test_the_next_record_is_found_far_away_across_windows() -> None:
    # So long that the beginning of the next record lies across the border of what is read at once.
    for length in range(1024**2 - 3, 1024**2 + 4):
        content = b"\xff" * length + frame(_payload(7))
        assert resynchronise(BytesIO(content), 0, len(content)) == length
