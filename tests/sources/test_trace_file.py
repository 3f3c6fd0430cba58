"""Traces from a file: bad input."""

from __future__ import annotations

import gzip
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from otelhook.errors import ConfigError, DamagedDataError, StorageError
from otelhook.model import Span
from otelhook.otlp import encode_traces, frame
from otelhook.sources.files.trace_file import TraceFileSource

OBJECT = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%032x","spanId":"%016x"}]}]}]}'


def _source(tmp_path: Path, content: bytes) -> TraceFileSource:
    (tmp_path / "traces").write_bytes(content)
    return TraceFileSource(tmp_path / "traces")


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="none: cannot be read: No such file"):
        TraceFileSource(tmp_path / "none").newest(1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"hello world", "expected JSON, JSON lines, or protobuf"),
        (b"{", "truncated in line 1, with nothing whole before it"),
        (b'{"a": 1}', "line 1: an object with a is not a trace; expected JSON"),
        (OBJECT % (1, 1) + b'\n{"bad}\n' + OBJECT % (2, 2), "line 2: not JSON"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "no OTLP at offset 0"),
        (bytes(50), "no OTLP at offset 0"),
        (gzip.compress(b"{" * 100, mtime=0)[:-9], "damaged gzip"),
        (b"\x1f\x8bnot gzip", "damaged gzip"),
        (b"\x28\xb5\x2f\xfdnot zstd", "damaged zstd"),
        (b"\x00\x00\x00\x03\xff\xff\xff", "record at offset 0: not OTLP protobuf"),
        (b"\xff\xfe{\x00}\x00", "line 1: an empty object is not a trace"),
    ],
    ids=[
        *("words", "half an object", "another object", "a bad line", "a picture", "zeros"),
        *("gzip cut short", "no gzip", "no zstd", "no protobuf", "UTF-16"),
    ],
)
def test_a_file_of_another_form_is_damaged_data_in_one_line(
    tmp_path: Path, content: bytes, said: str
) -> None:
    with pytest.raises(DamagedDataError, match=said) as caught:
        _source(tmp_path, content).newest(1)
    assert str(tmp_path / "traces") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cut", [1, 5, 40])
@pytest.mark.parametrize("form", ["lines", "records"])
def test_a_last_entry_cut_short_is_left_out_and_said(
    tmp_path: Path,
    make_span: Callable[..., Span],
    caplog: pytest.LogCaptureFixture,
    cut: int,
    form: str,
) -> None:
    if form == "lines":
        content = b"\n".join(OBJECT % (number, number) for number in (1, 2))
    else:
        content = b"".join(frame(encode_traces([make_span(number)])) for number in (1, 2))
    with caplog.at_level(logging.WARNING):
        found = _source(tmp_path, content[:-cut]).newest(10)
    assert [int(trace_id, 16) for trace_id in found] == [1]
    assert "truncated" in caplog.text


def test_a_span_with_an_invalid_id_is_said_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = _source(tmp_path, OBJECT % (0, 1) + b"\n" + OBJECT % (2, 2))
    with caplog.at_level(logging.WARNING):
        assert [int(trace_id, 16) for trace_id in source.newest(5)] == [2]
    assert "an id of zeros is invalid" in caplog.text


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(tmp_path: Path) -> None:
    lines = OBJECT % (1, 1) + b"\r\n" + OBJECT % (2, 2) + b"\r\n"
    assert len(_source(tmp_path, b"\xef\xbb\xbf" + lines).newest(5)) == 2


def test_without_a_library_for_zstd_the_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("backports.zstd", "compression.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigError, match=r"pip install backports.zstd, or decompress it"):
        _source(tmp_path, b"\x28\xb5\x2f\xfd" + bytes(20)).newest(1)
