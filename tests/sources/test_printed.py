"""Spans printed as text for people: by the Collector's ``debug`` exporter, and by .NET's SDK."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from otelhook.errors import OtelhookError
from otelhook.model import Span, SpanKind, StatusCode
from otelhook.otlp import attribute_pairs
from otelhook.settings import Settings
from otelhook.sources import open_source
from otelhook.sources.files.trace_file import TraceFileSource
from otelhook.sources.formats.printed import PRINTED, PrintedForm
from otelhook.sources.formats.printed_collector import read_collector_text
from otelhook.sources.formats.registry import KINDS

HERE = "463ac35c9f6413ad48485a3953bb6124"
ROWS = [pytest.param(row, id=row.title) for row in PRINTED]
BEFORE = {
    "docker compose": "collector-1  | ",
    "docker compose with times": "collector-1  | 2025-11-29T21:00:01.123456789Z ",
    "kubectl": "[pod/collector-7f/otc] ",
    "kubectl with times": "2025-11-29T21:00:01.123456789Z ",
    "nothing": "",
}

COLLECTOR = """\
2025-11-29T20:59:59.000Z\tinfo\tservice@v0.159.0/service.go:247\tEverything is ready.
2025-11-29T21:00:01.000Z\tinfo\tTraces\t{"otelcol.signal": "traces", "spans": 2}
2025-11-29T21:00:01.000Z\tinfo\tResourceSpans #0
Resource SchemaURL: https://opentelemetry.io/schemas/1.24.0
Resource attributes:
     -> service.name: Str(shop)
     -> process.pid: Int(12)
Resource entity refs:
     -> Entity ref #0:
          -> Type: service
          -> ID keys:
               -> service.name
ScopeSpans #0
ScopeSpans SchemaURL:\x20
InstrumentationScope io.opentelemetry.jdbc 2.30.0
InstrumentationScope attributes:
     -> short: Str(yes)
Span #0
    Trace ID       : 463ac35c9f6413ad48485a3953bb6124
    Parent ID      : 72485a3953bb6124
    ID             : 1112131415161718
    Name           : SELECT dbm
    Kind           : Client
    TraceState     : ot=th:0
    Start time     : 2025-11-29 21:00:00.000000321 +0000 UTC
    End time       : 2025-11-29 21:00:00.25 +0000 UTC
    Status code    : Error
    Status message : ERROR: no such column
  Position: 8
    DroppedAttributesCount: 0
Attributes:
     -> db.system.name: Str(postgresql)
     -> db.query.text: Str(SELECT "x"
Attributes:
     -> y: Int(1)
FROM (a)
WHERE b)
     -> rows: Int(-3)
     -> share: Double(0.5)
     -> cached: Bool(true)
     -> tags: Slice(["a",1])
     -> of: Map({"a":{"b":2}})
     -> blob: Bytes(AAEC)
     -> none: Empty()
Events:
SpanEvent #0
     -> Name: exception
     -> Timestamp: 2025-11-29 21:00:00.2 +0000 UTC
     -> DroppedAttributesCount: 0
     -> Attributes::
          -> exception.message: Str(no such column)
          -> exception.stacktrace: Str(at A
\tat B)
SpanEvent #1
     -> Name: later
     -> Timestamp: 2025-11-29 21:00:00.2 +0000 UTC
     -> DroppedAttributesCount: 0
Links:
SpanLink #0
     -> Trace ID: 0102030405060708090a0b0c0d0e0f10
     -> ID: 1112131415161719
     -> TraceState:\x20
     -> DroppedAttributesCount: 0
     -> Attributes::
          -> why: Str(batch)
Span #1
    Trace ID       : 463ac35c9f6413ad48485a3953bb6124
    Parent ID      :\x20
    ID             : 72485a3953bb6124
    Name           : GET /orders
    Kind           : Server
    Start time     : 2025-11-29 21:00:00 +0000 UTC
    End time       : 2025-11-29 21:00:00.5 +0000 UTC
    Status code    : Unset
    Status message :\x20
\t{"otelcol.component.id": "debug", "otelcol.signal": "traces"}
2025-11-29T21:00:02.000Z\tinfo\tResourceMetrics #0
Resource attributes:
     -> service.name: Str(other)
ScopeMetrics #0
Metric #0
Descriptor:
     -> Name: requests
2025-11-29T21:00:03.000Z\tinfo\tResourceSpans #0
Resource attributes:
     -> service.name: Str(stock)
ScopeSpans #0
InstrumentationScope  \x20
Span #0
    Trace ID       : 463ac35c9f6413ad48485a3953bb6124
    Parent ID      : 72485a3953bb6124
    ID             : 2222222222222222
    Name           : GET
    Kind           : Server
    Start time     : 2025-11-29 21:00:00.3 +0000 UTC
    End time       : 2025-11-29 21:00:00.4 +0000 UTC
    Status code    : Ok
    Status message :\x20
