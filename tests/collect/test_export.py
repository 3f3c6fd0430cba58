"""Recorded traces sent on: the same document on the other side, however small the receiver is."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from otelhook.model import (
    Event,
    Link,
    Resource,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)
from otelhook.otlp import encode_traces, frame
from otelhook.sources.files.trace_file import TraceFileSource
from otelhook.store import Store

MAIN = """
import sys
from otelhook.cli import export
from otelhook.cli.main import main
export._RETRY_SECONDS = 0.5  # a receiver that is not there is not waited for
sys.exit(main())
"""
TRACE = TraceId(f"{7:032x}")
SECRET = "correct-horse-battery"


def full_span(number: int, body: str = "") -> Span:
    begun = time.time_ns()
    return Span(
        TRACE,
        SpanId(f"{number:016x}"),
        SpanId(f"{1:016x}") if number > 1 else None,
        "GET",
        SpanKind.CLIENT,
        begun,
        begun + 1000,
        attributes={
            "http.request.method": "GET",
            "http.request.header.accept": ("a", "ü"),
            "http.response.status_code": 200,
            "http.request.body.content": body or b"\0\xff",
            "ratio": 0.5,
            "flag": True,
            "nested": {"list": (1, "two", b"3")},
        },
        resource=Resource({"service.name": "image", "host.name": "a"}),
        status=Status(StatusCode.ERROR, "late"),
        events=(Event(begun, "retry", {"count": 1}),),
        links=(Link(TraceId(f"{8:032x}"), SpanId(f"{9:016x}"), {"why": "batch"}),),
        flags=0x300 if number > 1 else 0x100,
        trace_state="vendor=1",
    )


def otelhook(*words: object, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MAIN, *map(str, words)],
        cwd=folder,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[[Sequence[Span]], Path]:
    """Write spans to a store of their own; returns its folder."""

    def write(spans: Sequence[Span]) -> Path:
        folder = tmp_path / "recorded"
        with Store.open(folder, clock=time.time_ns) as store:
            store.write(spans)
        return folder

    return write


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_every_field_arrives_and_again_changes_nothing(
    collect: Any, recorded: Any, tmp_path: Path, protocol: str
) -> None:
    spans = [full_span(number) for number in range(1, 6)]
    folder = recorded(spans)
    collector = collect()
    address = getattr(collector, protocol).removeprefix("http://")
    words = ("export", "latest", "--data-dir", folder, "--to", f"otlp+{protocol}://{address}")
    for _ in range(2):
        done = otelhook(*words, folder=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"5 spans of 1 trace went to otlp+{protocol}://{address}\n"
        assert sorted(collector.spans(TRACE), key=lambda span: span.span_id) == spans


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_a_small_receiver_gets_smaller_batches(
    collect: Any, recorded: Any, tmp_path: Path, protocol: str
) -> None:
    folder = recorded([full_span(number, body=f"{number} " * 9000) for number in range(1, 40)])
    collector = collect(OTELHOOK_COLLECTOR_REQUEST="100k")
    address = getattr(collector, protocol).removeprefix("http://")
    done = otelhook(
        *("export", TRACE, "--data-dir", folder, "--to", f"otlp+{protocol}://{address}"),
        folder=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    kept = collector.spans(TRACE)
    assert len(kept) == 39
    assert all(str(span.attributes["http.request.body.content"]).strip() for span in kept)


@pytest.mark.parametrize("name", ["trace.otlp", "trace.json"])
def test_a_file_is_read_back_as_it_was(recorded: Any, tmp_path: Path, name: str) -> None:
    spans = tuple(full_span(number) for number in range(1, 6))
    done = otelhook(
        *("export", "latest", "--data-dir", recorded(spans), "--to", name), folder=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert TraceFileSource(tmp_path / name).trace(TRACE).spans == spans


def test_what_is_still_secret_is_hidden_before_it_goes(tmp_path: Path) -> None:
    span = full_span(1, body=json.dumps({"auth": {"password": SECRET}, "name": "disk"}))
    (tmp_path / "theirs.otlp").write_bytes(frame(encode_traces([span])))
    done = otelhook(*("export", "--from", "otlp:theirs.otlp", "--to", "ours.json"), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "ours.json").read_text()
    assert SECRET not in text
    assert "disk" in text


@pytest.mark.parametrize(
    ("target", "said", "code"),
    [
        ("otlp+ftp://x", "--to otlp+ftp://: expected otlp+http://", 2),
        ("otlp+http://", "--to names no address", 2),
        ("otlp+http://me:pass@host", "others can read a command line", 2),
        ("nowhere/trace.otlp", "nowhere/trace.otlp: cannot be written", 5),
    ],
)
def test_a_target_that_is_none_is_one_line(
    recorded: Any, tmp_path: Path, target: str, said: str, code: int
) -> None:
    done = otelhook(
        *("export", "--data-dir", recorded([full_span(1)]), "--to", target), folder=tmp_path
    )
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_receiver_that_is_not_there_is_said_and_ends_with_its_code(
    recorded: Any, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    target = f"otlp+http://127.0.0.1:{port}"
    done = otelhook(
        *("export", "--data-dir", recorded([full_span(1)]), "--to", target), folder=tmp_path
    )
    assert done.returncode == 6
    assert f"1 of 1 span did not get to {target}" in done.stderr
    assert "Traceback" not in done.stderr
