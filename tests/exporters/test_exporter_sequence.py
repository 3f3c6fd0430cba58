"""Numbered steps, written by the service itself."""

from __future__ import annotations

import json
import logging
import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind

from otelhook.exporters.sequence import SequenceSpanExporter
from otelhook.model import Span
from otelhook.otlp import decode_traces
from otelhook.render import render
from otelhook.sequence import assemble
from tests.waiting import wait_until

HEADERS = {"http.request.header.accept": ("application/json",)}


class Service:
    """A service with a provider of its own; all of them may share an exporter."""

    def __init__(self, name: str, *exporters: SpanExporter) -> None:
        self.provider = TracerProvider(
            resource=Resource({"service.name": name}), shutdown_on_exit=False
        )
        for exporter in exporters:
            self.provider.add_span_processor(SimpleSpanProcessor(exporter))
        self.tracer = self.provider.get_tracer("tests")

    def answer(self, carrier: dict[str, str], path: str, inside: Callable[[], None]) -> None:
        """Serve a request that came with a carrier of trace context."""
        with self.tracer.start_as_current_span(
            f"GET {path}",
            context=propagate.extract(carrier),
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": "GET",
                "url.path": path,
                "http.response.status_code": 200,
                "http.response.body.content": f'{{"path": "{path}"}}',
                **HEADERS,
            },
        ):
            inside()

    def call(self, other: Service, path: str, inside: Callable[[], None]) -> None:
        """Call another service."""
        carrier: dict[str, str] = {}
        with self.tracer.start_as_current_span(
            "GET",
            kind=SpanKind.CLIENT,
            attributes={
                "http.request.method": "GET",
                "url.full": f"http://other.example{path}",
                "http.response.status_code": 200,
                **HEADERS,
            },
        ):
            propagate.inject(carrier)
            outer = trace.get_current_span()
            # The other service is another process: its context comes from the carrier alone.
            with trace.use_span(trace.INVALID_SPAN):
                other.answer(carrier, path, inside)
            assert outer.is_recording()


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Collecting(SpanExporter):
    def __init__(self) -> None:
        self.spans: list[Span] = []

    def export(self, spans: Sequence[ReadableSpan]):
        self.spans += decode_traces(encode_spans(spans).SerializeToString())
        return SpanExportResult.SUCCESS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def exporter(tmp_path: Path, clock: Clock):
    made = SequenceSpanExporter(tmp_path / "steps", quiet_seconds=5, clock=clock)
    yield made
    made.shutdown()


def _nothing() -> None:
    pass


