from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from otelhook.cli import traces
from otelhook.cli.command_line import COMMANDS
from otelhook.cli.main import main

HELP = Path(__file__).parent / "help"


@pytest.mark.parametrize("name", ["otelhook", *COMMANDS])
def test_the_help_is_what_was_agreed(otelhook: Any, name: str, pytestconfig: pytest.Config) -> None:
    words = ["--help"] if name == "otelhook" else [name, "--help"]
    done = otelhook(*words)
    expected = HELP / f"{name}.txt"
    if pytestconfig.getoption("--snapshot-update"):
        expected.write_text(done.out)
    assert done.code == 0
    assert done.out == expected.read_text()


@pytest.mark.parametrize("words", [["--help"], ["--version"], *([n, "--help"] for n in COMMANDS)])
def test_help_loads_no_opentelemetry(otelhook: Any, words: list[str]) -> None:
    probe = (
        "import sys; from otelhook.cli.main import main; main(sys.argv[1:]);"
        "print([m for m in sys.modules if m.partition('.')[0] == 'opentelemetry'], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, *words],
        env=otelhook.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr.strip() == "[]"


def test_rendering_loads_no_sdk(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    probe = (
        "import sys; from otelhook.cli.main import main; main(sys.argv[1:]);"
        "print([m for m in sys.modules if m.startswith('opentelemetry.sdk')], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, "render"],
        env=otelhook.environ,
        cwd=otelhook.home,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "GET /v2/images" in done.stdout
    assert done.stderr.strip() == "[]"


def test_the_version_is_said(otelhook: Any) -> None:
    done = otelhook("--version")
    assert done.out.startswith("otelhook ")
    assert done.code == 0


def test_the_module_is_the_command_too(otelhook: Any) -> None:
    by_script = otelhook("--version").out
    command = [sys.executable, "-m", "otelhook", "--version"]
    by_module = subprocess.run(command, capture_output=True, text=True, check=True)
    assert by_module.stdout == by_script


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rendr"], "invalid choice: 'rendr'"),
        (["render", "--fromat", "text"], "unrecognized arguments: --fromat"),
        (["render", "--format", "pdf"], "unknown format 'pdf': choose one of"),
        (["render", "--from", "tape:x"], "unknown source 'tape:x'"),
        (["render", "xyz"], "'xyz' is not a trace id"),
        (["traces", "--limit", "0"], "expected a number above zero, got '0'"),
        (["traces", "--", "x"], "traces takes nothing after --"),
        (["config"], "required: "),
        (["run"], "no command: otelhook run [options] -- COMMAND"),
        (["run", "--"], "no command"),
        (["demo", "--port", "66000"], "expected a port"),
        (["demo", "--client", "nowhere.py"], "nowhere.py: no such file"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_exit_code_2(
    otelhook: Any, words: list[str], said: str
) -> None:
    done = otelhook(*words)
    assert done.code == 2
    assert done.out == ""
    assert said in done.err
    assert done.err.startswith("otelhook: ")
    assert done.err.count("\n") == 1


def test_without_a_command_the_help_is_shown(otelhook: Any) -> None:
    done = otelhook()
    assert done.code == 2
    assert done.out == (HELP / "otelhook.txt").read_text()


def test_a_wrong_setting_says_where_it_is(otelhook: Any) -> None:
    done = otelhook("traces", environ={"OTELHOOK_BODY_LIMIT": "much"})
    assert done.code == 2
    assert done.err == (
        "otelhook: OTELHOOK_BODY_LIMIT: expected a size such as 60000, 64k or 2g, got 'much'\n"
    )


def test_a_closed_pipe_is_quiet(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    readable, writable = os.pipe()
    os.close(readable)
    process = otelhook.start("render", stdout=writable)
    os.close(writable)
    _, said = process.communicate(timeout=60)
    assert said == b""
    assert process.returncode == 141


@pytest.mark.parametrize("words", [["--help"], ["render"], ["traces"], ["config", "show"]])
def test_a_full_disk_behind_standard_output_is_one_line(
    otelhook: Any, stored: Any, exchange: Any, words: list[str]
) -> None:
    stored(exchange(7))
    with Path("/dev/full").open("wb") as full:
        done = otelhook(*words, stdout=full, stderr=subprocess.PIPE)
    assert done.err == "otelhook: standard output: No space left on device\n"
    assert done.code == 5


def test_a_defect_is_one_line_that_says_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_arguments: object) -> int:
        message = "no\x1b[2Jtwo\nlines"
        raise KeyError(message)

    monkeypatch.setattr(traces, "run", broken)
    assert main(["traces"]) == 70
    said = capsys.readouterr().err
    assert said.startswith("otelhook: a defect of otelhook, please report it: KeyError: ")
    assert "(test_cli_main.py:" in said
    assert said.count("\n") == 1
    assert "\x1b" not in said


def test_ctrl_c_is_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(traces, "run", interrupted)
    assert main(["traces"]) == 130
