"""However the objects of a file are laid out, they are read; what is left out is said."""

from __future__ import annotations

import gzip
import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.errors import DamagedDataError, NotRecordedError, OtelhookError
from otelhook.settings import Settings
from otelhook.sources import open_source
from otelhook.sources.files.trace_file import TraceFileSource
from otelhook.sources.formats.registry import FORMATS, Format

zstd = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")

Layout = Callable[[str, str], str]
"""From two objects' text to a file's."""


def _lines(one: str, two: str) -> str:
    return f"{_flat(one)}\n{_flat(two)}\n"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=4)
    except ValueError:
        return text


LAYOUTS: dict[str, Layout] = {
    "lines": _lines,
    "lines with an empty one": lambda one, two: f"\n{_lines(one, '')}\n\n{_flat(two)}",
    "pretty": lambda one, two: f"{_pretty(one)}\n{_pretty(two)}\n",
    "pretty with commas": lambda one, two: f"{_pretty(one)},\n{_pretty(two)},\n",
    "on one line": lambda one, two: f"{_flat(one)}{_flat(two)}",
    "a line, then pretty": lambda one, two: f"{_flat(one)}\n{_pretty(two)}",
    "among a program's words": lambda one, two: (
        f'[INFO] up\non {{port}}\n{_pretty(one)}\n127.0.0.1 "GET / HTTP/1.1"\n{_pretty(two)}'
    ),
    "behind Windows' line ends": lambda one, two: _lines(one, two).replace("\n", "\r\n"),
}

PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda content: content,
    "gzip": gzip.compress,
    "zstd": zstd.compress,
    "byte order mark": lambda content: b"\xef\xbb\xbf" + content,
    "UTF-16": lambda content: content.decode().encode("utf-16"),
}


def two_of(row: Format) -> tuple[str, str]:
    """Return a row's example, and the same as another span."""
    other = row.example.replace("72485a3953bb6124", "1111111111111111")
    return row.example, other.replace("ckhaOVO7YSQ=", "ERERERERERE=")  # the same in base64


def written(folder: Path, content: bytes | str) -> TraceFileSource:
    path = folder / "traces"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return TraceFileSource(path)


def ids(source: TraceFileSource) -> list[str]:
    (trace_id,) = source.newest(5)
    found = {span.span_id for span in source.trace(trace_id).spans}
    return sorted(found - {"1234567890abcdef"})  # X-Ray's segment around the call


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.title)
def test_every_form_is_read_in_every_layout(
    tmp_path: Path, row: Format, layout: str, packing: str
) -> None:
    content = LAYOUTS[layout](*two_of(row)).encode()
    source = written(tmp_path, PACKINGS[packing](content))
    assert ids(source) == ["1111111111111111", "72485a3953bb6124"]


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.title)
def test_every_form_of_json_is_read_out_of_arrays_of_arrays(tmp_path: Path, row: Format) -> None:
    try:
        one, two = map(json.loads, two_of(row))
    except ValueError:
        pytest.skip("it is not JSON")
    assert len(ids(written(tmp_path, json.dumps([[one], [[two]]])))) == 2


def test_a_logger_may_have_put_something_before_an_object(tmp_path: Path) -> None:
    one, two = (_flat(text) for text in two_of(FORMATS[0]))
    content = f"INFO: {one}\napp_1  | 2026-01-01T00:00:00Z {two}\n"
    assert len(ids(written(tmp_path, content))) == 2


@pytest.mark.parametrize("cut", [1, 2, 30, 200])
@pytest.mark.parametrize("layout", ["lines", "pretty", "array"])
@pytest.mark.parametrize("row", FORMATS[:2], ids=lambda row: row.title)
def test_what_is_whole_before_a_cut_is_read_and_the_cut_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, row: Format, layout: str, cut: int
) -> None:
    one, two = two_of(row)
    laid = f"[{one}, {two}]" if layout == "array" else LAYOUTS[layout](one, two)
    with caplog.at_level(logging.WARNING):
        found = ids(written(tmp_path, laid.rstrip()[:-cut]))
    assert found[:1] == ["72485a3953bb6124"] or len(found) == 2
    assert "truncated in line" in caplog.text


@pytest.mark.parametrize(
    "content", ["{", "[", '[{"traceId": "a', '{"data": [{"traceID"', '{"a": tr']
)
def test_a_file_with_nothing_whole_says_that_it_is_cut(tmp_path: Path, content: str) -> None:
    with pytest.raises(DamagedDataError, match="truncated in line 1, with nothing whole before"):
        written(tmp_path, content).newest(1)


def test_other_signals_and_other_lines_are_counted_in_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [
        *['{"resourceLogs": []}'] * 2,
        '{"resource_metrics": []}',
        "starting",
        _flat(FORMATS[0].example),
        '{"level": "info", "msg": "up"}',
        '{"resourceProfiles": []}',
    ]
    with caplog.at_level(logging.WARNING):
        assert len(ids(written(tmp_path, "\n".join(lines)))) == 1
    (said,) = caplog.messages
    assert said.endswith(
        "left out: 2 requests of logs; 1 request of metrics; 1 request of profiles; "
        "1 line that is not JSON; 1 object that is not a span, with level, msg in the first"
    )


