from __future__ import annotations

import json
import os
import resource
import shlex
import signal
import subprocess
import sys
from typing import Any

import pytest


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def calling(address: str, then: str = "") -> list[str]:
    return python(f"import requests; requests.get({address!r} + '/things'); {then}")


def shell(address: str, text: str) -> list[str]:
    """A script that makes one request: of a run without any nothing is kept."""
    return ["sh", "-c", f"{shlex.join(calling(address))}; {text}"]


def document(otelhook: Any, trace: str = "latest") -> dict[str, Any]:
    return dict(json.loads(otelhook("render", trace, "--format", "json").out))


def test_a_python_command_is_recorded_without_a_line_of_code(otelhook: Any, address: str) -> None:
    done = otelhook("run", "--service", "shop", "--", *calling(address, "print('bought')"))
    assert (done.code, done.out) == (0, "bought\n")
    found = document(otelhook)
    assert [step["path"] for step in found["steps"]] == ["/things", "/things"]
    assert found["steps"][0]["source"] == "shop"
    assert found["command"]["exit_code"] == 0
    assert found["command"]["output"] is None


def test_one_line_at_the_end_names_the_trace_and_how_to_see_it(otelhook: Any, address: str) -> None:
    done = otelhook("run", "--data-dir", "there", "--", *calling(address))
    (line,) = done.err.splitlines()
    words = line.rpartition("see it with: ")[2].split()
    assert words[0] == "otelhook"
    assert words[3:] == ["--data-dir", "there"]
    assert f"recorded trace {words[2]}" in line
    assert "GET /things" in otelhook(*words[1:], "--format", "text").out


def test_quiet_says_nothing(otelhook: Any, address: str) -> None:
    assert otelhook("run", "--quiet", "--", *calling(address)).err == ""
    assert otelhook("run", "--quiet", "--", "true").err == ""


def test_the_service_is_named_after_the_command(otelhook: Any, address: str) -> None:
    script = otelhook.home / "buyer.py"
    script.write_text(f"import requests\nrequests.get('{address}/things')\n")
    otelhook("run", "--", sys.executable, script)
    assert document(otelhook)["steps"][0]["source"] == "buyer"
    script.write_text(f"#!{sys.executable}\nimport requests\nrequests.get('{address}/things')\n")
    script.chmod(0o755)
    otelhook("run", "--", "./buyer.py")
    assert document(otelhook)["steps"][0]["source"] == "buyer.py"


@pytest.mark.parametrize("options", [[], ["--record-output"]])
@pytest.mark.parametrize("code", [0, 1, 7, 255])
def test_the_exit_code_is_the_commands(
    otelhook: Any, address: str, code: int, options: list[str]
) -> None:
    assert otelhook("run", *options, "--", *shell(address, f"exit {code}")).code == code
    assert document(otelhook)["command"]["exit_code"] == code


@pytest.mark.parametrize("options", [[], ["--record-output"]])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV])
def test_a_command_killed_by_a_signal_ends_us_by_the_same(
    otelhook: Any, address: str, number: signal.Signals, options: list[str]
) -> None:
    done = otelhook("run", *options, "--", *shell(address, f"kill -{number.value} $$"))
    assert done.code == -number
    assert document(otelhook)["command"]["exit_code"] == 128 + number


@pytest.mark.parametrize("options", [[], ["--record-output"]])
@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGQUIT]
)
def test_a_signal_sent_to_us_reaches_the_command(
    otelhook: Any, number: signal.Signals, options: list[str]
) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip(f"{number.name} is ignored here, as nohup has it, and by all that is started")
    code = (
        "import signal, sys\n"
        f"signal.signal({number.value}, lambda *_: sys.exit(9))\n"
        "print('ready', flush=True)\n"
        "signal.pause()"
    )
    process = otelhook.start("run", *options, "--", *python(code), start_new_session=True)
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 9
    assert b"Traceback" not in said


