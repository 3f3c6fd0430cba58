"""Programs without a line of ours, started with our folder on their path."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from otelhook.capture.bootstrap import child_environment, folder

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return child_environment(environ | {"OTELHOOK_DATA_DIR": str(tmp_path / "data")} | more)


def run(code: str, environ: dict[str, str], python: str = sys.executable):
    return subprocess.run(
        [python, "-c", code],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def spooled(tmp_path: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*.otlp"))


def test_a_plain_program_is_captured_under_the_parent_that_was_named(tmp_path):
    environ = environment(tmp_path, OTELHOOK_SERVICE="plain", TRACEPARENT=PARENT)

    done = run(
        "import requests\n"
        "try: requests.get('http://127.0.0.1:1/some/path?token=hunter2')\n"
        "except requests.ConnectionError: print('refused')",
        environ,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "refused\n", "")
    data = spooled(tmp_path)
    assert bytes.fromhex(PARENT.split("-")[1]) in data
    assert bytes.fromhex(PARENT.split("-")[2]) in data
    assert b"/some/path" in data
    assert b"plain" in data
    assert b"hunter2" not in data


SERVERS = {
    "wsgiref": """
from wsgiref.simple_server import make_server, WSGIRequestHandler
class Quiet(WSGIRequestHandler):
    def log_message(self, *a): pass
server = make_server("127.0.0.1", 0, app, handler_class=Quiet)
port, run, stop = server.server_port, server.handle_request, lambda: thread.join(5)
""",
    "werkzeug": """
import logging
logging.getLogger("werkzeug").setLevel("ERROR")
from werkzeug.serving import make_server
server = make_server("127.0.0.1", 0, app)
port, run, stop = server.server_port, server.handle_request, lambda: thread.join(5)
""",
    "waitress": """
from waitress.server import create_server
server = create_server(app, host="127.0.0.1", port=0)
port, run = server.effective_port, server.run
stop = lambda: server.task_dispatcher.shutdown(timeout=30)
""",
    "cheroot": """
from cheroot.wsgi import Server
server = Server(("127.0.0.1", 0), app)
server.prepare()
port, run, stop = server.bind_addr[1], server.serve, server.stop
""",
    "eventlet": """
import warnings
warnings.simplefilter("ignore")
import eventlet, eventlet.wsgi
listening = eventlet.listen(("127.0.0.1", 0))
port = listening.getsockname()[1]
run = lambda: eventlet.wsgi.server(listening, app, log_output=False)
stop = lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/again").read()
""",
    "gevent": """
from gevent.pywsgi import WSGIServer
def run():
    global server
    server = WSGIServer(("127.0.0.1", 0), app, log=None)
    server.start()
    started.set()
    server.serve_forever()
started = threading.Event()
class port:
    def __format__(self, _): started.wait(30); return str(server.server_port)
port = port()
stop = lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/again").read()
""",
}


@pytest.mark.parametrize("server", SERVERS)
def test_an_application_is_captured_where_the_server_receives_it(tmp_path, server):
    pytest.importorskip(server)
    program = f"""
import threading, urllib.request
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"answer of app"]
{SERVERS[server]}
thread = threading.Thread(target=run, daemon=True)
thread.start()
print(urllib.request.urlopen(f"http://127.0.0.1:{{port}}/asked").read())
stop()
"""
    done = run(program, environment(tmp_path))

    assert (done.returncode, done.stdout, done.stderr) == (0, "b'answer of app'\n", "")
    data = spooled(tmp_path)
    assert b"/asked" in data
    assert b"answer of app" in data


def test_a_sitecustomize_that_ours_shadows_still_runs(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("print('theirs')")

    done = run(
        "import sys, sitecustomize; print(sitecustomize.__file__)",
        environment(tmp_path, PYTHONPATH=str(tmp_path)),
    )

    assert done.stdout == f"theirs\n{tmp_path / 'sitecustomize.py'}\n"
    assert done.stderr == ""


def test_our_folder_does_not_stay_on_the_programs_path(tmp_path):
    done = run("import sys; print(sys.path)", environment(tmp_path))

    assert str(folder()) not in done.stdout


def test_a_broken_sitecustomize_that_ours_shadows_is_reported_as_without_us(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import does_not_exist")

    done = run("print('ran')", environment(tmp_path, PYTHONPATH=str(tmp_path)))

    assert done.stdout == "ran\n"
    assert "does_not_exist" in done.stderr


def test_a_wrong_setting_is_one_line_and_the_program_runs(tmp_path):
    done = run("print('ran')", environment(tmp_path, OTELHOOK_BODY_LIMIT="much"))

    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert done.stderr.startswith("otelhook: OTELHOOK_BODY_LIMIT: ")
    assert len(done.stderr.splitlines()) == 1


def test_an_interpreter_without_otelhook_says_once_how_to_install_it_there(tmp_path):
    venv.create(tmp_path / "venv", symlinks=True, with_pip=False)
    python = str(tmp_path / "venv/bin/python")
    (tmp_path / "run").mkdir()
    environ = environment(tmp_path, OTELHOOK_RUN_DIR=str(tmp_path / "run"))
    program = f"import subprocess; subprocess.run([{python!r}, '-c', 'print(2)']); print(1)"

    done = run(program, environ, python)

    assert (done.returncode, sorted(done.stdout.split())) == (0, ["1", "2"])
    assert done.stderr == (
        f"otelhook: {python} has no otelhook, so this program is not captured; install it "
        f"there, from a clone: {python} -m pip install .\n"
    )


def test_the_childs_environment_is_a_copy_with_our_folder_first():
    before = {"PYTHONPATH": f"/a{os.pathsep}/b", "TRACESTATE": "x=y"}

    child = child_environment(before, traceparent=PARENT, service="s", run_folder=Path("/r"))

    assert child == {
        "PYTHONPATH": os.pathsep.join([str(folder()), "/a", "/b"]),
        "TRACEPARENT": PARENT,
        "OTELHOOK_SERVICE": "s",
        "OTELHOOK_CALLER": "on",
        "OTELHOOK_PATH_NAMES": "on",
        "OTELHOOK_PROVIDER": "both",
        "OTELHOOK_RUN_DIR": "/r",
    }
    assert before == {"PYTHONPATH": f"/a{os.pathsep}/b", "TRACESTATE": "x=y"}
    assert child_environment(child) == child
