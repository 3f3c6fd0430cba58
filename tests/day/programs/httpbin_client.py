"""requests and httpx against httpbin."""

import sys

import httpx
import requests

address = sys.argv[1]
assert requests.post(f"{address}/anything", json={"a": 1}, timeout=10).json()["json"] == {"a": 1}
assert requests.get(f"{address}/status/418", timeout=10).status_code == 418
assert requests.get(f"{address}/gzip", timeout=10).json()["gzipped"]
assert requests.get(f"{address}/redirect/2", timeout=10).ok
assert httpx.get(f"{address}/basic-auth/ada/hush", auth=("ada", "hush")).json()["user"] == "ada"
with httpx.stream("GET", f"{address}/stream/3") as response:
    assert len(list(response.iter_lines())) == 3
