"""Opening the source that a user names."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from otelhook.errors import ConfigError
from otelhook.model import Span
from otelhook.otlp import encode_traces, frame
from otelhook.settings import Settings
from otelhook.sources import open_source


@pytest.fixture
def plain(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.mark.parametrize("spec", ["", "store", "store:"])
def test_the_data_folder_is_the_default(plain: Settings, spec: str) -> None:
    assert open_source(spec, plain).name == f"the store in {plain.data_dir}"


def test_another_folder_may_be_named(plain: Settings, tmp_path: Path) -> None:
    assert open_source(f"store:{tmp_path}/a:b", plain).name == f"the store in {tmp_path}/a:b"


def test_a_file_of_otlp_may_be_named(
    plain: Settings, tmp_path: Path, make_span: Callable[..., Span]
) -> None:
    span: Span = make_span(1)
    (tmp_path / "f").write_bytes(frame(encode_traces([span])))
    assert open_source(f"otlp:{tmp_path}/f", plain).trace(span.trace_id).spans == (span,)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("tape:x", "unknown source 'tape:x'; known: store, file, otlp"),
        ("otlp:", "write otlp:FILE"),
        ("grafana+http://x", "unknown source"),
        ("otlp", "write otlp:FILE"),
    ],
)
def test_a_source_that_is_none_is_one_clear_line(plain: Settings, spec: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        open_source(spec, plain)


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("jaeger+http://h:16686/jaeger/", "Jaeger at http://h:16686/jaeger"),
        ("tempo+https://h/tempo", "Tempo at https://h/tempo"),
        ("zipkin+http://h:9411/zipkin", "Zipkin at http://h:9411/zipkin"),
        ("collector+http://h:4318", "the collector at http://h:4318"),
    ],
)
def test_a_back_end_may_be_named(plain: Settings, spec: str, name: str) -> None:
    assert open_source(spec, plain).name == name


def test_reading_back_loads_no_sdk() -> None:
    code = (
        "import sys; from otelhook.sources import open_source; from otelhook.settings import load;"
        "early = [m for m in sys.modules if m.startswith(('opentelemetry', 'google', 'sqlite3'))];"
        "open_source('', load(environ={'HOME': '/nowhere'}).settings).newest(1);"
        "late = [m for m in sys.modules if m.startswith('opentelemetry.')"
        " and not m.startswith('opentelemetry.proto')];"
        "print(early, late)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] []"
