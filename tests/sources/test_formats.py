"""The forms of files that tools write: told from what is in them, and read as the same span."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from otelhook.errors import OtelhookError
from otelhook.model import Span, SpanKind
from otelhook.render import render
from otelhook.sequence import assemble
from otelhook.settings import Settings
from otelhook.sources import open_source
from otelhook.sources.files.js_literal import read_literal
from otelhook.sources.files.search_answers import documents_in
from otelhook.sources.files.trace_file import TraceFileSource
from otelhook.sources.formats.registry import FORMATS, KINDS, Format, format_of

SHARED = Path(__file__).parents[3] / "shared"
CASES = SHARED / "cases" / "documents" / "files"
SMALL = SHARED / "traces" / "small"
REFUSED = {
    "html.json": "is a web page or XML, no trace: it begins with '<html>login</html>'",
    "empty.json": "is empty",
    "null.json": "line 1: 'null' is not a trace",
    "nulls.json": "holds no spans",
    "number.json": "line 1: '123' is not a trace",
}

ROWS = [pytest.param(row, id=row.title) for row in FORMATS]


def spans_of(path: Path, kind: str = "") -> list[Span]:
    source = TraceFileSource(path, kind)
    return [span for trace_id in source.newest(1_000) for span in source.trace(trace_id).spans]


def first_object(row: Format) -> dict[str, object]:
    try:
        value: Any = json.loads(row.example)
    except ValueError:
        value, _ = read_literal(row.example, 0)
    found: dict[str, Any] = value[0] if isinstance(value, list) else value
    (document,) = documents_in(found)
    return dict(document)


@pytest.mark.parametrize("row", ROWS)
def test_every_example_is_of_its_own_row_and_no_other(row: Format) -> None:
    assert format_of(first_object(row)) is row


@pytest.mark.parametrize("row", ROWS)
def test_every_example_is_the_same_call(tmp_path: Path, row: Format) -> None:
    (tmp_path / "file").write_text(row.example)
    # X-Ray's segment is a request that the call is made within.
    (span,) = (span for span in spans_of(tmp_path / "file") if span.kind is SpanKind.CLIENT)
    assert span.trace_id in {"463ac35c9f6413ad48485a3953bb6124", "0" * 16 + "463ac35c9f6413ad"}
    assert span.span_id == "72485a3953bb6124"
    assert span.parent_span_id in {None, "1234567890abcdef"}
    assert span.name.upper().startswith("GET") or row.kind == "xray"
    assert span.resource.attributes["service.name"] == "shop"
    assert span.end_time - span.start_time == 10_000_000
    assert span.start_time // 1_000 == 1_764_450_000_000_000
    request = assemble([span]).steps[0]
    assert (request.source, request.path) == ("shop", "/v2/images")
    assert request.target in {"image", "image:80"}


@pytest.mark.parametrize("row", ROWS)
def test_a_file_that_is_said_to_be_of_another_kind_is_refused(tmp_path: Path, row: Format) -> None:
    (tmp_path / "file").write_text(row.example)
    assert spans_of(tmp_path / "file", row.kind)
    for kind in set(KINDS) - {row.kind}:
        with pytest.raises(OtelhookError, match=f"line 1 is {row.title}, not .*leave {kind}: out"):
            spans_of(tmp_path / "file", kind)


@pytest.mark.parametrize("kind", [*KINDS, "file"])
def test_every_kind_may_be_named_before_a_file(tmp_path: Path, kind: str) -> None:
    row = next(row for row in FORMATS if kind in ("file", row.kind))
    (tmp_path / "file").write_text(row.example)
    assert len(open_source(f"{kind}:{tmp_path / 'file'}", Settings()).newest(5)) == 1


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not here")
@pytest.mark.parametrize("path", sorted(CASES.glob("*")), ids=lambda path: path.name)
def test_what_tools_let_people_download_is_read_or_refused_with_a_true_sentence(path: Path) -> None:
    if path.name in REFUSED:
        with pytest.raises(OtelhookError) as caught:
            spans_of(path)
        assert REFUSED[path.name] in str(caught.value)
        return
    spans = spans_of(path)
    assert {str(span.trace_id) for span in spans} == {"0af7651916cd43dd8448eb211c80319c"}
    document = assemble(spans)
    assert [step.path for step in document.steps] == ["/x", "/x"]


@pytest.mark.skipif(not SMALL.is_dir(), reason="the traces are not here")
def test_one_trace_in_the_files_that_four_tools_write_is_one_document() -> None:
    names = ("old-ils.json", "tempo-batches.json", "tempo-v2.json", "mixed-signals.jsonl")
    drawn = {render(assemble(spans_of(SMALL / name)), "json") for name in names}
    assert len(drawn) == 1


@pytest.mark.skipif(not SMALL.is_dir(), reason="the traces are not here")
def test_jaegers_download_and_zipkins_array_are_read_whole() -> None:
    assert len(spans_of(SMALL / "jaeger-download.json", "jaeger")) == 50
    assert len(spans_of(SMALL / "zipkin-shared-id.json", "zipkin")) == 3
