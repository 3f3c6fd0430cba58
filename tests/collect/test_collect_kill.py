"""Killed under load and started again: what was acknowledged is there, and senders lose nothing."""

from __future__ import annotations

import sqlite3
import threading
import time
import urllib.error
from collections.abc import Callable
from http.client import HTTPException
from typing import Any

import grpc
import pytest

from otelhook.store import Store

METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
SPANS = 5


class Sender(threading.Thread):
    """Sends message after message, each again until it is acknowledged, to whoever listens now."""

    def __init__(self, first: int, message: Callable[..., bytes], protocol: str) -> None:
        super().__init__(daemon=True)
        self.first = first
        self.acknowledged = 0
        self.collector: Any = None
        self.ended = threading.Event()
        self._message = message
        self._send = self._over_http if protocol == "http" else self._over_grpc

    def run(self) -> None:
        while not self.ended.is_set():
            number = self.first + self.acknowledged * SPANS
            data = self._message(number, SPANS, body="x" * 2000)
            while not self._send(data):
                if self.ended.wait(0.01):
                    return
            self.acknowledged += 1

    def _over_http(self, data: bytes) -> bool:
        try:
            return bool(self.collector.post(data).status == 200)
        except (OSError, HTTPException, urllib.error.URLError):
            return False

    def _over_grpc(self, data: bytes) -> bool:
        with grpc.insecure_channel(self.collector.grpc.removeprefix("http://")) as channel:
            export: Any = channel.unary_unary(
                METHOD, request_serializer=bytes, response_deserializer=bytes
            )
            try:
                export(data, timeout=30)
            except grpc.RpcError:
                return False
            return True


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.long)])
def test_every_acknowledged_span_is_in_the_store_and_senders_lose_nothing(
    collect: Any, message: Callable[..., bytes], kills: int
) -> None:
    protocols = ["http", "grpc", "http", "grpc"]
    senders = [
        Sender(number * 10_000_000, message, protocol)
        for number, protocol in enumerate(protocols, 1)
    ]
    collector = collect()
    for sender in senders:
        sender.collector = collector
        sender.start()
    for _ in range(kills):
        before = [sender.acknowledged for sender in senders]
        while any(
            sender.acknowledged < count + 5 for sender, count in zip(senders, before, strict=True)
        ):
            assert all(sender.is_alive() for sender in senders)
            threading.Event().wait(0.005)
        collector.kill()  # in the middle of whatever it is doing
        collector = collect()
        for sender in senders:
            sender.collector = collector
    for sender in senders:
        sender.ended.set()
    for sender in senders:
        sender.join(60)
        assert not sender.is_alive()
    collector.kill()

    with sqlite3.connect(collector.data_dir / "store.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    with Store.open(collector.data_dir, clock=time.time_ns) as store:
        traces = store.newest(10_000_000)
        held = {int(trace_id, 16) for trace_id in traces}
        assert sum(store.extent(trace_id).spans for trace_id in traces) == len(held)
        assert all(store.trace(trace_id) for trace_id in traces)
    for sender in senders:
        assert sender.acknowledged >= 5 * kills
        sent = range(sender.first, sender.first + sender.acknowledged * SPANS)
        assert held.issuperset(sent)
