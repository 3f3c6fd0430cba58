"""``otelhook demo`` as a user meets it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from otelhook.demo.cloud import CLIENT
from tests.waiting import wait_until

PAIRS = """
demo-client identity GET /identity/
identity demo-client 300 Multiple Choices /identity/
demo-client identity POST /identity/v3/auth/tokens
identity demo-client 201 Created /identity/v3/auth/tokens
demo-client image POST /v2/images
image identity GET /identity/
identity image 300 Multiple Choices /identity/
image identity POST /identity/v3/auth/tokens
identity image 201 Created /identity/v3/auth/tokens
image identity GET /identity/v3/auth/tokens
identity image 200 OK /identity/v3/auth/tokens
image demo-client 201 Created /v2/images
demo-client image PUT /v2/images/{image_id}/file
image identity POST /identity/v3/auth/tokens
identity image 201 Created /identity/v3/auth/tokens
image object-store HEAD /v1/{account}/images
object-store identity GET /identity/v3/auth/tokens
identity object-store 200 OK /identity/v3/auth/tokens
object-store image 204 No Content /v1/{account}/images
image object-store PUT /v1/{account}/images/{image_id}
object-store image 201 Created /v1/{account}/images/{image_id}
image demo-client 204 No Content /v2/images/{image_id}/file
"""
STEPS = PAIRS.strip().splitlines()
"""The steps of the seed's page, with the demo's names: caller, callee, what is said."""


def read(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "document.json").read_text()))


def spelled(document: dict[str, Any]) -> list[str]:
    def one(step: dict[str, Any]) -> str:
        status = f"{step['status_code']} {step['reason']}"
        what = step["method"] if step["kind"] == "request" else status
        return f"{step['source']} {step['target']} {what} {step['label']}"

    return [one(step) for step in document["steps"]]


def test_it_draws_the_22_steps_and_writes_the_pages(otelhook: Any) -> None:
    code, out, err = otelhook("demo")
    folder = otelhook.home / "otelhook-demo"
    document = read(folder)
    assert (code, err) == (0, "")
    assert spelled(document) == STEPS
    assert [step["number"] for step in document["steps"]] == list(range(1, 23))
    assert document["warnings"] == []
    assert {step["number"]: step["marks"] for step in document["steps"] if step["marks"]} == {
        number: ["body cut"] for number in (13, 20)
    }
    assert {step["seen_by"] for step in document["steps"]} == {"both"}
    assert re.search(r"^22 .*◄.*204 No Content.*file", out, re.MULTILINE)
    assert "22 steps; the pages are in otelhook-demo:\n  index.md\n" in out
    page = (folder / "index.md").read_text()
    assert "### (22) 204 No Content" in page
    assert "```\nimage-->>demo-client" not in page
    assert "$ python client.py" in page
    assert '"status": "queued"' in document["command"]["output"]
    assert "\nsequenceDiagram\n" in (folder / "diagram.mmd").read_text()
    assert sorted(path.name for path in folder.iterdir()) == [
        "data",
        "diagram.mmd",
        "document.json",
        "index.md",
        "page.html",
    ]


def test_what_it_says_to_try_next_works(otelhook: Any) -> None:
    _, out, _ = otelhook("demo")
    line = next(line for line in out.splitlines() if "otelhook render" in line)
    code, shown, _ = otelhook(*line.split()[1:])
    assert code == 0
    assert "\nsequenceDiagram\n" in shown
    code, listed, _ = otelhook("traces", "--data-dir", "otelhook-demo/data", "--json")
    (row,) = json.loads(listed)
    assert (row["root"], row["steps"], row["errors"]) == ("python client.py", 22, 0)


def test_no_secret_of_the_run_is_in_anything_it_leaves(otelhook: Any) -> None:
    spy = otelhook.home / "client.py"
    spy.write_text(
        CLIENT.read_text().replace(
            "    return 0\n",
            "    import pathlib\n"
            "    secrets = [session.headers['X-Auth-Token'], os.environ['OS_PASSWORD']]\n"
            "    pathlib.Path(os.environ['HOME'], 'secrets').write_text('\\n'.join(secrets))\n"
            "    return 0\n",
        )
    )
    code, _, _ = otelhook("demo", "--client", spy)
    secrets = (otelhook.home / "secrets").read_text().split()
    assert code == 0
    assert len(secrets) == 2
    files = [path for path in (otelhook.home / "otelhook-demo").rglob("*") if path.is_file()]
    assert len(files) > 3
    for path in files:
        content = path.read_bytes()
        assert not [s for s in secrets if s.encode() in content], path


def test_one_more_call_of_the_client_is_steps_23_and_24(otelhook: Any) -> None:
    client = otelhook.home / "client.py"
    call = "    session.get(f\"{images}/{image['id']}\", timeout=TIMEOUT)\n"
    client.write_text(CLIENT.read_text().replace("    json.dump(", call + "    json.dump("))
    code, out, _ = otelhook("demo", "--client", "client.py", "--out", "pages")
    assert code == 0
    assert spelled(read(otelhook.home / "pages")) == [
        *STEPS,
        "demo-client image GET /v2/images/{image_id}",
        "image demo-client 200 OK /v2/images/{image_id}",
    ]
    assert "24 steps; the pages are in pages:" in out


def test_two_demos_at_once_stay_apart(otelhook: Any) -> None:
    both = [otelhook.start("demo"), otelhook.start("demo")]
    ends = [process.communicate(timeout=90) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    folders = [otelhook.home / "otelhook-demo", otelhook.home / "otelhook-demo-2"]
    documents = [read(folder) for folder in folders]
    assert [spelled(document) for document in documents] == [STEPS, STEPS]
    assert documents[0]["trace_ids"] != documents[1]["trace_ids"]
    named = {re.search(r"pages are in (\S+):", out)[1] for out, _ in ends}  # type: ignore[index]
    assert named == {"otelhook-demo", "otelhook-demo-2"}


def test_a_folder_that_holds_something_is_left_alone(otelhook: Any) -> None:
    taken = otelhook.home / "pages"
    taken.mkdir()
    (taken / "index.md").write_text("mine")
    code, out, _ = otelhook("demo", "--out", "pages")
    assert code == 0
    assert "the pages are in pages-2:" in out
    assert [path.name for path in taken.iterdir()] == ["index.md"]
    assert (taken / "index.md").read_text() == "mine"


def test_settings_of_the_users_do_not_lead_it_astray(otelhook: Any) -> None:
    (otelhook.home / "otelhook.toml").write_text('bodies = "off"\nspool = false\n')
    code, _, err = otelhook(
        "demo",
        environ={
            "OTEL_SDK_DISABLED": "true",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
            "OTELHOOK_DATA_DIR": "/nowhere",
            "TRACEPARENT": f"00-{'a' * 32}-{'b' * 16}-01",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
        },
    )
    assert (code, err) == (0, "")
    document = read(otelhook.home / "otelhook-demo")
    assert spelled(document) == STEPS
    assert document["command"]["arguments"] == ["python", "client.py"]
    assert (document["span_count"], document["warnings"]) == (23, [])


def test_a_client_that_fails_is_drawn_and_its_exit_code_is_ours(otelhook: Any) -> None:
    client = otelhook.home / "client.py"
    client.write_text(CLIENT.read_text().replace('os.environ["OS_PASSWORD"]', '"not the password"'))
    code, out, err = otelhook("demo", "--client", "client.py")
    document = read(otelhook.home / "otelhook-demo")
    assert code == 1
    assert spelled(document)[3:] == [
        "identity demo-client 401 Unauthorized " + "/identity/v3/auth/tokens"
    ]
    assert "The client ended with exit code 1." in out
    assert "401 Client Error" in err


def test_a_port_that_is_taken_is_one_line(otelhook: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = otelhook("demo", "--port", port)
    assert code == 6
    assert err == (
        f"otelhook: the demo's identity service: port {port} of 127.0.0.1 cannot be had: "
        "Address already in use; choose another with --port, or 0 for a free one\n"
    )


def test_ports_can_be_chosen(otelhook: Any) -> None:
    for first in range(42_000, 48_000, 7):
        code, out, _ = otelhook("demo", "--port", first)
        if code != 6:  # another process has one of the three
            break
    assert code == 0
    assert f"object-store http://127.0.0.1:{first + 2}\n" in out


WAITING = """
import os, sys, time
print(os.environ['OS_AUTH_URL'], flush=True)
time.sleep(60)
"""


def addresses(process: Any) -> list[str]:
    """Wait until the client runs, and return where the services are."""
    found: list[str] = []
    for line in process.stdout:
        found += re.findall(r"http://127\.0\.0\.1:\d+", line)
        if "/identity" in line:
            break
    assert len(found) == 4
    return found[:3]


def is_gone(place: str) -> bool:
    try:
        requests.get(place, timeout=5)
    except requests.ConnectionError:
        return True
    return False


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_the_services_end_with_the_demo(otelhook: Any, number: signal.Signals, code: int) -> None:
    client = otelhook.home / "waiting.py"
    client.write_text(WAITING)
    process = otelhook.start("demo", "--client", client, start_new_session=True)
    places = addresses(process)
    process.send_signal(number)
    if number is signal.SIGKILL:
        # Its client, which inherited its place, is ours to end.
        process.wait(30)
        os.killpg(process.pid, signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode in {code, 128 + number}
    for place in places:
        wait_until(partial(is_gone, place), f"{place} answers no more")
    assert "otelhook" not in err