def test_a_file_of_logs_alone_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotRecordedError, match="holds no traces, only logs and metrics"):
        written(tmp_path, '{"resourceLogs": []}\n{"resourceMetrics": []}').newest(1)


def test_many_spans_that_cannot_be_are_said_in_a_few_lines(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = FORMATS[-1].example
    bad = _flat(good.replace("463ac35c9f6413ad", "0000000000000000"))
    with caplog.at_level(logging.WARNING):
        assert len(ids(written(tmp_path, f"{_flat(good)}\n" + f"{bad}\n" * 20))) == 1
    assert len(caplog.messages) == 6
    assert caplog.messages[-1].endswith("and 15 more spans left out")


def test_a_damaged_line_among_whole_ones_is_named(tmp_path: Path) -> None:
    good = _flat(FORMATS[0].example)
    with pytest.raises(DamagedDataError, match="line 3: not JSON"):
        written(tmp_path, f'{good}\n{good}\n{{"resourceSpans": [}}\n{good}\n').newest(1)


def test_of_a_file_with_more_than_fits_only_the_wanted_trace_is_held(tmp_path: Path) -> None:
    example = _flat(FORMATS[0].example)
    lines = [
        example.replace("463ac35c9f6413ad48485a3953bb6124", f"{trace:032x}").replace(
            "72485a3953bb6124", f"{span:016x}"
        )
        for trace in range(1, 20)
        for span in range(1, 4)
    ]
    (tmp_path / "traces").write_text("\n".join(lines))
    source = TraceFileSource(tmp_path / "traces", most=10)
    assert len(source.newest(50)) == 19
    assert all(len(source.trace(trace_id).spans) == 3 for trace_id in source.newest(50))
    path = tmp_path / "traces"
    listed = source.newest(3)
    source.trace(listed[0])
    path.unlink()  # those that were listed together are read together
    assert all(len(source.trace(trace_id).spans) == 3 for trace_id in listed)


def test_a_pipe_is_read_once_whatever_it_holds(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    content = "\n".join(_flat(text) for text in two_of(FORMATS[0]))
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=(content,))
    writer.start()
    source = TraceFileSource(tmp_path / "pipe", most=1)
    assert len(ids(source)) == 2
    assert len(ids(source)) == 2
    writer.join()


def test_standard_input_may_be_of_any_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    content = BytesIO(FORMATS[-1].example.encode())
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(content))
    assert len(open_source("-", Settings()).newest(5)) == 1


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_spans_or_one_clear_line(content: bytes) -> None:
    _read_or_refuse(content)


@given(
    st.lists(
        st.sampled_from(
            [
                *('{"resourceSpans":[', '{"data":[{"spans":[', "[{", "]", "}", "{ a: ", "'", '"'),
                *('"traceId":', '"id":', '"spanID":', '"context":{"trace_id":', "null", "1", ","),
                *('"annotations":', '"binaryAnnotations":', '"SpanContext":{"TraceID":', "\n", " "),
                *("}]}", "undefined", '"x"', "[Object]", "\\", "Resource {", "links: []"),
            ]
        ),
        max_size=25,
    ).map("".join)
)
def test_any_pieces_of_such_files_are_spans_or_one_clear_line(text: str) -> None:
    _read_or_refuse(text.encode())


def _read_or_refuse(content: bytes) -> None:
    source = TraceFileSource(None)
    with pytest.MonkeyPatch.context() as patch, suppress(OtelhookError):
        patch.setattr(sys, "stdin", TextIOWrapper(BytesIO(content)))
        source.newest(1)


@pytest.mark.parametrize(
    "ids",
    [
        ("trace-123", "span-2", "span-1"),
        ("409df945-e058-4829-b240-cfbdd2ff4488", "7b9a", "7b9a0000-e058-4829-b240-cfbdd2ff4488"),
        ("한국어", "b" * 40, "a" * 17),
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        '{{"resourceSpans": [{{"scopeSpans": [{{"spans": [{0}, {1}]}}]}}]}}',
        '{{"data": [{{"spans": [{2}, {3}], "processes": {{}}}}]}}',
    ],
)
def test_ids_that_are_none_are_replaced_and_still_lead_to_their_spans(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, form: str, ids: tuple[str, str, str]
) -> None:
    trace_id, span_id, parent_id = ids
    otlp = [
        {"traceId": trace_id, "spanId": parent_id, "attributes": [{"key": "id", "value": "a b"}]},
        {"traceId": trace_id, "spanId": span_id, "parentSpanId": parent_id},
    ]
    reference = {"refType": "CHILD_OF", "traceID": trace_id, "spanID": parent_id}
    jaeger = [
        {"traceID": trace_id, "spanID": parent_id, "tags": [{"key": "id", "value": "a b"}]},
        {"traceID": trace_id, "spanID": span_id, "references": [reference]},
    ]
    content = form.format(*(json.dumps(span) for span in (*otlp, *jaeger)))
    with caplog.at_level(logging.WARNING):
        source = written(tmp_path, content)
        (found,) = source.newest(5)
        outer, inner = source.trace(found).spans
    assert inner.parent_span_id == outer.span_id
    assert outer.attributes == {"id": "a b"}
    (said,) = caplog.messages
    assert "as OpenTelemetry has them: " in said
    assert any(repr(text) in said for text in ids)
