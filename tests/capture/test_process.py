"""How a program starts and ends with capture on; each in a process of its own."""

from __future__ import annotations

import gc
import io
import json
import os
import signal
import subprocess
import sys
import threading
from typing import Any
from wsgiref.util import FileWrapper

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

import otelhook
from otelhook.capture.record.in_flight import unfinished
from otelhook.capture.setup.process import Process, program_name, service_name
from otelhook.errors import ConfigError
from tests.spools import read_spools

HEAD = """
import os, signal, sys, threading, time
import otelhook, requests
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

class Lines(ConsoleSpanExporter):
    def export(self, spans):
        with open(os.environ["SPANS"], "a") as file:
            for span in spans:
                file.write(span.to_json(indent=None) + "\\n")

def instrument(**more):
    processor = BatchSpanProcessor(Lines(), schedule_delay_millis=600000)
    return otelhook.instrument("program", span_processors=[processor], **more)

def call():
    try:
        requests.get("http://127.0.0.1:1/", timeout=5)
    except requests.ConnectionError:
        pass
"""


@pytest.fixture
def run(tmp_path):
    """Run a program; returns how it ended and the spans it left."""

    def start(body: str, **environ: str) -> tuple[subprocess.CompletedProcess[str], list[Any]]:
        spans = tmp_path / "spans"
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", HEAD + body],
            env=os.environ | {"SPANS": str(spans)} | environ,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        lines = spans.read_text().splitlines() if spans.exists() else []
        return done, [json.loads(line) for line in lines]

    return start


