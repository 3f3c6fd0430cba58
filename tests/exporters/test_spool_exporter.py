"""The spool: each process appends what it records to a file of its own."""

from __future__ import annotations

import errno
import logging
import os
import resource
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

from otelhook.exporters import Reason, SpoolSpanExporter
from tests.spools import read_spools


@contextmanager
def _files_at_most(size: int) -> Iterator[None]:
    """Let the kernel refuse to make files longer, as a full disk does: in the middle of a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_spans_are_in_the_file_once_export_returns(
    tmp_path: Path, make_spans: Callable[..., list[ReadableSpan]]
) -> None:
    exporter = SpoolSpanExporter(tmp_path / "spool", service="image")
    spans = make_spans(3)
    assert exporter.export(spans) is SpanExportResult.SUCCESS
    assert len(read_spools(tmp_path / "spool")) == 3
    exporter.shutdown()


def test_the_folder_and_the_file_are_for_this_user_alone(
    tmp_path: Path, make_spans: Callable[..., list[ReadableSpan]]
) -> None:
    exporter = SpoolSpanExporter(tmp_path / "deep" / "spool", service="a b/../c")
    exporter.export(make_spans())
    (file,) = (tmp_path / "deep" / "spool").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert file.name.startswith(f"a_b_.._c-{os.getpid()}-")
    exporter.shutdown()


def test_nothing_is_made_before_there_is_a_span(tmp_path: Path) -> None:
    exporter = SpoolSpanExporter(tmp_path / "spool", service="")
    exporter.export([])
    exporter.shutdown()
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_is_begun_at_the_size(
    tmp_path: Path, make_spans: Callable[..., list[ReadableSpan]]
) -> None:
    exporter = SpoolSpanExporter(tmp_path, service="image", rotate_bytes=1000)
    for _ in range(4):
        exporter.export(make_spans(body=1000))
    exporter.shutdown()
    assert len(list(tmp_path.iterdir())) == 4
    assert len(read_spools(tmp_path)) == 4


def test_a_long_batch_becomes_several_records(
    tmp_path: Path, make_spans: Callable[..., list[ReadableSpan]]
) -> None:
    exporter = SpoolSpanExporter(tmp_path, service="image")
    exporter.export(make_spans(30, body=60_000))
    exporter.shutdown()
    (file,) = tmp_path.iterdir()
    longest = int.from_bytes(file.read_bytes()[:4], "big")
    assert 900_000 < longest < 1_100_000
    assert len(read_spools(tmp_path)) == 30


def test_a_full_disk_loses_what_did_not_fit_is_said_once_and_passes(
    tmp_path: Path,
    make_spans: Callable[..., list[ReadableSpan]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    exporter = SpoolSpanExporter(tmp_path, service="image")
    exporter.export(make_spans(2))
    (file,) = tmp_path.iterdir()
    whole = file.stat().st_size
    with _files_at_most(whole + 500), caplog.at_level(logging.WARNING):
        assert exporter.export(make_spans(1, body=2000)) is SpanExportResult.FAILURE
        assert exporter.export(make_spans(2, body=2000)) is SpanExportResult.FAILURE
        assert file.stat().st_size == whole
        assert exporter.export(make_spans(1)) is SpanExportResult.SUCCESS
    assert exporter.tally.counts().dropped == 3
    (record,) = caplog.records
    assert str(tmp_path) in record.getMessage()
    assert exporter.export(make_spans(1, body=2000)) is SpanExportResult.SUCCESS
    exporter.shutdown()
    assert len(read_spools(tmp_path)) == 4


def test_a_write_done_in_pieces_is_one_record(
    tmp_path: Path, make_spans: Callable[..., list[ReadableSpan]]
) -> None:
    exporter = SpoolSpanExporter(
        tmp_path, service="image", write=lambda file, data: os.write(file, data[:7])
    )
    assert exporter.export(make_spans(2)) is SpanExportResult.SUCCESS
    exporter.shutdown()
    assert len(read_spools(tmp_path)) == 2


def test_a_folder_that_cannot_be_made_is_said_and_not_raised(
    tmp_path: Path, make_spans: Callable[..., list[ReadableSpan]], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    exporter = SpoolSpanExporter(tmp_path / "file" / "spool", service="image")
    assert exporter.export(make_spans(2)) is SpanExportResult.FAILURE
    assert exporter.tally.counts().dropped == 2
    assert os.strerror(errno.ENOTDIR) in caplog.text
    exporter.shutdown()


def test_a_span_that_cannot_be_encoded_does_not_take_the_others_along(
    tmp_path: Path, make_spans: Callable[..., list[ReadableSpan]]
) -> None:
    exporter = SpoolSpanExporter(tmp_path, service="image")
    spans = [*make_spans(2), ReadableSpan("without a context"), *make_spans(2)]
    exporter.export(spans)
    exporter.shutdown()
    assert len(read_spools(tmp_path)) == 4
    assert exporter.tally.counts().dropped_by == {Reason.NOT_ENCODED: 1}


def test_a_record_whose_file_was_removed_is_written_again(
    tmp_path: Path, make_spans: Callable[..., list[ReadableSpan]]
) -> None:
    exporter = SpoolSpanExporter(tmp_path, service="image")
    exporter.export(make_spans())
    (file,) = tmp_path.iterdir()
    file.unlink()
    assert exporter.export(make_spans(2)) is SpanExportResult.SUCCESS
    assert len(read_spools(tmp_path)) == 2
    exporter.shutdown()


def test_the_folder_may_vanish_and_come_back(
    tmp_path: Path, make_spans: Callable[..., list[ReadableSpan]]
) -> None:
    folder = tmp_path / "spool"
    exporter = SpoolSpanExporter(folder, service="image")
    exporter.export(make_spans())
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    assert exporter.export(make_spans()) is SpanExportResult.SUCCESS
    assert len(read_spools(folder)) == 1
    exporter.shutdown()


def test_after_shutdown_nothing_is_written_and_nothing_raises(
    tmp_path: Path, make_spans: Callable[..., list[ReadableSpan]]
) -> None:
    exporter = SpoolSpanExporter(tmp_path, service="image")
    exporter.shutdown()
    exporter.shutdown()
    assert exporter.force_flush()
    assert exporter.export(make_spans()) is SpanExportResult.FAILURE
    assert list(tmp_path.iterdir()) == []


def _run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    prelude = """
        import os, signal, sys
        from pathlib import Path
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from otelhook.exporters import SpoolSpanExporter
        provider = TracerProvider(shutdown_on_exit=False)
        exporter = SpoolSpanExporter(Path(sys.argv[1]), service="image")
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        tracer = provider.get_tracer("tests")
        def span(name: str):
            with tracer.start_as_current_span(name):
                pass
    """
    script = textwrap.dedent(prelude) + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=False
    )


def test_a_forked_child_writes_to_a_file_of_its_own(tmp_path: Path) -> None:
    done = _run(
        """
        span("before")
        child = os.fork()
        span("child" if child == 0 else "parent")
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        """,
        tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(tmp_path.iterdir())) == 2
    assert sorted(span.name for span in read_spools(tmp_path)) == ["before", "child", "parent"]


def test_sigkill_loses_nothing_that_export_has_returned_from(tmp_path: Path) -> None:
    done = _run('span("kept"); os.kill(os.getpid(), signal.SIGKILL)', tmp_path)
    assert done.returncode == -signal.SIGKILL
    assert [span.name for span in read_spools(tmp_path)] == ["kept"]


@pytest.mark.parametrize("service", ["", "...", "/", "x" * 300, "ü\n"])
def test_any_service_name_gives_a_file_within_the_folder(
    tmp_path: Path, make_spans: Callable[..., list[ReadableSpan]], service: str
) -> None:
    exporter = SpoolSpanExporter(tmp_path / "spool", service=service)
    assert exporter.export(make_spans()) is SpanExportResult.SUCCESS
    exporter.shutdown()
    (file,) = (tmp_path / "spool").iterdir()
    assert file.suffix == ".otlp"