def _written(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*")) if folder.exists() else []


def test_over_a_whole_trace_it_writes_what_render_writes(
    tmp_path: Path, exporter: SequenceSpanExporter
) -> None:
    whole = Collecting()
    client, image, store = (Service(n, exporter, whole) for n in ("client", "image", "store"))
    client.call(image, "/v2/images", lambda: image.call(store, "/v1/a", _nothing))
    exporter.force_flush()
    document = assemble(tuple(whole.spans))
    assert len(document.steps) == 4
    (trace_id,) = document.trace_ids
    steps = tmp_path / "steps"
    assert _written(steps) == [f"{trace_id}.jsonl", f"{trace_id}.md"]
    assert (steps / f"{trace_id}.md").read_text() == render(document, "markdown")
    lines = (steps / f"{trace_id}.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == json.loads(render(document, "json"))["steps"]
    assert [json.loads(line)["number"] for line in lines] == [1, 2, 3, 4]


def test_alone_in_one_service_it_documents_that_one_and_marks_the_missing_sides(
    tmp_path: Path, exporter: SequenceSpanExporter
) -> None:
    client, image, store = Service("client"), Service("image", exporter), Service("store")
    client.call(image, "/v2/images", lambda: image.call(store, "/v1/a", _nothing))
    exporter.force_flush()
    (name, _) = _written(tmp_path / "steps")
    steps = [json.loads(line) for line in (tmp_path / "steps" / name).read_text().splitlines()]
    assert [(step["kind"], step["path"]) for step in steps] == [
        ("request", "/v2/images"),
        ("request", "/v1/a"),
        ("response", "/v1/a"),
        ("response", "/v2/images"),
    ]
    assert [step["target"] for step in steps[:2]] == ["image", steps[1]["target"]]
    assert "client span missing" in steps[0]["marks"]
    assert "server span missing" in steps[1]["marks"]
    assert steps[0]["headers"] == [{"name": "accept", "value": "application/json"}]
    assert steps[3]["body"]["content"] == '{"path": "/v2/images"}'


def test_nothing_is_written_before_the_root_has_ended_and_it_was_quiet(
    tmp_path: Path, exporter: SequenceSpanExporter, clock: Any
) -> None:
    image, store = Service("image", exporter), Service("store")

    def inside() -> None:
        image.call(store, "/v1/a", _nothing)
        clock.now += 60
        exporter.write_due()
        assert _written(tmp_path / "steps") == []

    carrier = {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01"}
    image.answer(carrier, "/v2/images", inside)
    clock.now += 4.9
    exporter.write_due()
    assert _written(tmp_path / "steps") == []
    clock.now += 0.2
    exporter.write_due()
    assert _written(tmp_path / "steps") == ["1" * 32 + ".jsonl", "1" * 32 + ".md"]


def test_a_trace_that_comes_back_is_written_again_with_all_its_steps(
    tmp_path: Path, exporter: SequenceSpanExporter
) -> None:
    image = Service("image", exporter)
    carrier = {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01"}
    for path in ("/first", "/second"):
        image.answer(carrier, path, _nothing)
        exporter.force_flush()
    lines = (tmp_path / "steps" / f"{'1' * 32}.jsonl").read_text().splitlines()
    assert [json.loads(line)["path"] for line in lines] == ["/first"] * 2 + ["/second"] * 2
    assert len(_written(tmp_path / "steps")) == 2


def test_a_thread_writes_when_it_is_time(tmp_path: Path) -> None:
    exporter = SequenceSpanExporter(tmp_path, quiet_seconds=0.01)
    Service("image", exporter).answer({}, "/a", _nothing)
    wait_until(lambda: len(list(tmp_path.glob("*.md"))) == 1, "a page is written")
    exporter.shutdown()


def test_several_processes_may_share_the_folder(tmp_path: Path, clock: Any) -> None:
    carrier = {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01"}
    for name in ("image", "store"):
        exporter = SequenceSpanExporter(tmp_path, clock=clock)
        Service(name, exporter).answer(carrier, f"/{name}", _nothing)
        exporter.shutdown()
    assert [name for name in _written(tmp_path) if name.endswith("md")] == [
        f"{'1' * 32}-2.md",
        f"{'1' * 32}.md",
    ]
    assert "/image" in (tmp_path / f"{'1' * 32}.md").read_text()
    assert "/store" in (tmp_path / f"{'1' * 32}-2.md").read_text()


def test_of_too_many_traces_the_longest_quiet_are_written_early(tmp_path: Path, clock: Any) -> None:
    exporter = SequenceSpanExporter(tmp_path, clock=clock, max_traces=3)
    image = Service("image", exporter)
    for number in range(1, 6):
        clock.now += 0.1
        image.answer({"traceparent": f"00-{number:032x}-{'2' * 16}-01"}, "/", _nothing)
    assert [name for name in _written(tmp_path) if name.endswith("md")] == [
        f"{number:032x}.md" for number in (1, 2)
    ]
    exporter.shutdown()
    assert len(_written(tmp_path)) == 10


def test_what_is_gathered_is_bounded_in_bytes(tmp_path: Path, clock: Any) -> None:
    exporter = SequenceSpanExporter(tmp_path, clock=clock, max_bytes=2000)
    image = Service("image", exporter)
    for number in range(1, 30):
        image.answer({"traceparent": f"00-{number:032x}-{'2' * 16}-01"}, "/" + "x" * 200, _nothing)
        assert exporter._gathering._size <= 2000
    exporter.shutdown()
    assert len(_written(tmp_path)) == 58


def test_what_cannot_be_written_is_counted_and_said_once(
    tmp_path: Path, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    exporter = SequenceSpanExporter(tmp_path / "file" / "steps", clock=clock)
    image = Service("image", exporter)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            image.answer({}, "/", _nothing)
            assert not exporter.force_flush()
    assert exporter.lost == 3
    assert len(caplog.records) == 1
    exporter.shutdown()


def test_the_files_are_for_this_user_alone(tmp_path: Path, exporter: SequenceSpanExporter) -> None:
    Service("image", exporter).answer({}, "/", _nothing)
    exporter.force_flush()
    assert stat.S_IMODE((tmp_path / "steps").stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "steps").iterdir()}
    assert modes == {0o600}


def test_shutdown_writes_what_is_left_and_a_second_one_does_nothing(
    tmp_path: Path, clock: Any
) -> None:
    exporter = SequenceSpanExporter(tmp_path, clock=clock)
    image = Service("image", exporter)
    image.answer({}, "/", _nothing)
    exporter.shutdown()
    exporter.shutdown()
    assert len(_written(tmp_path)) == 2
    image.answer({}, "/", _nothing)
    assert len(_written(tmp_path)) == 2


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_writes_only_its_own_traces(
    tmp_path: Path, exporter: SequenceSpanExporter
) -> None:
    image = Service("image", exporter)
    image.answer({"traceparent": f"00-{1:032x}-{'2' * 16}-01"}, "/parent", _nothing)
    child = os.fork()
    if child == 0:
        try:
            image.answer({"traceparent": f"00-{2:032x}-{'2' * 16}-01"}, "/child", _nothing)
            exporter.force_flush()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert _written(tmp_path / "steps") == [f"{2:032x}.jsonl", f"{2:032x}.md"]
    exporter.force_flush()
    assert len(_written(tmp_path / "steps")) == 4
