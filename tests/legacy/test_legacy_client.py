"""The real jaeger-client sends to the real collector, and its trace becomes a document."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from otelhook.settings import Settings
from otelhook.sources import open_source
from tests.waiting import wait_until

CLIENT = Path(__file__).with_name("legacy_client.py")
MAIN = "import sys; from otelhook.cli.main import main; sys.exit(main())"
DEADLINE = 60.0
LOOPBACK = "127.0.0.1"


@dataclass
class Listening:
    """A collector that listens for old clients."""

    process: subprocess.Popen[str]
    data_dir: Path
    log: Path
    main: str
    udp: tuple[str, int]
    http: str

    def requests(self, receiver: str, outcome: str) -> float:
        """Return how many requests of a receiver ended so."""
        with urllib.request.urlopen(f"{self.main}/metrics", timeout=DEADLINE) as answer:
            text = answer.read().decode()
        wanted = rf'otelhook_requests_total{{outcome="{outcome}",receiver="{receiver}"}} (\S+)'
        found = re.search(wanted, text)
        return float(found[1]) if found else 0.0

    def post(self, body: bytes, path: str = "/api/traces", **headers: str) -> tuple[int, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = {"Content-type": "application/x-thrift"} | named
        request = urllib.request.Request(self.http + path, body, kind)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(DEADLINE) == 0


def _collect(data_dir: Path, log: Path, udp: str) -> subprocess.Popen[str]:
    words = ("collect", "--jaeger", "--http", f"{LOOPBACK}:0", "--grpc", "off")
    given = {
        "OTELHOOK_COLLECTOR_JAEGER_UDP": udp,
        "OTELHOOK_COLLECTOR_JAEGER_HTTP": f"{LOOPBACK}:0",
        "OTELHOOK_DATA_DIR": str(data_dir),
    }
    with log.open("w") as file:
        return subprocess.Popen(
            [sys.executable, "-c", MAIN, *words],
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            env={**os.environ, **given},
        )


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Listening]:
    data_dir, log = tmp_path / "data", tmp_path / "log"
    process = _collect(data_dir, log, f"{LOOPBACK}:0")
    said: dict[str, str] = {}
    assert process.stdout is not None
    while "the store" not in said:
        line = process.stdout.readline()
        assert line, log.read_text()
        name, _, value = line.partition(":")
        said[name] = value.strip()
    udp, http = said["jaeger-client"].removeprefix("UDP ").split(", ")
    host, _, port = udp.rpartition(":")
    running = Listening(process, data_dir, log, said["OTLP over HTTP"], (host, int(port)), http)
    yield running
    process.stdout.close()
    if process.poll() is None:
        running.end()


def _run(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, timeout=DEADLINE
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _spans_in(listening: Listening) -> int:
    source = open_source(f"store:{listening.data_dir}", Settings())
    return sum(len(source.trace(trace_id).spans) for trace_id in source.newest(10))


@pytest.mark.parametrize("how", ["udp", "http"])
def test_spans_of_the_real_client_become_a_document(listening: Listening, how: str) -> None:
    where = [str(part) for part in listening.udp] if how == "udp" else [listening.http]
    trace_id = _run(str(CLIENT), how, *where).strip()
    # HTTP has answered once it was durable; over UDP nobody answers.
    wait_until(lambda: listening.requests(f"jaeger_{how}", "taken"), "the spans were taken")
    place = f"store:{listening.data_dir}"
    words = ("render", trace_id, "--from", place, "--format", "json")
    first, second, third, last = json.loads(_run("-c", MAIN, *words))["steps"]
    assert (first["target"], first["method"], first["path"]) == ("orders", "GET", "/orders/7")
    assert (second["source"], second["target"], second["path"]) == ("orders", "stock", "/stock/7")
    assert (third["source"], third["status_code"]) == ("stock", 503)
    assert (last["source"], last["status_code"]) == ("orders", 200)


def test_hostile_packets_are_counted_and_the_next_one_is_taken(
    listening: Listening, make_batch: Callable[..., Any], as_packet: Callable[[Any], bytes]
) -> None:
    good = as_packet(make_batch())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for packet in (b"", b"\x82", b"noise" * 99, good[:-9], b"\xff" * 65_000, good):
            sender.sendto(packet, listening.udp)
    wait_until(lambda: listening.requests("jaeger_udp", "taken"), "the good packet was taken")
    assert listening.requests("jaeger_udp", "taken") == 1
    assert listening.requests("jaeger_udp", "malformed") == 5
    warnings = [line for line in listening.log.read_text().splitlines() if "UDP" in line]
    assert len(warnings) == 1
    assert "further ones are only counted" in warnings[0]


def test_packets_that_came_before_the_end_are_in_the_store(
    listening: Listening, make_batch: Callable[..., Any], as_packet: Callable[[Any], bytes]
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(1, 51):
            sender.sendto(as_packet(make_batch(spanId=number)), listening.udp)
    listening.end()
    # Loopback loses nothing of what fits into the buffer.
    assert _spans_in(listening) == 50


def test_bodies_that_are_no_batch_are_refused_in_a_line(
    listening: Listening, make_batch: Callable[..., Any], as_body: Callable[[Any], bytes]
) -> None:
    body = as_body(make_batch())
    assert listening.post(body, "/api/traces?format=jaeger.thrift") == (202, "")
    assert listening.post(gzip.compress(body), Content_Encoding="gzip") == (202, "")
    status, said = listening.post(body[:-5])
    assert (status, said.startswith("not Jaeger's thrift (")) == (400, True)
    assert said.count("\n") == 1
    assert listening.post(gzip.compress(body)[:-9], Content_Encoding="gzip")[0] == 400
    assert listening.post(body, "/api/traces?format=zipkin.thrift")[0] == 415
    status, said = listening.post(b"{}", Content_type="application/json")
    assert status == 415
    assert "OTLP goes to /v1/traces" in said
    assert listening.requests("jaeger_http", "taken") == 2
    assert listening.requests("jaeger_http", "malformed") == 2
    assert _spans_in(listening) == 1


def test_packets_are_taken_from_this_machine_only(tmp_path: Path) -> None:
    process = _collect(tmp_path / "data", tmp_path / "log", "0.0.0.0:0")
    process.communicate(timeout=DEADLINE)
    assert process.returncode == 2
    assert "a packet carries no token: listen on 127.0.0.1" in (tmp_path / "log").read_text()


def test_a_port_that_is_taken_is_said_in_a_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((LOOPBACK, 0))
        port = other.getsockname()[1]
        process = _collect(tmp_path / "data", log, f"{LOOPBACK}:{port}")
        process.communicate(timeout=DEADLINE)
    assert process.returncode == 6
    said = log.read_text()
    assert said.count("\n") == 1
    assert f"cannot come to UDP {LOOPBACK}:{port}: Address already in use" in said
