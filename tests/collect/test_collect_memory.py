"""The collector's memory stays within its budget, whatever a request's bytes unfold to."""

from __future__ import annotations

import gzip
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from otelhook.codings import Gunzip
from tests.collect.amplifying import JSON_REQUESTS, PROTOBUF_REQUESTS

MEGABYTE = 1024**2
BESIDE = 64 * MEGABYTE
"""What the collector may take beside its budget."""

REQUESTS = [
    *(
        (f"protobuf: {name}", "application/x-protobuf", make)
        for name, make in PROTOBUF_REQUESTS.items()
    ),
    *((f"JSON: {name}", "application/json", make) for name, make in JSON_REQUESTS.items()),
]
AT_ONCE = 4


def most_memory(collector: Any) -> int:
    """Return the most that the collector's process ever had in memory, in bytes."""
    status = Path(f"/proc/{collector.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return 1024 * int(found[1])


def send_at_once(collector: Any, body: bytes, **headers: str) -> list[int]:
    """Send the same from several senders; return the statuses of the answers."""
    statuses: list[int] = []

    def send() -> None:
        statuses.append(collector.post(body, **headers).status)

    senders = [threading.Thread(target=send) for _ in range(AT_ONCE)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return statuses


@pytest.mark.parametrize("size", [6 * 10**6, pytest.param(15 * 10**6, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("media_type", "make"), [row[1:] for row in REQUESTS], ids=[row[0] for row in REQUESTS]
)
def test_what_unfolds_stays_within_the_budget(
    collect: Any, media_type: str, make: Any, size: int
) -> None:
    collector = collect()
    body = gzip.compress(make(size), 6)
    statuses = send_at_once(collector, body, Content_Type=media_type, Content_Encoding="gzip")
    assert set(statuses) <= {200, 400, 413, 503}
    assert most_memory(collector) <= 256 * MEGABYTE + BESIDE
    assert collector.metric("otelhook_receiving_bytes") == 0


def test_what_would_take_more_than_there_ever_is_is_not_to_come_again(collect: Any) -> None:
    collector = collect(OTELHOOK_COLLECTOR_MEMORY="32m")
    attributes = PROTOBUF_REQUESTS["empty attributes"]
    refused = collector.post(attributes(2 * 10**6))
    assert refused.status == 413
    assert b"takes more than 33554432 bytes of memory: send smaller batches" in refused.body
    assert collector.post(attributes(100_000)).status == 200


@pytest.mark.parametrize("member", [b"", b"x" * 10])
def test_many_gzip_members_cost_what_they_weigh(member: bytes) -> None:
    def given(members: int) -> int:
        packed = gzip.compress(member) * members
        gunzip = Gunzip(packed)
        assert b"".join(gunzip) == member * members
        assert gunzip.given < 20 * len(packed)
        return gunzip.given

    assert given(20_000) < 10.5 * given(2_000)
