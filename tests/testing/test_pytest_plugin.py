"""``pytest --otelhook``, in runs of their own."""

from __future__ import annotations

import html
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

SERVED = """
import json, threading
from wsgiref.simple_server import WSGIRequestHandler, make_server
import pytest, requests


def app(environ, start_response):
    body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    failing = body["item"] == "bad"
    start_response("500 Oh" if failing else "201 Created", [("Content-Type", "application/json")])
    return [b'{"error": "boom"}' if failing else b'{"id": 1}']


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def url():
    server = make_server("127.0.0.1", 0, app, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def prepared(url):
    requests.post(url + "/set-up", json={"item": "first"})


def test_good(url):
    assert requests.post(url + "/orders", json={"item": "ok"}).status_code == 201


def test_bad(url, prepared):
    sent = {"item": "bad", "password": "hunter2"}
    assert requests.post(url + "/orders", json=sent).status_code == 201
"""

CLIENTS = """
import flask, pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

KEPT = []
flask_app = flask.Flask("shop")
flask_app.add_url_rule("/orders", view_func=lambda: ({"id": 1}, 201), methods=["POST"])
flask_app.add_url_rule("/old", "old", view_func=lambda: flask.redirect("/nothing"))


async def order(request):
    await request.body()
    return JSONResponse({"id": 1}, 201)


starlette_app = Starlette(routes=[Route("/orders", order, methods=["POST"])])


def told(document):
    return [(s.source, s.target, s.title) for s in document().steps]


EXPECTED = [
    ("test", "service", "POST /orders"),
    ("service", "test", "201 {} /orders"),
]


def check(document):
    found = told(document)
    assert [step[:2] for step in found] == [("test", "service"), ("service", "test")], found
    assert found[0][2] == "POST /orders"
    assert found[1][2].startswith("201")


def test_flask(otelhook_document):
    assert flask_app.test_client().post("/orders", json={"a": 1}).status_code == 201
    check(otelhook_document)


def test_flask_whose_answer_is_kept_and_never_closed(otelhook_document):
    kept = flask_app.test_client().post("/orders", json={"a": 1})
    KEPT.append(kept)
    check(otelhook_document)
    read = flask_app.test_client().post("/orders", json={"a": 1})
    assert read.json == {"id": 1}
    steps = otelhook_document().steps
    assert [steps[at].body.content.strip() for at in (1, 3)] == ['{"id":1}'] * 2
    assert [step[:2] for step in told(otelhook_document)] == [step[:2] for step in EXPECTED] * 2


def test_flask_that_finds_nothing(otelhook_document):
    # Its answer is an error that it calls as an application.
    with flask_app.test_client().get("/nothing") as found:
        assert found.status_code == 404
    assert told(otelhook_document) == [
        ("test", "service", "GET /nothing"),
        ("service", "test", "404 NOT FOUND /nothing"),
    ]


def test_flask_that_redirects(otelhook_document):
    with flask_app.test_client().get("/old", follow_redirects=True) as found:
        assert found.status_code == 404
    assert [step[2] for step in told(otelhook_document)][::2] == ["GET /old", "GET /nothing"]


def test_webtest(otelhook_document):
    webtest = pytest.importorskip("webtest")
    assert webtest.TestApp(flask_app).post_json("/orders", {"a": 1}).status_code == 201
    check(otelhook_document)


def test_starlette(otelhook_document):
    from starlette.testclient import TestClient
    with TestClient(starlette_app) as client:
        assert client.post("/orders", json={"a": 1}).status_code == 201
    check(otelhook_document)
"""


def run(folder: Path, program: str, *words: str) -> tuple[int, str]:
    (folder / "test_shop.py").write_text(program)
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "OTEL"))}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "pytest", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env=environ | {"OTELHOOK_DATA_DIR": str(folder / "data"), "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def title_of(page: Path) -> str:
    """Return what a page is called."""
    found = re.search("<title>(.*)</title>", page.read_text(encoding="utf-8"))
    assert found
    return html.unescape(found[1])


@pytest.mark.parametrize("words", [[], ["-n", "2"]])
def test_a_failing_test_has_a_page_whose_path_stands_in_its_section(tmp_path, words):
    code, shown = run(tmp_path, SERVED, "--otelhook", "--otelhook-dir=pages", *words)
    assert code == 1, shown
    assert "1 failed, 1 passed" in shown
    (page,) = (tmp_path / "pages").iterdir()
    assert str(page) in re.sub(r"\n", "", shown)
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    text = page.read_text()
    assert "hunter2" not in text
    assert title_of(page) == "test_bad failed: AssertionError: assert 500 == 201"
    for expected in ("/set-up", "/orders", "boom", "set-up"):
        assert expected in text
    assert not (tmp_path / "data").exists()


def test_each_test_has_a_page_where_that_is_asked_for(tmp_path):
    code, shown = run(tmp_path, SERVED, "--otelhook", "--otelhook-pages=all")
    assert code == 1, shown
    pages = (tmp_path / "otelhook-pages").iterdir()
    titles = sorted(title_of(page) for page in pages)
    assert titles == ["test_bad failed: AssertionError: assert 500 == 201", "test_good passed"]


FIXTURES = """
import pytest, requests

@pytest.fixture
def prepared():
    raise LookupError("no store for password=hunter2\\nand more")

def test_needy(prepared):
    pass
"""


def test_a_page_of_a_fixture_that_failed_says_so_without_its_secrets(tmp_path):
    code, shown = run(tmp_path, FIXTURES, "--otelhook", "--otelhook-dir=pages")
    assert code == 1, shown
    (page,) = (tmp_path / "pages").iterdir()
    title = title_of(page)
    assert title.startswith("test_needy failed in setup: LookupError: no store for password=")
    assert "hunter2" not in title
    assert "more" not in title


def test_test_clients_in_this_process_are_calls_between_two_lifelines(tmp_path):
    code, shown = run(tmp_path, CLIENTS, "--otelhook")
    assert code == 0, shown
    assert "6 passed" in shown or "5 passed, 1 skipped" in shown
    assert "already shutdown" not in shown  # of the one that is kept until the end


def test_without_the_option_nothing_but_the_plugin_is_loaded(tmp_path):
    program = (
        "import sys\n"
        "def test_loaded(otelhook_document): pass\n"
        "def test_modules():\n"
        "    found = sorted(m for m in sys.modules if m.split('.')[0] in"
        " ('otelhook', 'opentelemetry'))\n"
        "    assert found == ['otelhook', 'otelhook.pytest_plugin']\n"
    )
    code, shown = run(tmp_path, program)
    assert code == 0, shown
    assert "1 passed, 1 skipped" in shown