"""

OLD_COLLECTOR = """\
2021-06-25T08:14:35.000Z\tDEBUG\tloggingexporter/logging_exporter.go:366\tResourceSpans #0
Resource labels:
     -> service.name: STRING(shop)
InstrumentationLibrarySpans #0
InstrumentationLibrary go.opentelemetry.io/contrib v0.2
Span #0
    Trace ID       : 463ac35c9f6413ad48485a3953bb6124
    Parent ID      :\x20
    ID             : 72485a3953bb6124
    Name           : /wait
    Kind           : SPAN_KIND_SERVER
    Start time     : 2021-06-25 08:14:34.4 +0000 UTC
    End time       : 2021-06-25 08:14:34.5 +0000 UTC
    Status code    : STATUS_CODE_ERROR
    Status message : broken
Attributes:
     -> http.status_code: INT(500)
     -> tags: ARRAY(["a"])
     -> nothing: NULL()
"""

DOTNET = """\
info: Microsoft.Hosting.Lifetime[14]
      Now listening on: http://localhost:5000
Activity.TraceId:            463ac35c9f6413ad48485a3953bb6124
Activity.SpanId:             1112131415161718
Activity.TraceFlags:         Recorded
Activity.TraceState:         a=b
Activity.ParentSpanId:       72485a3953bb6124
Activity.DisplayName:        GET
Activity.Kind:               Client
Activity.StartTime:          2025-11-29T21:00:00.0000321Z
Activity.Duration:           1.00:00:00.2500000
Activity.Tags:
    url.full: http://stock:80/items?a=b
    http.response.status_code: 500
    note: two
lines: of text
StatusCode: Error
Activity.StatusDescription:  broken
Activity.Events:
    exception [11/29/2025 21:00:00 +00:00]
        exception.message: it broke
    retry [11/29/2025 9:00:01 PM +00:00]
    given up [29.11.2025 21:00:02 +00:00]
Activity.Links:
    0102030405060708090a0b0c0d0e0f10 1112131415161719
        why: batch
Instrumentation scope (ActivitySource):
    Name: System.Net.Http
    Version: 9.0
Resource associated with Activity:
    service.name: shop
    telemetry.sdk.language: dotnet

info: Shop.Orders[0]
      done
Activity.TraceId:            463ac35c9f6413ad48485a3953bb6124
Activity.SpanId:             72485a3953bb6124
Activity.TraceFlags:         Recorded
Activity.ActivitySourceName: Microsoft.AspNetCore
Activity.DisplayName:        GET /orders
Activity.Kind:               Server
Activity.StartTime:          2025-11-29T21:00:00.0000000Z
Activity.Duration:           00:00:00.5000000
Activity.Tags:
    http.response.status_code: 200
Resource associated with Activity:
    service.name: shop
