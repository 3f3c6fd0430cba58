"""A real terminal, and the command at it with and without its output recorded."""

from __future__ import annotations

import json
import shlex
import signal
import sys
import termios
from typing import Any

import pytest

BOTH = pytest.mark.parametrize("options", [[], ["--record-output"]])

ASK = """
import os, signal, sys, shutil
def resized(*_):
    os.write(1, b'now %d %d\\n' % os.get_terminal_size(1))
signal.signal(signal.SIGWINCH, resized)
print(*[os.isatty(n) for n in (0, 1, 2)], *os.get_terminal_size(1), flush=True)
print('ready', flush=True)
for line in sys.stdin:
    print('read', line.strip().upper(), flush=True)
    if line.strip() == 'quit':
        sys.exit(4)
"""


def run(options: list[str], code: str) -> list[str]:
    return ["run", "--quiet", *options, "--", sys.executable, "-c", code]


def recorded(otelhook: Any) -> str:
    done = otelhook("render", "latest", "--format", "json")
    return str(json.loads(done.out)["command"]["output"])


@BOTH
def test_the_command_is_at_the_terminal(terminal: Any, otelhook: Any, options: list[str]) -> None:
    process = terminal(*run(options, ASK))
    process.wait_for(b"True True True 90 30\r\nready\r\n")
    process.resize(40, 120)
    process.wait_for(b"now 120 40\r\n")
    process.type(b"hello\n")
    process.wait_for(b"hello\r\nread HELLO\r\n")
    process.type(b"quit\n")
    assert process.end() == 4
    if options:
        assert recorded(otelhook).splitlines() == [
            "True True True 90 30",
            "ready",
            "now 120 40",
            "hello",
            "read HELLO",
            "quit",
            "read QUIT",
        ]


@BOTH
def test_end_of_input_is_the_commands(terminal: Any, options: list[str]) -> None:
    process = terminal(*run(options, ASK))
    process.wait_for(b"ready\r\n")
    process.type(b"\x04")
    assert process.end() == 0


CAUGHT = """
import os, signal, sys
seen = []
def caught(number, _frame):
    seen.append(number)
    os.write(1, b'caught %d\\n' % number)
signal.signal(signal.SIGINT, caught)
signal.signal(signal.SIGQUIT, caught)
print('ready', flush=True)
while len(seen) < 2:
    signal.pause()
sys.exit(len(seen))
"""


@BOTH
def test_ctrl_c_reaches_the_command_once_and_not_us(terminal: Any, options: list[str]) -> None:
    process = terminal(*run(options, CAUGHT))
    process.wait_for(b"ready\r\n")
    process.type(b"\x03")
    process.wait_for(b"caught 2\r\n")
    process.type(b"\x1c")
    process.wait_for(b"caught 3\r\n")
    assert process.end() == 2
    assert b"Traceback" not in process.shown


@BOTH
def test_ctrl_c_ends_us_as_it_ends_the_command(
    terminal: Any, otelhook: Any, address: str, options: list[str]
) -> None:
    # A request first: of a run without any nothing is kept.
    call = [sys.executable, "-c", f"import requests; requests.get({address!r})"]
    script = f"{shlex.join(call)}; echo ready; exec sleep 60"
    process = terminal("run", "--quiet", *options, "--", "sh", "-c", script)
    process.wait_for(b"ready\r\n")
    process.type(b"\x03")
    assert process.end() == -signal.SIGINT
    done = otelhook("render", "latest", "--format", "json")
    assert json.loads(done.out)["command"]["exit_code"] == 130


@BOTH
def test_a_signal_to_us_alone_reaches_a_command_at_a_terminal(
    terminal: Any, options: list[str]
) -> None:
    process = terminal("run", "--quiet", *options, "--", "sh", "-c", "echo ready; exec sleep 60")
    process.wait_for(b"ready\r\n")
    process.process.send_signal(signal.SIGTERM)
    assert process.end() == -signal.SIGTERM


def test_the_terminal_is_as_it_was_afterwards(terminal: Any) -> None:
    process = terminal(*run(["--record-output"], ASK))
    before = termios.tcgetattr(process.master)
    process.wait_for(b"ready\r\n")
    assert termios.tcgetattr(process.master) != before
    process.type(b"quit\n")
    process.wait_for(b"QUIT")
    process.process.wait(30)
    assert termios.tcgetattr(process.master) == before


def test_only_output_at_the_terminal_stays_a_terminal(terminal: Any, otelhook: Any) -> None:
    code = (
        "import os, sys; print(*[os.isatty(n) for n in (0, 1, 2)], *os.get_terminal_size(1));"
        "print('apart', file=sys.stderr)"
    )
    process = terminal(*run(["--record-output"], code), streams=("stdout",))
    assert process.end() == 0
    assert bytes(process.shown) == b"False True False 90 30\r\n"
    assert process.process.stderr.read() == b"apart\n"
    assert sorted(recorded(otelhook).splitlines()) == ["False True False 90 30", "apart"]


def test_a_lot_of_output_is_shown_whole_and_recorded_in_part(otelhook: Any) -> None:
    code = "import sys; print('first'); sys.stdout.write(('y' * 99 + '\\n') * 20000); print('last')"
    done = otelhook(*run(["--record-output"], code))
    assert len(done.out) == 6 + 2_000_000 + 5
    output = recorded(otelhook)
    assert output.startswith("first\n")
    assert output.endswith("last\n")
    assert "bytes left out" in output
    assert len(output.encode()) < 60_200


def test_a_long_paste_reaches_a_command_that_reads_slowly(terminal: Any) -> None:
    code = (
        "import sys, tty; tty.setraw(0); print('ready', flush=True);"
        "data = sys.stdin.buffer.read(100_000); print('got', len(data), len(set(data)))"
    )
    process = terminal(*run(["--record-output"], code))
    process.wait_for(b"ready")
    for _ in range(100):
        process.type(b"p" * 1000)
    process.wait_for(b"got 100000 1")
    assert process.end() == 0
