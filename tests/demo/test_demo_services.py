"""The demo's services check what real ones check."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
import requests

from otelhook.demo.cloud import CLIENT

TIMEOUT = 20


def auth(user: str, password: str, project: str = "demo") -> dict[str, Any]:
    named = {"name": user, "password": password, "domain": {"id": "default"}}
    identity = {"methods": ["password"], "password": {"user": named}}
    return {"auth": {"identity": identity, "scope": {"project": {"name": project}}}}


@pytest.fixture(scope="module")
def token(cloud: Any) -> str:
    answer = requests.post(
        f"{cloud.environ['OS_AUTH_URL']}/v3/auth/tokens",
        json=auth(cloud.environ["OS_USERNAME"], cloud.environ["OS_PASSWORD"]),
        timeout=TIMEOUT,
    )
    assert answer.status_code == 201
    return str(answer.headers["X-Subject-Token"])


@pytest.fixture(scope="module")
def account(cloud: Any, token: str) -> str:
    """The address of our own account in the object store, which is not in the catalog."""
    tokens = f"{cloud.environ['OS_AUTH_URL']}/v3/auth/tokens"
    said = requests.get(
        tokens, headers={"X-Auth-Token": token, "X-Subject-Token": token}, timeout=TIMEOUT
    ).json()["token"]
    return f"{cloud.addresses['object-store']}/v1/AUTH_{said['project']['id']}"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (auth("demo", "wrong"), 401),
        (auth("nobody", "wrong"), 401),
        ({"auth": {}}, 400),
        ([], 400),
        ({"auth": {"identity": {"password": "x"}}}, 400),
    ],
)
def test_a_sign_in_that_is_wrong_gets_no_token(cloud: Any, body: object, status: int) -> None:
    url = f"{cloud.environ['OS_AUTH_URL']}/v3/auth/tokens"
    answer = requests.post(url, json=body, timeout=TIMEOUT)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == status
    assert "X-Subject-Token" not in answer.headers


def test_only_a_valid_token_may_ask_what_a_token_stands_for(cloud: Any, token: str) -> None:
    url = f"{cloud.environ['OS_AUTH_URL']}/v3/auth/tokens"
    for asking, subject, status in (
        (token, token, 200),
        ("made-up", token, 401),
        ("", token, 401),
        (token, "made-up", 404),
    ):
        headers = {"X-Auth-Token": asking, "X-Subject-Token": subject}
        assert requests.get(url, headers=headers, timeout=TIMEOUT).status_code == status


@pytest.mark.parametrize("shown", ["", "made-up"])
def test_every_service_refuses_a_token_that_is_not_valid(
    cloud: Any, account: str, shown: str
) -> None:
    headers = {"X-Auth-Token": shown} if shown else {}
    images = f"{cloud.addresses['image']}/v2/images"
    for method, url in (("POST", images), ("HEAD", f"{account}/images")):
        answer = requests.request(method, url, headers=headers, json={}, timeout=TIMEOUT)
        assert answer.status_code == 401


def test_an_image_is_active_once_its_data_is_stored(cloud: Any, token: str) -> None:
    headers = {"X-Auth-Token": token}
    images = f"{cloud.addresses['image']}/v2/images"
    made = requests.post(images, headers=headers, json={"name": "disk"}, timeout=TIMEOUT)
    assert made.status_code == 201
    place = f"{images}/{made.json()['id']}"
    assert made.headers["Location"] == place
    data = os.urandom(300_000)
    for status in (204, 409):
        answer = requests.put(f"{place}/file", headers=headers, data=data, timeout=TIMEOUT)
        assert answer.status_code == status
    shown = requests.get(place, headers=headers, timeout=TIMEOUT).json()
    assert (shown["status"], shown["size"]) == ("active", 300_000)


def test_an_image_without_a_name_or_an_id_without_an_image_is_refused(
    cloud: Any, token: str
) -> None:
    headers = {"X-Auth-Token": token}
    images = f"{cloud.addresses['image']}/v2/images"
    assert requests.post(images, headers=headers, json={}, timeout=TIMEOUT).status_code == 400
    unknown = f"{images}/00000000-0000-0000-0000-000000000000"
    assert requests.get(unknown, headers=headers, timeout=TIMEOUT).status_code == 404
    assert requests.get(images, headers=headers, timeout=TIMEOUT).status_code == 404


def test_the_object_store_serves_an_account_to_its_own_project(
    cloud: Any, token: str, account: str
) -> None:
    headers = {"X-Auth-Token": token}
    other = f"{cloud.addresses['object-store']}/v1/AUTH_{'0' * 32}"
    for method, url, status in (
        ("PUT", f"{other}/images/x", 403),
        ("HEAD", f"{account}/nowhere", 404),
        ("GET", f"{account}/../x", 404),
        ("GET", cloud.addresses["object-store"], 404),
    ):
        answer = requests.request(method, url, headers=headers, timeout=TIMEOUT)
        assert answer.status_code == status, url


def test_the_client_is_an_ordinary_script(cloud: Any) -> None:
    code = (
        "import sys, runpy; sys.modules['otelhook'] = None;"
        "runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(CLIENT)],
        env=dict(cloud.environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "queued"