def test_importing_otelhook_loads_no_opentelemetry(run):
    done, _ = run("print()", PYTHONPATH="")
    code = "import sys, otelhook; print([m for m in sys.modules if m.startswith('opentelem')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_instrumenting_loads_no_opentelemetry_and_no_requests_until_they_are_used():
    code = (
        "import sys, otelhook; otelhook.instrument('x')\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('opentelemetry', 'requests')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_the_last_spans_leave_at_a_normal_exit(run):
    done, spans = run("instrument(); call()")

    assert (done.returncode, done.stderr) == (0, "")
    assert len(spans) == 1


def test_the_last_spans_leave_at_sigterm_and_the_program_dies_of_it(run):
    done, spans = run("instrument(); call(); os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)")

    assert (done.returncode, done.stderr) == (-signal.SIGTERM, "")
    assert len(spans) == 1


def test_what_is_being_answered_at_sigterm_is_recorded_as_far_as_it_went(run):
    done, spans = run(
        "instrument()\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Length', '4')])\n"
        "    yield b'half'\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    time.sleep(30)\n"
        "from wsgiref.util import setup_testing_defaults\n"
        "environ = {'PATH_INFO': '/long'}\n"
        "setup_testing_defaults(environ)\n"
        "for chunk in otelhook.Middleware(app)(environ, lambda *_: None): pass\n"
    )

    assert (done.returncode, done.stderr) == (-signal.SIGTERM, "")
    (span,) = spans
    assert span["attributes"]["url.path"] == "/long"
    assert span["attributes"]["http.response.status_code"] == 200


def test_sigterm_ends_the_program_although_it_interrupts_who_holds_a_spans_lock(run):
    done, _ = run(
        "from opentelemetry import trace\n"
        "instrument()\n"
        "def app(environ, start_response):\n"
        "    with trace.get_current_span()._lock:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        time.sleep(100)\n"
        "from wsgiref.util import setup_testing_defaults\n"
        "environ = {}\n"
        "setup_testing_defaults(environ)\n"
        "otelhook.Middleware(app)(environ, lambda *_: None)\n"
    )

    assert (done.returncode, done.stderr) == (-signal.SIGTERM, "")


SENDS_FIRST = """
import os, signal
calls = []
def sends(*arguments, **more):
    calls.append(1)
    if len(calls) == 1:
        os.kill(os.getpid(), signal.SIGTERM)
    return act(*arguments, **more)
"""
"""Stands in one of our modules' place: the code that the signal interrupts is ours."""


@pytest.mark.parametrize(
    "where",
    [
        "otelhook.exporters.processor.Tally.ended",  # holding the queue's lock
        "otelhook.capture.server.exchange.ServerExchange._finish",  # no longer among the unfinished
        "otelhook.exporters.processor.ByteBoundedProcessor.on_end",  # ended, and not yet queued
        "otelhook.capture.setup.service.Instrumentation.scope",  # at a request's begin
    ],
)
def test_sigterm_in_the_midst_of_our_work_loses_no_span(run, where, tmp_path):
    done, _ = run(
        "from importlib import import_module\n"
        "from threading import Event, Thread\n"
        "from wsgiref.util import setup_testing_defaults\n"
        "otelhook.instrument('program', data_dir=os.environ['DATA'])\n"
        "inside = Event()\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    if environ['PATH_INFO'] == '/slow':\n"
        "        inside.set()\n"
        "        time.sleep(30)\n"
        "    return []\n"
        "def ask(path):\n"
        "    environ = {'PATH_INFO': path}\n"
        "    setup_testing_defaults(environ)\n"
        "    answer = wrapped(environ, lambda *_: None)\n"
        "    list(answer)\n"
        "    answer.close()\n"
        "wrapped = otelhook.Middleware(app)\n"
        "ask('/warm')\n"
        "Thread(target=ask, args=['/slow'], daemon=True).start()\n"
        "assert inside.wait(30)\n"
        "module, owner, name = os.environ['WHERE'].rsplit('.', 2)\n"
        "owner = getattr(import_module(module), owner)\n"
        "namespace = {'__name__': 'otelhook.planted', 'act': getattr(owner, name)}\n"
        "exec(os.environ['PLANTED'], namespace)\n"
        "setattr(owner, name, namespace['sends'])\n"
        "ask('/last')\n"
        "time.sleep(30)\n",
        WHERE=where,
        PLANTED=SENDS_FIRST,
        DATA=str(tmp_path),
    )

    assert (done.returncode, done.stderr) == (-signal.SIGTERM, "")
    paths = [str(span.attributes["url.path"]) for span in read_spools(tmp_path / "spool")]
    assert sorted(paths) == ["/last", "/slow", "/warm"]


def test_a_forked_child_does_not_end_what_its_parent_answers(run):
    done, spans = run(
        "instrument()\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        import atexit; atexit._run_exitfuncs(); os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "    return []\n"
        "from wsgiref.util import setup_testing_defaults\n"
        "environ = {'PATH_INFO': '/forking'}\n"
        "setup_testing_defaults(environ)\n"
        "for chunk in otelhook.Middleware(app)(environ, lambda *_: None): pass\n"
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert [span["attributes"]["url.path"] for span in spans] == ["/forking"]


def test_a_handler_of_the_programs_own_is_left_alone(run):
    done, spans = run(
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n"
        "instrument(); call(); os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)"
    )

    assert done.returncode == 3
    assert len(spans) == 1


def test_an_ignored_sigterm_stays_ignored(run):
    done, spans = run(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "instrument(); call(); os.kill(os.getpid(), signal.SIGTERM)"
    )

    assert done.returncode == 0
    assert len(spans) == 1


def test_instrumenting_in_another_thread_sets_no_signal_handler(run):
    done, spans = run(
        "thread = threading.Thread(target=instrument); thread.start(); thread.join()\n"
        "assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL\n"
        "call()"
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert len(spans) == 1


def test_an_exporter_that_hangs_does_not_keep_the_program_at_sigterm(run):
    done, _ = run(
        "import otelhook.capture.setup.process as p; p.EXIT_DEADLINE = 0.2\n"
        "p.Instrumentation.shutdown.__defaults__ = (0.2,)\n"
        "Lines.export = lambda self, spans: time.sleep(600)\n"
        "instrument(); call(); os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)"
    )

    assert done.returncode == -signal.SIGTERM


def test_the_disabled_sdk_captures_nothing_and_changes_nothing(run):
    done, spans = run(
        "before = requests.adapters.HTTPAdapter.send\n"
        "instrument(); call()\n"
        "assert requests.adapters.HTTPAdapter.send is before\n"
        "assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL",
        OTEL_SDK_DISABLED="true",
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert spans == []


def test_exporters_that_cannot_be_made_do_not_break_the_program(run):
    done, _ = run(
        "import otelhook.exporters.setup as s\n"
        "s.span_processors = lambda *_: 1 / 0\n"
        "otelhook.instrument('x'); call(); call(); print('ran')"
    )

    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert done.stderr.count("otelhook cannot export spans") == 1


def test_a_wrong_setting_is_said_at_once():
    with pytest.raises(ConfigError, match="body_limit"):
        otelhook.instrument("x", body_limit="much")
    with pytest.raises(ConfigError, match="unknown setting"):
        otelhook.Middleware(lambda environ, start: [], service="x", body_limits=1)


def test_the_same_service_is_instrumented_once(instrument):
    first = instrument("one")

    assert instrument("one") is first
    assert otelhook.instrument() is first
    assert instrument("two") is not first


def test_ending_twice_is_ending_once(instrument):
    handle = instrument()
    assert handle.tracer_provider is handle.tracer_provider

    assert handle.shutdown()
    assert handle.shutdown()
    assert handle.scope() is None


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["/v/bin/python", "/v/bin/openstack", "image", "list"], "openstack"),
        (["python3", "-m", "package.module", "-x"], "package.module"),
        (["python3", "-W", "error", "-X", "dev", "serve.py"], "serve"),
        (["python3", "-c", "pass"], "python"),
        (["python3", "-"], "python"),
        (["python3"], "python"),
        ([], "python"),
    ],
)
def test_a_program_is_named_by_its_command(arguments, name):
    assert program_name(arguments) == name


def test_a_resource_attribute_names_the_service():
    environ = {"OTEL_RESOURCE_ATTRIBUTES": "a=b,service.name=my%20image,c=d"}

    assert service_name(environ) == "my image"


def test_many_threads_that_need_the_provider_first_get_one(tmp_path):
    made = Process().instrument("x", {}, environ={"HOME": str(tmp_path)}, default=True)
    found: list[object] = []
    barrier = threading.Barrier(8)

    def need() -> None:
        barrier.wait()
        found.append(made.scope())

    threads = [threading.Thread(target=need) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1
    made.uninstrument()


@pytest.mark.parametrize("named", ["", "otel", "process"])
def test_the_resource_is_what_the_sdk_makes_of_the_environment(monkeypatch, tmp_path, named):
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=lab,service.name=other")
    monkeypatch.setenv("OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", named)
    made = Process().instrument(
        "x", {"data_dir": str(tmp_path)}, environ={}, span_processors=(), default=True
    )
    attributes = dict(made.tracer_provider.resource.attributes)
    own = {key: attributes[key] for key in ("service.name", "service.instance.id", "host.name")}
    expected = Resource.create({**own, "process.pid": os.getpid()})
    made.uninstrument()

    assert attributes == dict(expected.attributes)
    assert attributes["deployment.environment"] == "lab"


def test_a_request_whose_file_the_server_forgets_is_not_kept_for_ever():
    def app(environ, start_response):
        start_response("200 OK", [])
        return environ["wsgi.file_wrapper"](io.BytesIO(b"never sent"))

    provider = TracerProvider(shutdown_on_exit=False)
    wrapped: Any = otelhook.Middleware(app, service="x", tracer_provider=provider)
    environ = {"REQUEST_METHOD": "GET", "wsgi.file_wrapper": FileWrapper}
    gc.collect()
    before = len(unfinished)
    body = wrapped({**environ, "wsgi.input": io.BytesIO()}, lambda *_: None)
    assert len(unfinished) == before + 1
    del body
    gc.collect()
    assert len(unfinished) == before


@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_a_process_of_multiprocessing_sends_its_last_spans(run, how, tmp_path):
    (tmp_path / "work.py").write_text(HEAD + "instrument()\n\ndef work():\n    call()\n")
    done, spans = run(
        "import multiprocessing, sys\n"
        "sys.path.insert(0, '.')\n"
        "import work\n"
        f"child = multiprocessing.get_context({how!r}).Process(target=work.work)\n"
        "child.start(); child.join()\n"
        "print(child.exitcode)"
    )
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr
    assert len(spans) == 1