"""


def spans_of(folder: Path, text: str, kind: str = "") -> dict[str, Span]:
    path = folder / "printed.log"
    path.write_text(text)
    source = TraceFileSource(path, kind)
    return {span.span_id: span for at in source.newest(9) for span in source.trace(at).spans}


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_every_example_is_the_call_that_it_says(
    tmp_path: Path, row: PrintedForm, before: str
) -> None:
    text = "".join(before + line for line in row.example.splitlines(keepends=True))
    (span,) = spans_of(tmp_path, "starting\n" + text).values()
    assert (span.trace_id, span.span_id, span.parent_span_id) == (HERE, "72485a3953bb6124", None)
    assert (span.kind, span.name) == (SpanKind.CLIENT, "GET")
    assert span.attributes == {"url.full": "http://image/v2/images"}
    assert span.resource.attributes == {"service.name": "shop"}
    assert span.end_time - span.start_time == 10_000_000


@pytest.mark.parametrize("row", ROWS)
def test_a_text_that_is_said_to_be_of_another_kind_is_refused(
    tmp_path: Path, row: PrintedForm
) -> None:
    (tmp_path / "printed").write_text(row.example)
    source = open_source(f"{row.kind}:{tmp_path / 'printed'}", Settings())
    assert len(source.newest(5)) == 1
    for kind in {*KINDS, *(row.kind for row in PRINTED)} - {row.kind}:
        with pytest.raises(OtelhookError, match=f"line 1 is {row.title}, not .*leave {kind}: out"):
            TraceFileSource(tmp_path / "printed", kind).newest(1)


def test_all_that_the_collector_printed_of_a_span_is_read(tmp_path: Path) -> None:
    spans = spans_of(tmp_path, COLLECTOR)
    assert set(spans) == {"1112131415161718", "72485a3953bb6124", "2222222222222222"}
    span = spans["1112131415161718"]
    assert span.resource.attributes == {"service.name": "shop", "process.pid": 12}
    assert (span.scope.name, span.scope.version) == ("io.opentelemetry.jdbc", "2.30.0")
    assert span.parent_span_id == "72485a3953bb6124"
    assert span.trace_state == "ot=th:0"
    assert span.end_time - span.start_time == 250_000_000 - 321
    assert span.status.code is StatusCode.ERROR
    assert span.status.message == "ERROR: no such column\n  Position: 8"
    assert span.attributes == {
        "db.system.name": "postgresql",
        "db.query.text": 'SELECT "x"\nAttributes:\n     -> y: Int(1)\nFROM (a)\nWHERE b',
        "rows": -3,
        "share": 0.5,
        "cached": True,
        "tags": ("a", 1),
        "of": {"a": {"b": 2}},
        "blob": b"\x00\x01\x02",
        "none": None,
    }
    failure, later = span.events
    assert failure.attributes["exception.stacktrace"] == "at A\n\tat B"
    assert (later.name, later.attributes) == ("later", {})
    (link,) = span.links
    assert (link.span_id, link.attributes) == ("1112131415161719", {"why": "batch"})


def test_what_follows_a_span_in_the_log_is_none_of_it(tmp_path: Path) -> None:
    spans = spans_of(tmp_path, COLLECTOR)
    assert spans["72485a3953bb6124"].attributes == {}
    assert spans["72485a3953bb6124"].status.message == ""
    assert spans["2222222222222222"].resource.attributes == {"service.name": "stock"}


def test_a_collector_of_2021_printed_other_words(tmp_path: Path) -> None:
    (span,) = spans_of(tmp_path, OLD_COLLECTOR).values()
    assert span.resource.attributes == {"service.name": "shop"}
    assert (span.scope.name, span.scope.version) == ("go.opentelemetry.io/contrib", "v0.2")
    assert (span.kind, span.status.code) == (SpanKind.SERVER, StatusCode.ERROR)
    assert span.attributes == {"http.status_code": 500, "tags": ("a",), "nothing": None}


def test_all_that_dotnet_printed_of_a_span_is_read(tmp_path: Path) -> None:
    spans = spans_of(tmp_path, DOTNET)
    span = spans["1112131415161718"]
    assert span.attributes == {
        "url.full": "http://stock:80/items?a=b",
        "http.response.status_code": "500",
        "note": "two\nlines: of text",
    }
    assert span.parent_span_id == "72485a3953bb6124"
    assert span.trace_state == "a=b"
    assert span.end_time - span.start_time == 86_400_250_000_000
    assert (span.status.code, span.status.message) == (StatusCode.ERROR, "broken")
    assert (span.scope.name, span.scope.version) == ("System.Net.Http", "9.0")
    assert span.resource.attributes["telemetry.sdk.language"] == "dotnet"
    failure, retry, given_up = span.events
    assert (failure.name, failure.attributes) == ("exception", {"exception.message": "it broke"})
    assert (failure.time, retry.time) == (1764450000_000_000_000, 1764450001_000_000_000)
    # Of a time in a language that is not known, the span's beginning is said.
    assert (given_up.name, given_up.time) == ("given up", span.start_time)
    (link,) = span.links
    assert (link.span_id, link.attributes) == ("1112131415161719", {"why": "batch"})
    outer = spans["72485a3953bb6124"]
    assert (outer.scope.name, outer.kind) == ("Microsoft.AspNetCore", SpanKind.SERVER)


def test_a_span_whose_times_or_ids_are_none_is_left_out_and_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = COLLECTOR.replace("2025-11-29 21:00:00.3 +0000 UTC", "yesterday")
    with caplog.at_level(logging.WARNING):
        spans = spans_of(tmp_path, broken)
    assert set(spans) == {"1112131415161718", "72485a3953bb6124"}
    assert "span 'GET' left out" in caplog.text


LINE = st.sampled_from(
    [
        "Attributes:",
        "     -> k: Int(1)",
        "Events:",
        "    Kind : Server",
        "SpanEvent #0",
        '\t{"a',
        "",
    ]
)
VALUE = st.lists(LINE | st.text(st.sampled_from('a(): ->"{}#1\t'), max_size=20)).map("\n".join)


@given(st.dictionaries(st.sampled_from("abcd"), VALUE, min_size=1))
def test_text_in_a_value_is_no_part_of_the_layout(values: dict[str, str]) -> None:
    # A line that ends with a parenthesis may be the value's last: then the next is ambiguous.
    assume(not any(line.endswith(")") for value in values.values() for line in value.split("\n")))
    pairs = [f"     -> {name}: Str({value})" for name, value in values.items()]
    lines = "\n".join([*BEFORE_PAIRS, *pairs, *AFTER_PAIRS]).split("\n")
    first, second = (whole for _, whole in read_collector_text(enumerate(lines, 1)))
    assert first == whole_span({"name": "one", "attributes": attribute_pairs(values)})
    assert second == whole_span({"name": "after", "attributes": []})


BEFORE_PAIRS = ["ResourceSpans #0", "ScopeSpans #0", "Span #0", "    Name : one", "Attributes:"]
AFTER_PAIRS = ["Span #1", "    Name           : after"]


def whole_span(span: dict[str, Any]) -> dict[str, Any]:
    scope_spans = {"scope": {}, "spans": [{**span, "events": [], "links": []}]}
    return {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [scope_spans]}]}
