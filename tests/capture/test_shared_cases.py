"""Programs that once met something else with us than without, as they were found.

Each is run bare and with otelhook: what it prints and how it ends are the same, and its spans are
what they should be. Variants of each kind are in `test_kinds_of_programs`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.spools import read_spools

CASES = Path(__file__).parents[3] / "shared" / "cases" / "capture"
_SPAN = re.compile(
    r"  span (?P<kind>\w+) (?P<name>\S+) \('(?P<service>\w*)', '?(?P<url>[^')]*)'?\)"
    r" (?P<status>\w+) status=(?P<state>\w+) err=(?P<error>\w+)"
)
_COUNTS = re.compile(r"Counts\(ended=(\d+), delivered=(\d+), stripped=0, dropped_by=\{\}\)")

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/cases/capture")


@dataclass(frozen=True)
class Ran:
    """A program that has ended; its spans are what it printed of them."""

    code: int
    out: str
    err: str
    spans: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def of(self, kind: str) -> list[dict[str, str]]:
        return [span for span in self.spans if span["kind"] == kind]


def _same(text: str) -> str:
    return re.sub(r"0x[0-9a-f]+", "0x", re.sub(r"127\.0\.0\.1:\d+", "HOST", text))


def run(folder: Path, words: Sequence[str], lab: str, **more: str) -> Ran:
    tools = str(Path(sys.executable).parent)
    environ = {
        **os.environ,
        "LAB": lab,
        "OTELHOOK_DATA_DIR": str(folder / "data"),
        "TMPDIR": str(folder),
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }
    done = subprocess.run(
        [sys.executable, *words],
        cwd=CASES,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    spans = [found.groupdict() for found in map(_SPAN.match, done.stderr.splitlines()) if found]
    return Ran(done.returncode, _same(done.stdout), done.stderr, spans)


STEADY = """
import atexit, os, runpy, signal, sys
sys.argv = sys.argv[1:]
sys.path.insert(0, os.getcwd())
import lab, requests

served = lab.serve


def serve(answer, host="127.0.0.1"):
    if sys.argv[0].startswith("c12"):  # it counts its requests
        return served(answer, host)
    reading, telling = os.pipe()
    waiting, holding = os.pipe()
    if os.fork() == 0:
        os.close(holding)
        os.write(telling, served(answer, host)[1].encode())
        os.read(waiting, 1)  # until the program has ended
        os._exit(0)
    base = os.read(reading, 100).decode()
    requests.get(base + "/before")  # what requests imports by then; the row does so bare only
    return None, base, []


lab.serve = serve
atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""What makes the bare runs of two rows sure. An alarm that comes when the interpreter has put back
the default handlers ends the process: it is taken back before. And garbage is collected by
whichever thread comes to it: what calls its own server in that server's thread waits for ever, so
that the server is a process of its own."""


def both(folder: Path, *words: str, **more: str) -> Ran:
    """Run a program twice, hold the two to each other, and return the one with us."""
    bare = run(folder, words, "bare", **more)
    ours = run(folder, words, "on", **more)
    assert bare.code == 0, bare.err
    assert (ours.code, ours.out) == (bare.code, bare.out), ours.err
    return ours


def test_a_traceparent_that_the_program_signed_stays_as_it_is(tmp_path: Path) -> None:
    done = both(tmp_path, "c01_signed_traceparent.py")
    assert done.out.count("signature ok") == 4
    assert Counter(span["status"] for span in done.of("CLIENT")) == {"200": 4}
    assert len(re.findall("trace=0af7651916cd", done.err)) == len(done.spans)


def test_a_request_under_vcrpy_is_one_span(tmp_path: Path) -> None:
    pytest.importorskip("vcr")
    done = both(tmp_path, "c03_vcr.py")
    wire = Counter(span["url"].rpartition("/")[2] for span in done.of("CLIENT"))
    # Played back, urllib's goes to nobody; urllib3's pool is asked all the same.
    assert wire == {"a": 2, "b": 2, "f": 2, "c": 1, "d": 2, "after": 1}


def test_vcrpy_that_was_there_first_sees_the_same(tmp_path: Path) -> None:
    pytest.importorskip("vcr")
    done = both(tmp_path, "c03_vcr.py", "late")
    assert Counter(span["url"].rpartition("/")[2] for span in done.of("CLIENT"))["a"] == 2


def test_what_the_program_holds_pickles_and_copies(tmp_path: Path) -> None:
    pytest.importorskip("cloudpickle")
    pytest.importorskip("dill")
    done = both(tmp_path, "c04_pickle.py")
    assert "deepcopy app after a request True" in done.out
    assert "http type is True" in done.out


def test_an_application_within_another_keeps_its_service(tmp_path: Path) -> None:
    done = both(tmp_path, "c05_mounted.py")
    inside = [span for span in done.of("SERVER") if span["url"].startswith("/admin")]
    assert [span["service"] for span in inside] == ["admin", "front", "admin"]
    calls = [span for span in done.of("CLIENT") if "called-by-shop" in span["url"]]
    assert {span["service"] for span in calls} == {"shop"}


@pytest.mark.parametrize("server", ["gunicorn", "werkzeug", "gevent"])
def test_a_websocket_over_wsgi_that_ends_normally_is_no_failure(
    tmp_path: Path, server: str
) -> None:
    pytest.importorskip("simple_websocket")
    done = both(tmp_path, "c06_websocket.py", server)
    assert "101 Switching Protocols" in done.err
    assert not re.search("no answer|\\b500\\b|ConnectionError|StopIteration", done.err)


FLASK_SOCK = """
import os
from flask import Flask
from flask_sock import Sock
app = Flask("fs")
sock = Sock(app)
@sock.route("/echo")
def echo(ws):
    while True: ws.send("you: " + ws.receive())
