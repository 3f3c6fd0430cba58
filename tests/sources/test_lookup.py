"""From what a user types to one trace id, and the lines that say why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from otelhook.errors import ConfigError, NotRecordedError
from otelhook.model import Span, SpanId, SpanKind, TraceId
from otelhook.otlp import encode_traces
from otelhook.sources import resolve
from otelhook.sources.files.trace_file import TraceFileSource
from otelhook.sources.store import StoreSource

FIRST = "abc" + "0" * 28 + "1"
SECOND = "abd" + "0" * 28 + "2"


@pytest.fixture
def source_of(tmp_path: Path):
    def make(*trace_ids: str) -> TraceFileSource:
        spans = [
            Span(TraceId(t), SpanId("1" * 16), None, "n", SpanKind.SERVER, number, number + 1)
            for number, t in enumerate(trace_ids)
        ]
        (tmp_path / "traces").write_bytes(encode_traces(spans))
        return TraceFileSource(tmp_path / "traces")

    return make


@pytest.mark.parametrize("text", [FIRST, "abc", " ABC ", FIRST.upper()])
def test_a_unique_beginning_is_enough(source_of: Callable[..., TraceFileSource], text: str) -> None:
    assert resolve(source_of(FIRST, SECOND), text) == FIRST


@pytest.mark.parametrize("text", ["latest", "Latest"])
def test_latest_is_the_one_that_started_last(
    source_of: Callable[..., TraceFileSource], text: str
) -> None:
    assert resolve(source_of(FIRST, SECOND), text) == SECOND


def test_latest_passes_over_traces_in_which_nobody_calls(tmp_path: Path) -> None:
    kinds = {FIRST: SpanKind.CLIENT, SECOND: SpanKind.INTERNAL, "f" * 32: SpanKind.INTERNAL}
    spans = [
        Span(TraceId(t), SpanId("1" * 16), None, "n", kind, number, number + 1)
        for number, (t, kind) in enumerate(kinds.items())
    ]
    (tmp_path / "traces").write_bytes(encode_traces(spans))
    assert resolve(TraceFileSource(tmp_path / "traces"), "latest") == FIRST
    (tmp_path / "traces").write_bytes(encode_traces(spans[1:]))
    assert resolve(TraceFileSource(tmp_path / "traces"), "latest") == "f" * 32


@pytest.mark.parametrize("text", [None, "", " "])
def test_the_id_may_be_left_out_where_there_is_one_trace(
    source_of: Callable[..., TraceFileSource], text: str
) -> None:
    assert resolve(source_of(FIRST), text) == FIRST


def test_the_id_may_not_be_left_out_where_there_are_more(
    source_of: Callable[..., TraceFileSource],
) -> None:
    with pytest.raises(NotRecordedError, match=f"name one of {SECOND}, {FIRST}, or latest"):
        resolve(source_of(FIRST, SECOND), None)


def test_an_id_without_its_leading_zeros_is_found(
    source_of: Callable[..., TraceFileSource],
) -> None:
    assert resolve(source_of("0" * 16 + "5b8efff798038103"), "5b8efff798038103")


def test_an_ambiguous_beginning_names_the_candidates(
    source_of: Callable[..., TraceFileSource],
) -> None:
    with pytest.raises(NotRecordedError) as caught:
        resolve(source_of(FIRST, SECOND), "ab")
    assert str(caught.value) == (f"ab is the beginning of more than one trace: {FIRST}, {SECOND}")


def test_many_candidates_are_not_all_named(source_of: Callable[..., TraceFileSource]) -> None:
    with pytest.raises(NotRecordedError, match=r", 0{31}5 and more$"):
        resolve(source_of(*(f"{number:032x}" for number in range(1, 9))), "0")


def test_an_unknown_id_says_where_it_was_looked_for(
    source_of: Callable[..., TraceFileSource], tmp_path: Path
) -> None:
    with pytest.raises(NotRecordedError) as caught:
        resolve(source_of(FIRST), "1234")
    assert str(caught.value) == (
        f"no trace 1234 in the file {tmp_path / 'traces'}; otelhook traces lists what is there"
    )


@pytest.mark.parametrize("text", ["latest", "", "abc", "0"])
def test_nothing_recorded_says_where_and_how_to_record(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotRecordedError) as caught:
        resolve(StoreSource(tmp_path), text)
    assert str(caught.value).startswith(f"nothing is recorded in the store in {tmp_path};")
    assert "otelhook run --service NAME -- COMMAND" in str(caught.value)


@pytest.mark.parametrize("text", ["xyz", "0" * 33, "-1", "a b", "ab*", "\x1b[31m"])
def test_what_cannot_be_an_id_is_refused(
    source_of: Callable[..., TraceFileSource], text: str
) -> None:
    with pytest.raises(
        ConfigError, match="is not a trace id: expected up to 32 hex digits"
    ) as caught:
        resolve(source_of(FIRST), text)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("text", ["0" * 32])
def test_an_id_of_zeros_is_not_there(source_of: Callable[..., TraceFileSource], text: str) -> None:
    with pytest.raises(NotRecordedError, match="no trace 0000"):
        resolve(source_of(FIRST), text)
