"""100 MiB up and 100 MiB down add no more than 1 MiB of peak memory to what they add without us."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interference.memory import forget_peak, peak
from tests.interference.servers import ROOT, Server, environment, missing
from tests.interference.wire import Talk

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="peaks are read from Linux's /proc"),
]

MIB = 1024 * 1024
SIZE = 100 * MIB
WARM = 32 * MIB
GIVES_BACK = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
"""What glibc's malloc keeps of freed memory depends on chance: it is to keep next to nothing."""
UNLIKE = ("gunicorn-sync", "waitress", "wsgiref", "eventlet", "uwsgi")
"""Servers that read and write each in a way of their own; the others are their relatives."""
DOES = ("take", "give", "give-file")


def _transfer(server: Server, does: str, size: int) -> None:
    talk = Talk(server.connect(), f"{does}-{size}", does, server.tell, server.reported, limit=60)
    body = size if does == "take" else 0
    head = talk.head("POST", ("Content-Length", str(body)), ("X-Size", str(size)))
    talk.send(head)
    for _ in range(body // MIB):
        talk.send(bytes(MIB))
        talk.sent.clear()
    got = 0
    while not talk.ended:
        talk.until(lambda seen: len(seen) > MIB)
        got += len(talk.received)
        talk.received.clear()
    talk.rest()
    assert talk.ended == "closed"
    assert got > (0 if does == "take" else size)


def _added(server: Server) -> dict[str, int]:
    """Return the bytes that each large transfer adds to the peak, code and small bodies apart."""
    added = {}
    for does in DOES:
        _transfer(server, does, WARM)
        processes = server.workers()
        for process in processes:
            forget_peak(process)
        before = sum(map(peak, processes))
        _transfer(server, does, SIZE)
        added[does] = sum(map(peak, processes)) - before
    return added


@pytest.mark.parametrize("name", UNLIKE)
def test_a_server_needs_no_more_memory_for_100_mib_than_without_us(name, tmp_path):
    if (why := missing(name)) is not None:
        pytest.skip(why)
    added = {}
    for way in ("bare", "ours"):
        server = Server(name, way, tmp_path / way, GIVES_BACK)
        try:
            server.start()
            added[way] = _added(server)
        finally:
            server.stop()
    print(
        name,
        {does: f"{more / MIB:.2f}" for does, more in added["bare"].items()},
        "MiB, ours",
        {does: f"{more / MIB:.2f}" for does, more in added["ours"].items()},
    )
    too_much = {
        does: more - added["bare"][does]
        for does, more in added["ours"].items()
        if more - added["bare"][does] >= MIB
    }
    assert too_much == {}


def test_a_program_needs_no_more_memory_for_100_mib_than_without_us(tmp_path):
    added = {}
    server = Server("gunicorn-gthread", "bare", tmp_path / "server")
    try:
        server.start()
        for way in ("bare", "ours"):
            added[way] = _program(tmp_path / way, way, f"http://127.0.0.1:{server.port}/")
    finally:
        server.stop()
    for name, more in added["bare"].items():
        print(f"{name}: {more / MIB:.2f} MiB, ours {added['ours'][name] / MIB:.2f}")
    assert {
        name: more - added["bare"][name]
        for name, more in added["ours"].items()
        if more - added["bare"][name] >= MIB
    } == {}


def _program(folder: Path, way: str, url: str) -> dict[str, int]:
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.interference.large", url, str(SIZE)],
        cwd=ROOT,
        env=environment(folder, way),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return found
