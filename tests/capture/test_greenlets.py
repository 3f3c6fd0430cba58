"""Under eventlet and gevent: spans leave, greenlets belong to who started them, nothing is lost."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from otelhook.model import Span, SpanKind
from tests.spools import read_spools
from tests.waiting import wait_until

PROGRAMS = Path(__file__).parent / "green"
RECEIVER = Path(__file__).parent.parent / "exporters" / "receiver.py"
DEADLINE = 30.0

PIPELINE = """
[app:fanning]
paste.app_factory = fanning:make

[filter:recorded]
use = egg:otelhook
service = {service}
data_dir = {data_dir}

[pipeline:main]
pipeline = {pipeline}
"""


class Server:
    """A running server of a test: a service of its own with a data folder of its own."""

    def __init__(self, address: str, process: subprocess.Popen[str], data_dir: Path) -> None:
        self.address = address
        self.process = process
        self.data_dir = data_dir

    def ask(
        self, path: str, body: bytes | None = None, method: str = ""
    ) -> http.client.HTTPResponse:
        """Send a request; returns the answer with its body read."""
        connection = http.client.HTTPConnection(self.address, timeout=DEADLINE)
        connection.request(method or ("GET" if body is None else "POST"), path, body)
        response = connection.getresponse()
        response.told = response.read()  # type: ignore[attr-defined]
        connection.close()
        return response

    def end(self) -> tuple[int, str]:
        """Send SIGTERM; returns the exit status and what was written to standard error."""
        if self.process.poll() is None:
            # An answer is with the client before its request has ended; before the next it has.
            self.ask("/echo?last")
            self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=DEADLINE)
        complaints = [line for line in said.splitlines() if "[INFO]" not in line]
        return self.process.returncode, "\n".join(complaints)

    def spans(self) -> list[Span]:
        """Return what its spools hold in order of their start, without the last request's."""
        found = read_spools(self.data_dir / "spool")
        asked = [span for span in found if span.attributes.get("url.query") != "last"]
        return sorted(asked, key=lambda span: span.start_time)


Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a server by its kind; all are ended with the test."""
    with ExitStack() as stack:

        def run(
            service: str,
            kind: str,
            when: str = "early",
            *,
            pipeline: str = "recorded fanning",
            **more: str,
        ) -> Server:
            folder = tmp_path / service
            folder.mkdir()
            paste = folder / "paste.ini"
            paste.write_text(PIPELINE.format(service=service, data_dir=folder, pipeline=pipeline))
            environ = {k: v for k, v in os.environ.items() if not k.startswith("OTEL")}
            environ |= {"PYTHONPATH": str(PROGRAMS), "OTELHOOK_SERVICE": service}
            environ |= {"OTELHOOK_DATA_DIR": str(folder), **more}
            environ["PYTHONWARNINGS"] = "ignore"  # eventlet says at import that it is deprecated
            # It imports dnspython otherwise, that httpcore2, and that what eventlet cannot patch.
            environ["EVENTLET_NO_GREENDNS"] = "yes"
            command = [sys.executable, str(PROGRAMS / "like_swift.py"), str(paste), when]
            if kind == "gunicorn":
                command = [sys.executable, "-m", "gunicorn", "-k", "gevent", "-b", "127.0.0.1:0"]
                command += ["--no-control-socket", "fanning:app"]
                command += ["--preload"] if when == "late" else []
            process = subprocess.Popen(
                command,
                env=environ,
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            server = Server(_address(process, kind), process, folder)
            stack.callback(server.end)
            return server

        yield run


def _address(process: subprocess.Popen[str], kind: str) -> str:
    assert process.stdout is not None
    assert process.stderr is not None
    if kind != "gunicorn":
        return process.stdout.readline().strip() or pytest.fail(process.stderr.read())
    address = ""
    for line in process.stderr:
        if "Listening at: " in line:
            address = line.split("Listening at: http://")[1].split()[0]
        if "Booting worker" in line:
            return address
    return pytest.fail(f"gunicorn did not start: {address}")


@pytest.mark.parametrize("when", ["early", "late", "used"])
def test_a_service_that_begins_like_swift_loses_no_span_at_sigterm(start, when):
    server = start("front", "eventlet", when)

    bodies = [server.ask(f"/echo?{number}", b"!").told for number in range(20)]
    status, said = server.end()

    assert bodies == [f"{number}!".encode() for number in range(20)]
    assert (status, said) == (128 + signal.SIGTERM, "")
    told = [span.attributes["http.response.body.content"] for span in server.spans()]
    expected = ["at start"] * (when == "used") + [body.decode() for body in bodies]
    assert told == expected


@pytest.mark.parametrize("when", ["early", "late"])
@pytest.mark.parametrize(
    ("kind", "fan", "calls"),
    [("eventlet", "eventlet", 13), ("gunicorn", "gevent", 12), ("eventlet", "threads", 5)],
)
def test_what_greenlets_and_threads_call_stands_in_the_trace_of_who_started_them(
    start, kind, fan, calls, when
):
    back = start("back", kind)
    front = start("front", kind, when, FAN=fan, BACK=back.address)

    told = [front.ask("/fan").told.decode().split() for _ in range(2)]
    assert [len(one) for one in told] == [calls, calls]
    assert (front.end()[1], back.end()[1]) == ("", "")

    spans = [*front.spans(), *back.spans()]
    roots = [span for span in spans if span.attributes.get("url.path") == "/fan"]
    assert len({root.trace_id for root in roots}) == len(roots) == 2
    assert len([one for one in spans if one.kind is SpanKind.SERVER]) == 2 * (1 + calls)
    for root in roots:
        trace = [span for span in spans if span.trace_id == root.trace_id]
        hops = {span.span_id: span for span in trace if span.kind is SpanKind.CLIENT}
        assert {hop.parent_span_id for hop in hops.values()} == {root.span_id}
        answered = [span for span in trace if span.kind is SpanKind.SERVER and span is not root]
        assert sorted(str(span.parent_span_id) for span in answered) == sorted(hops)
        bodies = [str(span.attributes["http.response.body.content"]) for span in answered]
        assert sorted(bodies) == told[0]


def test_eventlet_sends_what_it_sends_without_us(start, tmp_path):
    """Content-Length above all: swift's proxy hangs where a backend answers in chunks."""
    bare = start("bare", "eventlet", pipeline="fanning")
    ours = start("ours", "eventlet")

    for method, path, body in (
        ("GET", "/echo?list", None),
        ("GET", "/sized", None),
        ("GET", "/generated", None),
        ("GET", "/empty", None),
        ("GET", "/none", None),
        ("HEAD", "/echo?list", None),
        ("PUT", "/echo?put", b"sent"),
        ("PUT", "/unread", b"sent"),
        ("PUT", "/echo?empty", b""),
    ):
        answers = [server.ask(path, body, method) for server in (bare, ours)]
        seen = [
            (
                answer.status,
                answer.told,
                sorted((name, value) for name, value in answer.getheaders() if name != "Date"),
            )
            for answer in answers
        ]
        assert seen[0] == seen[1], (method, path)
    assert ours.end() == bare.end()
    assert len(ours.spans()) == 9


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_a_worker_sends_to_a_receiver_and_goes_on_while_that_is_busy(start, tmp_path, protocol):
    report = tmp_path / "report"
    receiver = subprocess.Popen(
        [sys.executable, str(RECEIVER), protocol.partition("/")[0], "0", "4194304", "2", report],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert receiver.stdout is not None
        address = f"http://127.0.0.1:{receiver.stdout.readline().strip()}"
        server = start(
            "front",
            "eventlet",
            "late",
            OTEL_EXPORTER_OTLP_ENDPOINT=address,
            OTEL_EXPORTER_OTLP_PROTOCOL=protocol,
        )
        asked = [server.ask(f"/echo?{number}").status for number in range(10)]
        assert not report.exists() or not report.read_text()  # it is busy, and we were answered

        wait_until(
            lambda: len(report.read_text().splitlines()) >= len(asked), "all were told to wait"
        )
        status, said = server.end()
        assert status == 128 + signal.SIGTERM
        assert "takes no spans at present" in said
    finally:
        receiver.kill()
        receiver.communicate()


@pytest.mark.parametrize("when", ["early", "late"])
def test_first_requests_that_come_at_once_are_all_answered_and_recorded_once(start, when):
    """The SDK's way to its resource holds a lock while greenlets switch, which stops them all."""
    server = start("front", "eventlet", when)
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda number: server.ask(f"/echo?{number}").told, range(8)))

    assert bodies == [str(number).encode() for number in range(8)]
    assert server.end() == (128 + signal.SIGTERM, "")
    told = [span.attributes["http.response.body.content"] for span in server.spans()]
    assert sorted(told) == [body.decode() for body in bodies]
    assert len(list((server.data_dir / "spool").glob("*.otlp"))) == 1


def test_sigterm_ends_the_span_of_a_request_that_waits_for_another_service(start):
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(1) as pool:
        server = start("front", "eventlet", BACK=f"127.0.0.1:{silent.getsockname()[1]}")
        asked = pool.submit(server.ask, "/forward?on")
        silent.settimeout(DEADLINE)
        connection, _ = silent.accept()
        with connection:
            assert connection.recv(4) == b"GET "
            assert server.end() == (128 + signal.SIGTERM, "")
        assert isinstance(asked.exception(), ConnectionError | http.client.HTTPException)

    (answering,) = [span for span in server.spans() if span.kind is SpanKind.SERVER]
    assert answering.attributes["url.path"] == "/forward"
    assert "http.response.status_code" not in answering.attributes
