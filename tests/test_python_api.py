"""Reading traces from Python: what ``help(otelhook)`` shows, and the lazy names behind it."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import otelhook
from otelhook.errors import ConfigError, NotRecordedError

RECORDED = Path(__file__).parent / "shop" / "recorded" / "good.jsonl"


def test_the_example_of_the_package_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trace.json").write_bytes(RECORDED.read_bytes())
    assert otelhook.__doc__ is not None
    example = textwrap.dedent(
        "".join(re.findall(r"(?m)^    (?:trace|document|print).*\n", otelhook.__doc__))
    )
    assert example.count("\n") == 3
    exec(compile(example, "example", "exec"), {"otelhook": otelhook})
    assert "sequenceDiagram" in capsys.readouterr().out


def test_formats_and_traces_that_are_not_there_are_refused(tmp_path: Path) -> None:
    document = otelhook.compose(otelhook.read_trace(str(RECORDED)).spans)
    with pytest.raises(ConfigError, match="unknown format 'pdf'"):
        otelhook.render_document(document, "pdf")
    with pytest.raises(NotRecordedError, match="no trace abcdef"):
        otelhook.read_trace(str(RECORDED), "abcdef")
    with pytest.raises(ConfigError, match="there is no file"):
        otelhook.open_source(str(tmp_path / "gone.json"))


def test_the_function_is_one_whatever_was_imported_before() -> None:
    program = (
        "import otelhook.render.registry, otelhook; print(otelhook.render_document.__name__,"
        " otelhook.render.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "render otelhook.render\n"


def test_importing_the_package_loads_nothing_else() -> None:
    program = "import sys, otelhook; print([m for m in sys.modules if m.startswith('otelhook.')])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
