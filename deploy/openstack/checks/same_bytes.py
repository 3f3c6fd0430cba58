"""Uploads and downloads, chunked and not, with and without otelhook: same bytes, and what it costs.

Without means: no filter in the pipelines, no opentelemetry-instrument. The services are started
anew in between, in turns, so that neither side has the quieter minute.
"""

from __future__ import annotations

import hashlib
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from deploy.openstack.checks.plain_client import PlainClient, in_pieces
from deploy.openstack.checks.verdict import Verdict
from deploy.openstack.configuring import configure
from deploy.openstack.installation import SERVICES, Installation
from deploy.openstack.services import start_services, stop_services

__all__ = ["same_bytes"]

_SIZE = 3_000_000
_TURNS = 3
_REPEATS = 8
_AIM = 1.1

Times = dict[str, dict[bool, list[float]]]


def same_bytes(installation: Installation) -> Verdict:
    """Upload and download through glance and swift, and compare the digests and the times."""
    data = random.Random(7).randbytes(_SIZE)  # noqa: S311 - any bytes
    faults: set[str] = set()
    times: Times = defaultdict(lambda: {True: [], False: []})
    traced_turns = [True, False] * _TURNS
    for traced in traced_turns:
        _start(installation, traced=traced)
        client = PlainClient(installation)
        client.sign_in()
        _one_of_each(client, data)  # the first of each finds cold caches
        for _ in range(_REPEATS):
            for name, digest, seconds in _one_of_each(client, data):
                times[name][traced].append(seconds)
                if digest != hashlib.sha256(data).hexdigest():
                    faults.add(f"{name}{'' if traced else ', without otelhook'}: other bytes")
    _start(installation, traced=True)
    ratios = {
        name: statistics.median(both[True]) / statistics.median(both[False])
        for name, both in times.items()
    }
    listed = ", ".join(
        f"{name} {ratio:.2f} ({statistics.median(times[name][False]) * 1000:.0f} ms without)"
        for name, ratio in ratios.items()
    )
    count = sum(len(both[True]) + len(both[False]) for both in times.values())
    overall = sum(statistics.median(both[True]) for both in times.values()) / sum(
        statistics.median(both[False]) for both in times.values()
    )
    measured = (
        f"{count} transfers of {_SIZE / 1e6:.0f} MB; time with / without: {overall:.2f} in all "
        f"(aim {_AIM}); {listed}"
    )
    return Verdict("the same bytes go in and out as without otelhook", measured, tuple(faults))


def _start(installation: Installation, *, traced: bool) -> None:
    stop_services(installation)
    configure(installation, traced=traced)
    start_services(installation, SERVICES, traced=traced)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to bring bytes in."""

    name: str
    chunked: bool


def _one_of_each(client: PlainClient, data: bytes) -> Iterator[tuple[str, str, float]]:
    """Yield name, SHA-256 of what arrived and seconds of each upload and download."""
    for way in (_Way("sized", chunked=False), _Way("chunked", chunked=True)):
        for service, put, get, delete in (_glance(client), _swift(client, way.name)):
            sent = in_pieces(data) if way.chunked else data
            began = time.perf_counter()
            put(sent)
            took = time.perf_counter() - began
            began = time.perf_counter()
            back = get()
            read = time.perf_counter() - began
            digest = hashlib.sha256(back).hexdigest()
            yield f"{service} {way.name} up", digest, took
            yield f"{service} {way.name} down", digest, read
            delete()


_Ways = tuple[
    str, Callable[[bytes | Iterator[bytes]], None], Callable[[], bytes], Callable[[], None]
]


def _glance(client: PlainClient) -> _Ways:
    about = {"name": "bytes", "disk_format": "raw", "container_format": "bare"}
    made = client.ask("glance-api", "POST", "/v2/images", json=about)
    made.raise_for_status()
    path = f"/v2/images/{made.json()['id']}"
    kind = {"Content-Type": "application/octet-stream"}

    def put(data: bytes | Iterator[bytes]) -> None:
        client.ask("glance-api", "PUT", f"{path}/file", data=data, headers=kind).raise_for_status()

    def get() -> bytes:
        return client.ask("glance-api", "GET", f"{path}/file").content

    def delete() -> None:
        client.ask("glance-api", "DELETE", path).raise_for_status()

    return "glance", put, get, delete


def _swift(client: PlainClient, name: str) -> _Ways:
    container = f"/v1/AUTH_{client.project}/bytes"
    client.ask("swift-proxy-server", "PUT", container).raise_for_status()
    path = f"{container}/{name}"

    def put(data: bytes | Iterator[bytes]) -> None:
        client.ask("swift-proxy-server", "PUT", path, data=data).raise_for_status()

    def get() -> bytes:
        return client.ask("swift-proxy-server", "GET", path).content

    def delete() -> None:
        client.ask("swift-proxy-server", "DELETE", path).raise_for_status()

    return "swift", put, get, delete