def test_signals_that_our_caller_ignores_stay_ignored(otelhook: Any) -> None:
    code = (
        "import signal; print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN,"
        " signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)"
    )
    bare = [sys.executable, "-S", "-c", code]
    done = otelhook(
        "run", "--", *bare, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    assert done.out == "True True\n"


def test_standard_input_is_the_commands(otelhook: Any) -> None:
    for options in ([], ["--record-output"]):
        process = otelhook.start("run", *options, "--", "cat", stdin=subprocess.PIPE)
        shown, _ = process.communicate(b"\x00from outside\xff\n", timeout=60)
        assert shown == b"\x00from outside\xff\n"


def test_standard_output_and_error_stay_apart(otelhook: Any) -> None:
    command = ["sh", "-c", "echo out; echo err >&2"]
    done = otelhook("run", "--quiet", "--record-output", "--", *command)
    assert (done.out, done.err) == ("out\n", "err\n")
    assert sorted(document(otelhook)["command"]["output"].split()) == ["err", "out"]


def test_a_reader_that_goes_away_ends_the_command_by_sigpipe(otelhook: Any) -> None:
    for options in ([], ["--record-output"]):
        process = otelhook.start("run", "--quiet", *options, "--", "yes")
        assert process.stdout.readline() == b"y\n"
        process.stdout.close()
        assert process.wait(60) == -signal.SIGPIPE
        assert process.stderr.read() == b""
        process.stderr.close()


def test_what_the_console_showed_is_on_the_page_without_its_secrets(
    otelhook: Any, address: str
) -> None:
    says = 'print(\'\\x1b[1mdone\\x1b[0m\'); print(\'{"password": "opensesame", "id": 7}\')'
    done = otelhook("run", "--record-output", "--out", "pages", "--", *calling(address, says))
    assert "opensesame" in done.out
    page = (otelhook.home / "pages/index.md").read_text()
    assert "opensesame" not in page.partition("Console output")[2].partition("Exit code")[0]
    assert document(otelhook)["command"]["output"].splitlines() == [
        "done",
        '{"password": "‹redacted›", "id": 7}',
    ]
    assert "its page is pages/index.md" in done.err
    assert sorted(path.name for path in (otelhook.home / "pages").iterdir()) == [
        "diagram.mmd",
        "document.json",
        "index.md",
        "page.html",
    ]


def test_the_command_line_is_recorded_without_its_secrets(otelhook: Any) -> None:
    words = ["--password", "opensesame", "https://me:hush@example.org/", "x y"]
    otelhook("run", "--record-output", "--", "true", *words)
    shown = document(otelhook)["command"]["arguments"]
    assert shown[:2] == ["true", "--password"]
    assert shown[-1] == "x y"
    assert not [word for word in shown if "opensesame" in word or "hush" in word]


def test_the_command_finds_the_trace_in_its_environment(otelhook: Any, address: str) -> None:
    show = "import os; print(os.environ['TRACEPARENT'], os.environ['OTEL_SERVICE_NAME'])"
    done = otelhook("run", "--service", "shop", "--", *calling(address, show))
    parent, service = done.out.split()
    assert service == "shop"
    assert document(otelhook)["trace_ids"] == [parent.split("-")[1]]


def test_a_run_within_a_run_is_one_trace(otelhook: Any, address: str) -> None:
    inner = otelhook.words("run", "--quiet", "--service", "inner", "--", *calling(address))
    otelhook("run", "--service", "outer", "--", *inner)
    rows = json.loads(otelhook("traces", "--json").out)
    assert len(rows) == 1
    found = document(otelhook)
    assert found["steps"][0]["source"] == "outer"
    assert found["command"]["arguments"][-1] == inner[-1]
    assert found["warnings"] == []


def test_words_after_the_dashes_are_the_commands_whatever_they_look_like(otelhook: Any) -> None:
    show = "import sys; print(sys.argv[1:])"
    odd = ["--help", "--", "run", "--version", "", "-o"]
    assert otelhook("run", "--", *python(show, *odd)).out == f"{odd}\n"
    assert otelhook("run", *python(show, *odd)).out == f"{odd}\n"


@pytest.mark.parametrize("options", [[], ["--record-output"]])
def test_a_command_that_is_not_there_is_127(otelhook: Any, options: list[str]) -> None:
    done = otelhook("run", *options, "--", "no-such-command")
    assert (done.code, done.err) == (127, "otelhook: no-such-command: command not found\n")
    assert not otelhook.data_dir.exists()


@pytest.mark.parametrize("options", [[], ["--record-output"]])
def test_a_command_that_may_not_run_is_126(otelhook: Any, options: list[str]) -> None:
    plain = otelhook.home / "plain"
    plain.write_text("no program")
    done = otelhook("run", *options, "--", plain)
    assert (done.code, done.err) == (
        126,
        f"otelhook: {plain}: cannot be executed: Permission denied\n",
    )
    plain.chmod(0o755)
    done = otelhook("run", *options, "--", plain)
    assert (done.code, done.err) == (
        126,
        f"otelhook: {plain}: cannot be executed: Exec format error\n",
    )


@pytest.mark.parametrize("options", [[], ["--record-output"]])
def test_a_full_disk_leaves_the_command_alone(
    otelhook: Any, address: str, options: list[str]
) -> None:
    done = otelhook(
        *("run", *options, "--", *calling(address, "print('bought')")),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16)),
    )
    assert (done.code, done.out) == (0, "bought\n")
    assert "File too large" in done.err
    assert "Traceback" not in done.err


def test_a_data_folder_that_cannot_be_made_leaves_the_command_alone(otelhook: Any) -> None:
    (otelhook.home / "file").write_text("")
    done = otelhook("run", "--data-dir", "file/data", "--", "sh", "-c", "echo done; exit 3")
    assert (done.code, done.out) == (3, "done\n")
    assert "Traceback" not in done.err
    assert "file/data" in done.err


def test_spans_that_went_to_a_collector_are_said_to_be_there(otelhook: Any, address: str) -> None:
    place = address.replace("http://", "http://jane:opensesame@")
    done = otelhook("run", "--", "true", environ={"OTEL_EXPORTER_OTLP_ENDPOINT": place})
    assert done.code == 0
    assert f" went to {address}\n" in done.err
    assert "opensesame" not in done.err


def test_background_work_of_the_command_does_not_keep_us(otelhook: Any) -> None:
    process = otelhook.start("run", "--record-output", "--", "sh", "-c", "sleep 60 & echo $!")
    shown, _ = process.communicate(timeout=30)
    os.kill(int(shown), signal.SIGKILL)
    assert process.returncode == 0
