"""Setting recording up is interrupted, or fails: it is on all the same from then on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = """
import gc, logging, os, signal, sys, threading, time, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(204)
        self.end_headers()


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()


def call(path="/"):
    urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}{path}").read()


import otelhook
handle = otelhook.instrument("interrupted")
"""
TAIL = """
for number in range(5):
    call(f"/{number}")
handle.force_flush()
print(handle.counts.delivered >= 5, [type(one).__name__ for one in handle._made])
"""

INTERRUPTED = {
    "a signal": """
signal.signal(signal.SIGALRM, lambda *_: call("/signal"))
signal.setitimer(signal.ITIMER_REAL, DELAY)
call()
signal.setitimer(signal.ITIMER_REAL, 0)
""",
    "a log handler": """
os.environ["OTEL_RESOURCE_ATTRIBUTES"] = "bad"


class Calling(logging.Handler):
    def emit(self, record):
        call("/log")


logging.getLogger().addHandler(Calling())
""",
    "garbage": """
class Lease:
    def __init__(self):
        self.me = self

    def __del__(self):
        call("/lease")


gc.collect()
gc.set_threshold(THRESHOLD)
for _ in range(20):
    Lease()
""",
    "a thread": """
threads = [threading.Thread(target=call, args=(f"/t{n}",)) for n in range(8)]
for thread in threads:
    thread.start()
call()
for thread in threads:
    thread.join()
""",
    "a profiler": """
from itertools import count
calls = count()


def profile(frame, event, argument):
    if event == "call" and next(calls) % 5000 == 4999:
        sys.setprofile(None)
        call("/profile")
        sys.setprofile(profile)


sys.setprofile(profile)
call()
sys.setprofile(None)
""",
}


def run(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("OTEL")}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", HEAD + body + TAIL],
        env=environ | {"OTELHOOK_DATA_DIR": str(folder / "data")},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("by", INTERRUPTED)
def test_what_makes_a_call_meanwhile_does_not_switch_recording_off(by, tmp_path):
    body = INTERRUPTED[by].replace("DELAY", "0.15").replace("THRESHOLD", "1500")
    done = run(tmp_path, body)
    assert done.stdout == "True ['ByteBoundedProcessor']\n", done.stderr
    assert "otelhook" not in done.stderr


@pytest.mark.long
@pytest.mark.parametrize("delay", [0.02 * number for number in range(1, 21)])
def test_twenty_moments_of_a_signal(delay, tmp_path):
    done = run(tmp_path, INTERRUPTED["a signal"].replace("DELAY", f"{delay:.2f}"))
    assert done.stdout == "True ['ByteBoundedProcessor']\n", done.stderr
    assert "otelhook" not in done.stderr


FAILING = """
import otelhook.capture.setup.service as service
service._PAUSE = 0.2
import FIRST_MODULE as module
name, whole = "FUNCTION", module.FUNCTION


def fails(*args, **kwargs):
    raise OSError(24, "Too many open files")


setattr(module, name, fails)
call()
assert handle._scope is None
setattr(module, name, whole)
time.sleep(0.3)
"""


@pytest.mark.parametrize(
    ("module", "function"),
    [
        ("otelhook.exporters.setup", "span_processors"),
        ("otelhook.capture.setup.provider", "make_provider"),
        ("otelhook.capture.record.scope", "make_scope"),
    ],
)
def test_a_set_up_that_failed_is_tried_again_after_a_pause(module, function, tmp_path):
    body = FAILING.replace("FIRST_MODULE", module).replace("FUNCTION", function)
    done = run(tmp_path, body)
    assert done.stdout == "True ['ByteBoundedProcessor']\n", done.stderr
    assert done.stderr.count("this is said once") == 1


HALF_LOADED = """
import importlib.abc, sys


class Meeting(importlib.abc.MetaPathFinder):
    # a library that imports http.client while one of ours, or what ours needs, is being imported

    def find_spec(self, name, path=None, target=None):
        if name == NAME:
            sys.meta_path.remove(self)
            import http.client
        return None


sys.modules.pop("http.client", None)
sys.meta_path.insert(0, Meeting())
import otelhook
handle = otelhook.instrument("circle")
import requests
import http.client
print(hasattr(http.client.HTTPConnection.putrequest, "__wrapped__"))
"""


@pytest.mark.parametrize(
    "name",
    [
        "otelhook.capture.clients.client_hop",
        "otelhook.capture.clients.requests_hook",
        "otelhook.capture.record.scope",
        "opentelemetry.instrumentation.utils",
    ],
)
def test_a_hook_whose_import_is_met_half_loaded_is_put_in_place_after_it(name, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", HALF_LOADED.replace("NAME", repr(name))],
        env=os.environ | {"OTELHOOK_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


FORKS = """
import urllib.request


def child():
    pid = os.fork()
    if pid == 0:
        call("/child")
        ENDS
    _, status = os.waitpid(pid, 0)
    print("child", os.waitstatus_to_exitcode(status), flush=True)


call("/parent")
thread = threading.Thread(target=child)
thread.start()
thread.join(20)
assert not thread.is_alive()
"""


@pytest.mark.parametrize("ends", ["sys.exit(0)", "return", "os._exit(0)"])
def test_a_child_that_a_thread_forked_ends_as_without_us(ends, tmp_path):
    done = run(tmp_path, FORKS.replace("ENDS", ends))
    assert done.stdout.splitlines()[0] == "child 0", done.stderr
    spools = list((tmp_path / "data" / "spool").iterdir())
    assert len(spools) == (1 if ends == "os._exit(0)" else 2)
