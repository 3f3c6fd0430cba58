"""The off switch, in running services."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind

import otelhook
from otelhook.capture.setup.switch import SWITCH_FILE, Switch
from otelhook.cli.main import main


def test_the_file_is_looked_at_once_a_second_at_most(tmp_path, monkeypatch):
    now, looks = [100.0], list[str]()
    exists = os.path.exists

    def look(path: str) -> bool:
        looks.append(path)
        return exists(path)

    monkeypatch.setattr(os.path, "exists", look)
    switch = Switch(tmp_path, lambda: now[0])

    assert not switch.off
    (tmp_path / SWITCH_FILE).touch()
    assert not any(switch.off for _ in range(1000))
    assert len(looks) == 1
    now[0] += 1
    assert all(switch.off for _ in range(1000))
    (tmp_path / SWITCH_FILE).unlink()
    now[0] += 1
    assert not switch.off
    assert len(looks) == 3


def test_a_service_that_changes_its_folder_still_finds_the_switch(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    switch = Switch(Path())
    (tmp_path / SWITCH_FILE).touch()
    monkeypatch.chdir("/")

    assert switch.off


def test_a_forked_worker_obeys_a_switch_thrown_after_the_fork(tmp_path):
    now = [0.0]
    switch = Switch(tmp_path, lambda: now[0])
    assert not switch.off
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        while not switch.off:
            now[0] += 1
        os._exit(7)
    (tmp_path / SWITCH_FILE).touch()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def hello(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


def test_running_services_stop_and_start_capturing(  # noqa: PLR0913, PLR0917 - its fixtures
    instrument, serve, session, recorded, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("otelhook.capture.setup.switch.LOOKS_EVERY", 0.0)
    place = ["--data-dir", str(tmp_path)]
    instrument(data_dir=str(tmp_path))
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(recorded.exporter))
    theirs = otelhook.Middleware(hello, tracer_provider=provider, data_dir=str(tmp_path))
    address = serve(theirs)

    assert main(["capture", "off", *place]) == 0
    assert session.get(address).text == "ok"
    assert recorded.all() == []
    assert main(["capture", "on", *place]) == 0
    assert session.get(address).text == "ok"
    recorded.wait(1, SpanKind.CLIENT)
    recorded.wait(1, SpanKind.SERVER)

    assert main(["capture", "status", *place]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"capture is {state} for {tmp_path}" for state in ("off", "on", "on")
    ]


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path, capsys):
    (tmp_path / "file").touch()

    assert main(["capture", "off", "--data-dir", str(tmp_path / "file")]) == 5
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("action", ["on", "off"])
def test_throwing_the_switch_twice_is_throwing_it_once(tmp_path, action):
    assert [main(["capture", action, "--data-dir", str(tmp_path)]) for _ in range(2)] == [0, 0]
