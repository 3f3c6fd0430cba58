"""``otelhook_document.assert_flow``, in a sample project of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = """
import flask

shop = flask.Flask("shop")
shop.add_url_rule("/orders", "order", lambda: ({"id": 1}, 201), methods=["POST"])
shop.add_url_rule("/orders", "list", lambda: {"orders": [1]})


def test_order(otelhook_document):
    client = shop.test_client()
    assert client.post("/orders", json={"item": "lamp"}).status_code == 201
    assert client.get("/orders").status_code == 200
    otelhook_document.assert_flow("flows/order.toml")
"""


def run(folder: Path, program: str, *words: str) -> tuple[int, str]:
    (folder / "test_shop.py").write_text(program, encoding="utf-8")
    environ = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_test_is_held_to_its_flow(tmp_path: Path) -> None:
    code, shown = run(tmp_path, PROJECT, "--otelhook")
    assert code == 1
    assert "write it with pytest --otelhook-update" in shown
    assert run(tmp_path, PROJECT, "--otelhook-update")[0] == 0
    flow = (tmp_path / "flows" / "order.toml").read_text(encoding="utf-8")
    assert 'operation = "order"' in flow
    assert "test -> service: POST /orders = 201\ntest -> service: GET /orders = 200\n" in flow
    assert run(tmp_path, PROJECT, "--otelhook")[0] == 0
    changed = PROJECT.replace('    assert client.get("/orders").status_code == 200\n', "")
    code, shown = run(tmp_path, changed, "--otelhook")
    assert code == 1
    assert "it ends here; expected test -> service: GET /orders" in shown
    assert "Traceback" not in shown


def test_a_flow_that_cannot_be_read_fails_the_test_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "order.toml").write_text("version = 9\n", encoding="utf-8")
    code, shown = run(tmp_path, PROJECT, "--otelhook")
    assert code == 1
    assert "its version is 9" in shown
