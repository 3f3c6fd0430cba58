"""Ports of this machine's loopback: free ones, and whether somebody answers at one."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Iterable
from contextlib import ExitStack

__all__ = ["free_ports", "listens", "speaks"]


def free_ports(names: Iterable[str]) -> dict[str, int]:
    """Return a port for each name that the system says is free, all asked for at once."""
    with ExitStack() as stack:
        ports: dict[str, int] = {}
        for name in names:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            ports[name] = listener.getsockname()[1]
        return ports


def listens(port: int) -> bool:
    """Return whether somebody listens at a port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def speaks(url: str) -> bool:
    """Return whether somebody answers at a URL, with whatever status."""
    try:
        urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - our own, on loopback
    except urllib.error.HTTPError as answer:
        answer.close()
    except OSError:
        return False
    return True
