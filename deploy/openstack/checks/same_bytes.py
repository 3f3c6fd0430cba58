"""Uploads and downloads, chunked and not, with and without otelhook: same bytes, and what it costs.

Without means: no filter in the pipelines, no opentelemetry-instrument. The services are started
anew in between, in turns, so that neither side has the quieter minute.
"""

from __future__ import annotations

import hashlib
import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.harness.processes import running
from deploy.harness.verdict import Verdict
from deploy.openstack.checks.plain_client import PlainClient, in_pieces
from deploy.openstack.configuring import configure
from deploy.openstack.installation import SERVICES, Installation
from deploy.openstack.services import start_services, stop_services

__all__ = ["same_bytes"]

_SIZE = 3_000_000
_TURNS = 2
_REPEATS = 4
_AIM = 1.1


@dataclass(slots=True)
class _Measured:
    """What the transfers of one kind, or of all, took."""

    seconds: dict[str, list[float]]
    """By transfer."""
    cpu: float = 0.0
    """Seconds of processor time that the services took for all of them."""

    def quick(self, name: str) -> float:
        """Return the lower quartile: whatever else the machine does only adds to it."""
        return statistics.quantiles(self.seconds[name], n=4)[0]


def same_bytes(installation: Installation) -> Verdict:
    """Upload and download through glance and swift, and compare the digests and the times."""
    data = random.Random(7).randbytes(_SIZE)  # noqa: S311 - any bytes
    wanted = hashlib.sha256(data).hexdigest()
    faults: set[str] = set()
    measured = {traced: _Measured(defaultdict(list)) for traced in (True, False)}
    for traced in [True, False] * _TURNS:
        _start(installation, traced=traced)
        client = PlainClient(installation)
        client.sign_in()
        list(_one_of_each(client, data))  # the first of each finds cold caches
        before = _processor_time(installation)
        for _ in range(_REPEATS):
            for name, digest, seconds in _one_of_each(client, data):
                measured[traced].seconds[name].append(seconds)
                if digest != wanted:
                    faults.add(f"{name}{'' if traced else ', without otelhook'}: other bytes")
        measured[traced].cpu += _processor_time(installation) - before
    _start(installation, traced=True)
    said = _said(measured[True], measured[False])
    return Verdict("the same bytes go in and out as without otelhook", said, tuple(faults))


def _said(with_us: _Measured, without: _Measured) -> str:
    names = list(with_us.seconds)
    each = ", ".join(
        f"{name} {with_us.quick(name) / without.quick(name):.2f}"
        f" ({without.quick(name) * 1000:.0f} ms without)"
        for name in names
    )
    quick = sum(map(with_us.quick, names)) / sum(map(without.quick, names))
    count = sum(len(side.seconds[name]) for side in (with_us, without) for name in names)
    return (
        f"{count} transfers of {_SIZE / 1e6:.0f} MB; time with / without: {quick:.2f} "
        f"(aim {_AIM}), processor time of all services {with_us.cpu / without.cpu:.2f}; {each}"
    )


def _processor_time(installation: Installation) -> float:
    """Return the seconds of processor time of all services so far, their workers included."""
    groups = {running(name, installation.folders.run) for name in SERVICES}
    ticks = 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) in groups:  # proc(5): process group, and from 11 on user and system time
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


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
