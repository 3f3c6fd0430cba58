"""Connections that say nothing are ended; those that wait for an answer are not."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from otelhook.settings import Settings

SILENT = {
    "nothing at all": b"",
    "half a request": b"POST /v1/traces HTTP/1.1\r\nHost: localh",
    "half a body": b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/x-protobuf\r\nContent-Length: 100\r\n\r\nbegun",
}


def connected(address: str) -> socket.socket:
    """Return a connection whose end is waited for, not for ever."""
    place = urlsplit(address)
    return socket.create_connection((place.hostname or "", place.port or 0), timeout=60)


def ended(connection: socket.socket) -> bool:
    """Wait until the other side ends a connection."""
    try:
        while connection.recv(1024):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize("said", SILENT)
def test_who_says_no_more_is_ended(collect: Any, message: Callable[..., bytes], said: str) -> None:
    collector = collect(OTELHOOK_COLLECTOR_IDLE="0.2")
    with connected(collector.http) as connection:
        connection.sendall(SILENT[said])
        assert ended(connection)
    assert collector.post(message(1)).status == 200


def test_who_says_nothing_over_grpc_is_ended(collect: Any) -> None:
    with connected(collect(OTELHOOK_COLLECTOR_IDLE="0.2").grpc) as connection:
        assert ended(connection)


def test_it_takes_thirty_seconds_unless_told_otherwise() -> None:
    assert Settings().collector_idle == 30
