"""How the collector starts and ends, and what happens to it in between."""

from __future__ import annotations

import itertools
import os
import resource
import shutil
import signal
import socket
import sqlite3
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from otelhook.model import Span
from otelhook.otlp import encode_traces, frame
from otelhook.store import Store


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_what_was_answered_is_kept(
    collect: Any, message: Callable[..., bytes], number: signal.Signals
) -> None:
    collector = collect()
    assert collector.post(message(1)).status == 200
    assert collector.end(number) == 0
    assert collector.count() == 1
    # No write-ahead log is left behind, so that a copy of the one file is a copy of all.
    assert [path.name for path in collector.data_dir.iterdir()] == ["store.sqlite3"]
    assert collector.said().count("\n") == 4


def test_what_it_keeps_is_for_this_user_alone(collect: Any, message: Callable[..., bytes]) -> None:
    collector = collect()
    collector.post(message(1))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in collector.data_dir.iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(collector.data_dir.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--http", "HTTP cannot listen on 127.0.0.1:{port}: Address already in use"),
        ("--grpc", "gRPC cannot listen on 127.0.0.1:{port}: Address already in use"),
    ],
)
def test_a_port_that_is_taken_is_one_line(collect: Any, option: str, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        collector = collect(option, f"127.0.0.1:{port}", ready=False)
        assert collector.process.wait(60) == 6
    assert collector.said().startswith(f"otelhook: {said.format(port=port)}")
    assert f"{option} names another" in collector.said()
    assert collector.said().count("\n") == 1


def test_an_address_that_is_none_is_one_line(collect: Any) -> None:
    collector = collect("--http", "4318", ready=False)
    assert collector.process.wait(60) == 2
    assert collector.said() == (
        "otelhook: argument collector_http: expected HOST:PORT, got '4318'\n"
    )


def test_a_store_that_cannot_be_opened_is_one_line(collect: Any, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "store.sqlite3").write_bytes(b"no database" * 100)
    collector = collect(ready=False)
    assert collector.process.wait(60) == 4
    assert "damaged store" in collector.said()
    assert collector.said().count("\n") == 1


def test_a_store_of_a_newer_version_is_left_alone(collect: Any, tmp_path: Path) -> None:
    collector = collect()
    collector.end()
    with sqlite3.connect(tmp_path / "data" / "store.sqlite3") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    again = collect(ready=False)
    assert again.process.wait(60) == 4
    assert "upgrade otelhook" in again.said()


def test_spools_of_local_processes_are_taken_in(
    collect: Any, make_span: Callable[..., Span], tmp_path: Path
) -> None:
    collector = collect()
    spool = tmp_path / "data" / "spool"
    spool.mkdir()
    (spool / "a.otlp").write_bytes(frame(encode_traces([make_span(1)])))
    until = time.monotonic() + 60
    while collector.metric("otelhook_stored_spans_total", outcome="added") < 1:
        assert time.monotonic() < until
    assert not (spool / "a.otlp").exists()


def test_traces_leave_by_size_while_it_runs(collect: Any, message: Callable[..., bytes]) -> None:
    collector = collect(OTELHOOK_KEEP_BYTES="2m")
    numbers = itertools.count(1)
    until = time.monotonic() + 60
    while not collector.metric("otelhook_deleted_traces_total"):
        body = os.urandom(20_000).hex()
        assert collector.post(message(next(numbers), body=body)).status == 200
        assert time.monotonic() < until
    assert 0 < collector.count() < next(numbers) - 1


def test_a_disk_that_is_full_is_said_once_and_senders_come_again(
    collect: Any, message: Callable[..., bytes]
) -> None:
    limit = 600_000
    collector = collect(
        popen={"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))},
        PYTHONDONTWRITEBYTECODE="1",
    )
    statuses = [
        collector.post(message(number, body=os.urandom(20_000).hex())).status
        for number in range(1, 30)
    ]
    kept = statuses.count(200)
    assert 0 < kept < 29
    assert set(statuses) == {200, 503}
    assert collector.ask("GET", "/healthz").status == 200
    collector.kill()
    assert collector.count() == kept
    said = [line for line in collector.said().splitlines() if line.startswith("otelhook:")]
    assert len(said) == 1
    assert "store.sqlite3" in said[0]


def test_a_chore_that_fails_does_not_end_the_writer(
    collect: Any, message: Callable[..., bytes], make_span: Callable[..., Span], tmp_path: Path
) -> None:
    collector = collect()
    with sqlite3.connect(tmp_path / "data" / "store.sqlite3") as connection:
        connection.execute("ALTER TABLE spools RENAME TO elsewhere")
    connection.close()
    spool = tmp_path / "data" / "spool"
    spool.mkdir()
    (spool / "a.otlp").write_bytes(frame(encode_traces([make_span(1)])))
    until = time.monotonic() + 60
    while "damaged store (no such table: spools)" not in collector.said():
        assert time.monotonic() < until
    assert collector.post(message(2)).status == 200
    assert collector.said().count("damaged store") == 1
    assert (spool / "a.otlp").exists()


@pytest.mark.parametrize("read_before", [False, True])
def test_a_store_that_is_removed_is_begun_anew_and_nothing_goes_to_the_old_one(
    collect: Any, message: Callable[..., bytes], *, read_before: bool
) -> None:
    collector = collect()
    assert collector.post(message(1)).status == 200
    shutil.rmtree(collector.data_dir)
    if read_before:  # which makes an empty store in its place
        assert collector.count() == 0
    assert collector.post(message(2)).status == 200
    assert collector.count() == 1
    assert collector.said().count("the store was removed while in use") == 1
    assert collector.end() == 0
    assert collector.count() == 1


def test_another_store_in_its_place_is_left_alone_while_somebody_uses_it(
    collect: Any, message: Callable[..., bytes]
) -> None:
    collector = collect()
    shutil.rmtree(collector.data_dir)
    with Store.open(collector.data_dir, clock=time.time_ns) as other:
        other.write(())
        refused = collector.post(message(1))
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert collector.post(message(1)).status == 200
    assert collector.count() == 1


def test_two_collectors_may_share_a_store(collect: Any, message: Callable[..., bytes]) -> None:
    one, other = collect(), collect()
    for number in range(1, 11):
        assert one.post(message(number)).status == 200
        assert other.post(message(100 + number)).status == 200
    assert one.count() == 20


def test_without_its_libraries_it_says_what_to_install(collect: Any, tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("raise ModuleNotFoundError(name='uvicorn')")
    collector = collect(ready=False, PYTHONPATH=str(tmp_path))
    assert collector.process.wait(60) == 2
    assert (
        collector.said() == "otelhook: collect needs uvicorn: "
        "pip install prometheus_client starlette uvicorn\n"
    )