@sock.route("/bye")
def bye(ws):
    ws.send("bye: " + ws.receive())
    ws.receive(timeout=5)
application = app
if os.environ.get("LAB") != "bare":
    import otelhook
    app.wsgi_app = otelhook.Middleware(app.wsgi_app, service="ws")
"""


@pytest.mark.parametrize("server", ["gunicorn", "werkzeug", "gevent"])
@pytest.mark.parametrize("path", ["echo", "bye"])
def test_flask_socks_websockets_are_no_failures(tmp_path: Path, server: str, path: str) -> None:
    pytest.importorskip("flask_sock")
    (tmp_path / "otelhook-case").mkdir()
    (tmp_path / "otelhook-case" / "fsapp.py").write_text(FLASK_SOCK)
    done = both(tmp_path, "c06_flask_sock.py", server, path)
    assert "101 Switching Protocols" in done.err
    assert not re.search("no answer|\\b500\\b|ConnectionError|StopIteration", done.err)


def test_a_tunnel_to_the_proxys_own_host_has_its_own_port(tmp_path: Path) -> None:
    done = both(tmp_path, "c07_proxy.py")
    proxy, tls, plain = re.findall(
        r"proxy port (\d+) tls port (\d+) plain http://[\d.]+:(\d+)", done.err
    )[0]
    by_path = {span["url"][-1]: span["url"] for span in done.of("CLIENT")}
    assert by_path["g"] == f"https://127.0.0.1:{tls}/g"
    assert by_path["h"] == f"http://127.0.0.1:{plain}/h"
    assert not [url for url in by_path.values() if f":{proxy}/" in url]
    assert len(by_path) == 8


def test_a_child_forked_in_a_thread_that_falls_off_its_end_exits(tmp_path: Path) -> None:
    assert both(tmp_path, "c11_threads_end.py", "fork-in-thread").out == "parent done\n"


@pytest.mark.parametrize("hundredths", range(2, 42, 2))
def test_a_signal_handler_that_calls_does_not_switch_recording_off(
    tmp_path: Path, hundredths: int
) -> None:
    done = both(tmp_path, "-c", STEADY, "c12_signal_init.py", str(hundredths / 100))
    found = _COUNTS.search(done.err)
    assert found, done.err
    # The alarm may come while all before it is flushed: its own call is written at the end.
    assert 4 <= int(found[1]) <= len(read_spools(tmp_path / "data" / "spool")) <= 6
    assert done.out == "True\n"


@pytest.mark.parametrize("words", [("gc", "3000"), ("emfile",), ("loghandler",)])
def test_what_interferes_with_the_first_call_does_not_switch_recording_off(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = both(tmp_path, "-c", STEADY, "c13_first_failure.py", *words)
    assert done.out.splitlines()[-1] == "done"
    found = _COUNTS.search(done.err)
    assert found, done.err
    assert int(found[1]) == int(found[2]) >= 5


def test_baggage_is_written_and_read_where_the_propagators_name_it(tmp_path: Path) -> None:
    done = both(tmp_path, "c15_baggage_async.py", OTEL_PROPAGATORS="tracecontext,baggage")
    assert "outgoing baggage tenant=blue" in done.err
    assert "incoming [mappingproxy({'tenant': 'blue'})] passed on tenant=blue" in done.err
    assert re.search(r"(?m)^1 \[", done.err)  # all calls of the executor are of one trace
    without = both(tmp_path, "c15_baggage_async.py")
    assert "outgoing baggage None" in without.err


@pytest.mark.parametrize("library", ["requests", "urllib3", "urllib"])
def test_beside_stock_urllib3_one_call_has_its_headers_and_bodies(
    tmp_path: Path, library: str
) -> None:
    done = both(tmp_path, "c21_stock_urllib3.py", library)
    assert "1 request on the wire" in done.err
    words = [sys.executable, "-m", "otelhook", "render", "latest", "--format", "json"]
    shown = subprocess.run(
        words,
        env={**os.environ, "OTELHOOK_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert shown.count('"number":') == 2
    assert '"content": "{\\"ok\\":1}"' in shown
    assert '"name": "content-type"' in shown.lower()
    assert ('"content": "a=1"' if library == "urllib" else '\\"a\\":') in shown.replace(" 1", "1")
