"""``OTEL_TRACES_EXPORTER=otelhook_spool`` in programs of which nothing else is ours."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.trace import Link, SpanContext

import otelhook
from otelhook.exporters.by_name import NamedSpoolExporter
from otelhook.settings import load

BIN = Path(sys.executable).parent
SECRETS = ("hunter2-sesame", "ya29-query-grant", "Basic dXNlcjpvcGVuLXNlc2FtZQ==", "pw-of-resource")

PROGRAM = """
import threading
import flask, requests
from werkzeug.serving import make_server
from opentelemetry import trace

app = flask.Flask("shop")

@app.get("/orders")
def orders():
    raise ValueError("cannot log in with password=hunter2-sesame")

server = make_server("127.0.0.1", 0, app)
threading.Thread(target=server.serve_forever, daemon=True).start()
with trace.get_tracer("program").start_as_current_span("work"):
    answer = requests.get(
        f"http://127.0.0.1:{server.port}/orders?access_token=ya29-query-grant",
        headers={"Authorization": "Basic dXNlcjpvcGVuLXNlc2FtZQ=="},
    )
print(answer.status_code)
server.shutdown()
"""


CONFIGURATOR = "configurator = opentelemetry.sdk._configuration:_OTelSDKConfigurator"


def distribution(folder: Path) -> Path:
    """Make what `opentelemetry-distro` is: the SDK's own set-up, found by its entry point.

    That package itself would set up every other program that these tests instrument.
    """
    info = folder / "site" / "stock_distro-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stock-distro\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[opentelemetry_configurator]\n{CONFIGURATOR}\n")
    return info.parent


def run(
    folder: Path, exporter: str, program: str = PROGRAM, **more: str
) -> subprocess.CompletedProcess[str]:
    (folder / "program.py").write_text(program)
    environ = {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "PYTHONPATH": str(distribution(folder)),
        "OTEL_TRACES_EXPORTER": exporter,
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_RESOURCE_ATTRIBUTES": "service.name=shop,login=password=pw-of-resource",
        "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST": "authorization",
        "OTELHOOK_DATA_DIR": str(folder / "data"),
        **more,
    }
    return subprocess.run(
        [str(BIN / "opentelemetry-instrument"), sys.executable, "program.py"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def modes(folder: Path) -> set[str]:
    return {oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.rglob("*") if path.is_file()}


def assert_no_secret_in(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert [secret for secret in SECRETS if secret.encode() in data] == [], path


def test_a_stock_program_writes_a_spool_that_is_private_and_without_secrets(tmp_path: Path) -> None:
    done = run(tmp_path, "otelhook_spool")
    assert (done.returncode, done.stdout) == (0, "500\n"), done.stderr
    spool = tmp_path / "data" / "spool"
    (file,) = spool.iterdir()
    assert file.name.startswith("shop-")
    assert modes(spool) == {"0o600"}
    assert stat.S_IMODE(spool.stat().st_mode) == 0o700
    assert_no_secret_in(spool)
    trace = otelhook.read_trace(str(file))
    assert "/orders" in otelhook.render_document(otelhook.compose(trace.spans), "text")


def test_a_stock_program_writes_its_steps(tmp_path: Path) -> None:
    done = run(tmp_path, "otelhook_sequence")
    assert (done.returncode, done.stdout) == (0, "500\n"), done.stderr
    folder = tmp_path / "data" / "sequence"
    assert sorted(path.suffix for path in folder.iterdir()) == [".jsonl", ".md"]
    assert modes(folder) == {"0o600"}
    assert_no_secret_in(folder)
    (steps,) = folder.glob("*.jsonl")
    numbers = [json.loads(line)["number"] for line in steps.read_text().splitlines()]
    assert numbers == [1, 2]


def test_both_may_be_named_beside_another_exporter(tmp_path: Path) -> None:
    done = run(tmp_path, "otelhook_spool,console,otelhook_sequence")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"spool", "sequence"}
    assert "hunter2-sesame" in done.stdout  # what the others write is theirs
    assert_no_secret_in(tmp_path / "data")


def test_redaction_may_be_switched_off_by_name(tmp_path: Path) -> None:
    done = run(tmp_path, "otelhook_spool", OTELHOOK_REDACT="off")
    assert done.returncode == 0, done.stderr
    (file,) = (tmp_path / "data" / "spool").iterdir()
    assert b"hunter2-sesame" in file.read_bytes()


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("OTELHOOK_REDACT", "perhaps", "OTELHOOK_REDACT: expected on or off, got 'perhaps'"),
        ("OTELHOOK_SPOOL_ROTATE", "large", "OTELHOOK_SPOOL_ROTATE: expected a size"),
        ("OTELHOOK_CONFIG", "gone.toml", "gone.toml: no such file"),
    ],
)
def test_a_wrong_setting_is_one_line_and_the_program_runs(
    tmp_path: Path, variable: str, value: str, told: str
) -> None:
    done = run(tmp_path, "otelhook_spool", "print('ran')", **{variable: value})
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert told in done.stderr
    assert "no spans are written" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


def test_what_a_span_holds_beside_attributes_is_redacted_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTELHOOK_DATA_DIR", str(tmp_path))
    exporter = NamedSpoolExporter()
    provider = TracerProvider(resource=Resource({"service.name": "s", "note": "password=one-1-x"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    elsewhere = Link(SpanContext(1, 2, is_remote=True), {"note": "password=two-2-x"})
    span = provider.get_tracer("t").start_span("GET ?password=three-3-x", links=[elsewhere])
    assert isinstance(span, ReadableSpan)
    span.add_event("event", {"note": "password=four-4-x"})
    span.set_attribute("list", ["password=five-5-x", "plain"])
    span.end()
    provider.shutdown()
    (file,) = (load({"data_dir": str(tmp_path)}).settings.data_dir / "spool").iterdir()
    written = file.read_bytes()
    for secret in ("one-1-x", "two-2-x", "three-3-x", "four-4-x", "five-5-x"):
        assert secret.encode() not in written
    assert b"plain" in written
    links: Any = getattr(span, "links")  # noqa: B009 - of the SDK's, not the API's
    assert links[0].attributes == {"note": "password=two-2-x"}  # the program's own
    assert exporter.export([]) is SpanExportResult.FAILURE  # it is closed
