"""What real SDKs print to a console, the words of the program among it.

``consoles/`` has what the JavaScript SDK 2.9 (on Node 20) and Go's ``stdouttrace`` printed, once on
lines and once pretty; Python's SDK prints here.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from otelhook.model import Span, SpanKind, StatusCode
from otelhook.sources.files.trace_file import TraceFileSource

CONSOLES = Path(__file__).parent / "consoles"

PYTHON = """
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

provider = TracerProvider(resource=Resource({"service.name": "shop"}))
provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
tracer = provider.get_tracer("demo", "1.0")
print("[INFO] listening on {host}")
with tracer.start_as_current_span(
    'outer "q" it\\'s', kind=SpanKind.SERVER, attributes={"list": ["a", "b"], "n": 1.5, "ok": True}
) as outer:
    link = Link(outer.get_span_context(), {"why": "x"})
    inner = tracer.start_span("call", kind=SpanKind.CLIENT, links=[link])
    inner.record_exception(ValueError("boom"))
    inner.set_status(Status(StatusCode.ERROR, "it is broken"))
    inner.end()
    print("GET / 200")
"""


def spans_of(path: Path) -> dict[SpanKind, Span]:
    source = TraceFileSource(path)
    (trace_id, *_) = source.newest(5)
    return {span.kind: span for span in source.trace(trace_id).spans}


@pytest.fixture(scope="module", params=["node", "go", "python"])
def printed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param != "python":
        return CONSOLES / f"{request.param}.txt"
    path = tmp_path_factory.mktemp("console") / "printed"
    with path.open("wb") as file:
        subprocess.run([sys.executable, "-c", PYTHON], stdout=file, check=True)
    return path


def test_a_call_within_a_request_is_read_with_all_that_was_printed(printed: Path) -> None:
    spans = spans_of(printed)
    outer, inner = spans[SpanKind.SERVER], spans[SpanKind.CLIENT]
    assert inner.parent_span_id == outer.span_id
    assert outer.parent_span_id is None
    assert outer.start_time <= inner.start_time <= inner.end_time <= outer.end_time + 1_000_000
    assert outer.resource.attributes["service.name"] == "shop"
    if "nstrumentationScope" in printed.read_text():  # Python prints none
        assert (outer.scope.name, outer.scope.version) == ("demo", "1.0")
    assert inner.status.code is StatusCode.ERROR
    assert "broken" in inner.status.message
    assert inner.events[0].name == "exception"
    assert "boom" in str(inner.events[0].attributes["exception.message"])
    (link,) = inner.links
    assert (link.span_id, link.attributes) == (outer.span_id, {"why": "x"})


def test_values_keep_their_types(printed: Path) -> None:
    attributes = spans_of(printed)[SpanKind.SERVER].attributes
    assert ("a", "b") in attributes.values()
    assert 1.5 in attributes.values()
    assert attributes["ok"] is True


def test_what_the_program_printed_between_is_counted(
    printed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        spans_of(printed)
    assert caplog.messages == [f"{printed}: left out: 2 lines that are not JSON"]


def test_text_that_node_broke_over_lines_is_whole_again() -> None:
    outer = spans_of(CONSOLES / "node.txt")[SpanKind.SERVER]
    assert outer.name == 'outer "q" it\'s `x`'
    assert outer.attributes["http.request.body.content"] == (
        "a\nb\x01 'quoted' \"double\" `tick` " + "long " * 60
    )
    assert outer.attributes["html"] == '<a href="x">é😀</a>'
    assert outer.attributes["big"] == 12345678901234
