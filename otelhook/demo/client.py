"""Creates an image and uploads its data. An ordinary script: it knows nothing of otelhook.

    python client.py [NAME]

``OS_AUTH_URL``, ``OS_USERNAME``, ``OS_PASSWORD`` and ``OS_PROJECT_NAME`` say where and as whom
it signs in. ``otelhook demo --client FILE`` runs a changed copy of it.
"""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any

import requests

__all__ = ["main"]

TIMEOUT = 30


def sign_in(session: requests.Session) -> dict[str, Any]:
    """Sign in, and let the session show its token from now on. Returns what the token says."""
    answer = session.get(f"{os.environ['OS_AUTH_URL']}/", timeout=TIMEOUT)
    identity = answer.json()["versions"]["values"][0]["links"][0]["href"].rstrip("/")
    user = {
        "name": os.environ["OS_USERNAME"],
        "password": os.environ["OS_PASSWORD"],
        "domain": {"id": "default"},
    }
    project = {"name": os.environ["OS_PROJECT_NAME"], "domain": {"id": "default"}}
    auth = {
        "identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": project},
    }
    answer = session.post(f"{identity}/auth/tokens", json={"auth": auth}, timeout=TIMEOUT)
    answer.raise_for_status()
    session.headers["X-Auth-Token"] = answer.headers["X-Subject-Token"]
    return dict(answer.json()["token"])


def endpoint(token: dict[str, Any], service_type: str) -> str:
    """Return the address of a service from the token's catalog."""
    (service,) = [entry for entry in token["catalog"] if entry["type"] == service_type]
    return str(service["endpoints"][0]["url"])


def blank_disk(sectors: int = 64) -> bytes:
    """Return a raw disk: a boot sector with its signature, and empty sectors."""
    return bytes(510) + b"\x55\xaa" + bytes(512 * (sectors - 1))


def main() -> int:
    """Create an image, upload its data, and print its record."""
    name = sys.argv[1] if len(sys.argv) > 1 else "blank-disk"
    session = requests.Session()
    session.headers["User-Agent"] = "demo-client/1.0"
    images = endpoint(sign_in(session), "image") + "/v2/images"

    wanted = {"name": name, "disk_format": "raw", "container_format": "bare"}
    answer = session.post(images, json=wanted, timeout=TIMEOUT)
    answer.raise_for_status()
    image = answer.json()

    answer = session.put(
        f"{images}/{image['id']}/file",
        data=io.BytesIO(blank_disk()),
        headers={"Content-Type": "application/octet-stream"},
        timeout=TIMEOUT,
    )
    answer.raise_for_status()

    json.dump(image, sys.stdout, indent=2)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
