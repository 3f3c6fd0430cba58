"""Receivers that are small, busy, killed or gone: what arrives there, and what is counted here.

Receiver and sender are processes of their own. Each test has a small form, and a full one
(``make delivery``) of 10,000 spans with bodies of 64 KiB.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until

HERE = Path(__file__).parent
BODY = 64 * 1024
MIB = 1024**2
FULL = 10_000

PROTOCOLS = pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])


class Receiver:
    """A receiver that may be started, killed and started again on its port."""

    def __init__(self, folder: Path, protocol: str) -> None:
        self.protocol = protocol
        self.report = folder / "report"
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self, *, limit: int = 4 * MIB, busy: float = 0) -> None:
        kind = "grpc" if self.protocol == "grpc" else "http"
        self._process = subprocess.Popen(
            [
                *(sys.executable, HERE / "receiver.py"),
                *(kind, str(self.port), str(limit), str(busy), self.report),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def spans(self) -> dict[str, tuple[int, str]]:
        """Return each span that was taken: the size of its body, and why it has none."""
        if not self.report.exists():
            return {}
        lines = [line.split("\t") for line in self.report.read_text().splitlines()]
        return {line[0]: (int(line[1]), line[2]) for line in lines if len(line) == 3}


@pytest.fixture
def receiver(tmp_path: Path, protocol: str) -> Iterator[Receiver]:
    made = Receiver(tmp_path, protocol)
    yield made
    made.kill()


class Sender:
    """The program that records; `finish` waits for its end and returns what it says."""

    def __init__(self, folder: Path, receiver: Receiver, spans: int, **settings: object) -> None:
        environ = {name: value for name, value in os.environ.items() if "OTEL" not in name}
        environ |= {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{receiver.port}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": receiver.protocol,
            "OTELHOOK_DATA_DIR": str(folder),
        }
        environ |= {f"OTELHOOK_{k.upper()}": str(v) for k, v in settings.items() if k != "flush"}
        self._process = subprocess.Popen(
            [sys.executable, HERE / "sender.py", str(spans), str(settings.get("flush", 100))],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environ,
        )

    def finish(self) -> tuple[dict[str, Any], str]:
        out, errors = self._process.communicate(timeout=110)
        assert self._process.returncode == 0, errors
        return json.loads(out), errors


def _all_arrived(receiver: Receiver, said: dict[str, Any], spans: int) -> None:
    """No span is lost, and bodies are missing exactly where that is marked and counted."""
    taken = receiver.spans()
    assert (said["ended"], said["waiting"], said["dropped"]) == (spans, 0, {})
    assert said["delivered"] == len(taken) == spans
    missing = [why for size, why in taken.values() if size == 0]
    assert len(missing) == said["stripped"]
    assert all(size == BODY and why == "-" for size, why in taken.values() if size)


def _sizes(*, spans: int, queue: int) -> Any:
    full = pytest.param(FULL, 64 * MIB, marks=pytest.mark.long, id="full")
    return pytest.mark.parametrize(
        ("spans", "queue"), [pytest.param(spans, queue, id="small"), full]
    )


@PROTOCOLS
@_sizes(spans=150, queue=64 * MIB)
def test_a_receiver_of_4_mib_gets_every_span(
    tmp_path: Path, receiver: Receiver, spans: int, queue: int
) -> None:
    receiver.start()
    said, errors = Sender(tmp_path, receiver, spans, export_queue=queue).finish()
    _all_arrived(receiver, said, spans)
    if spans * (BODY + 4096) < queue:
        assert (said["stripped"], errors) == (0, "")
    assert {why for _, why in receiver.spans().values()} <= {"-", "queue full"}


@PROTOCOLS
@_sizes(spans=150, queue=4 * MIB)
def test_a_receiver_that_is_busy_gets_every_span_when_it_is_not(
    tmp_path: Path, receiver: Receiver, spans: int, queue: int
) -> None:
    receiver.start(busy=5 if spans == FULL else 1)
    said, errors = Sender(tmp_path, receiver, spans, export_queue=queue).finish()
    _all_arrived(receiver, said, spans)
    assert errors.count("takes no spans at present") == 1
    # The queue was full meanwhile: bodies were left out, which is said once.
    assert 0 < said["stripped"] < spans
    assert errors.count("bodies are left out of spans") == 1
    assert errors.count(f"{said['stripped']} of all without their bodies") == 1


@PROTOCOLS
@_sizes(spans=600, queue=4 * MIB)
def test_a_receiver_that_is_killed_gets_every_span_once_it_is_back(
    tmp_path: Path, receiver: Receiver, spans: int, queue: int
) -> None:
    receiver.start()
    sender = Sender(tmp_path, receiver, spans, export_queue=queue)
    wait_until(receiver.spans, "spans arrive")
    receiver.kill()
    receiver.start()
    said, _ = sender.finish()
    _all_arrived(receiver, said, spans)


@PROTOCOLS
@_sizes(spans=300, queue=4 * MIB)
def test_of_a_receiver_that_never_comes_back_the_loss_is_exact_and_the_end_is_near(
    tmp_path: Path, receiver: Receiver, spans: int, queue: int
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        receiver.port = taken.getsockname()[1]  # nobody listens there
        said, errors = Sender(tmp_path, receiver, spans, export_queue=queue, flush=0).finish()
    lost = sum(said["dropped"].values())
    assert (said["ended"], said["delivered"], said["waiting"], lost) == (spans, 0, 0, spans)
    assert errors.count(f"{spans} spans were lost") == 1
    # The queue, a batch of 3.5 MB on its way with its encoding, and what Python keeps.
    assert said["added_kib"] < (queue + 48 * MIB) / 1024
    assert said["end_seconds"] < 6


@PROTOCOLS
def test_one_that_takes_less_than_a_batch_gets_it_in_parts(
    tmp_path: Path, receiver: Receiver
) -> None:
    receiver.start(limit=300_000)
    said, errors = Sender(tmp_path, receiver, 40).finish()
    _all_arrived(receiver, said, 40)
    assert (said["stripped"], errors) == (0, "")


@PROTOCOLS
def test_one_that_takes_less_than_a_body_gets_the_span_without_it(
    tmp_path: Path, receiver: Receiver
) -> None:
    receiver.start(limit=20_000)
    said, errors = Sender(tmp_path, receiver, 40).finish()
    _all_arrived(receiver, said, 40)
    assert said["stripped"] == 40
    assert {why for _, why in receiver.spans().values()} == {"too large for the receiver"}
    assert errors.count("bodies are left out of spans") == 1


@PROTOCOLS
def test_one_that_takes_less_than_a_bare_span_loses_it_counted(
    tmp_path: Path, receiver: Receiver
) -> None:
    receiver.start(limit=40)
    said, errors = Sender(tmp_path, receiver, 3).finish()
    assert (said["delivered"], said["dropped"]) == (0, {"too large for the receiver": 3})
    assert errors.count("3 spans were lost (3 too large for the receiver)") == 1
