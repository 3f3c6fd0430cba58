"""What the documentation's clients call."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

__all__ = ["serving"]


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Write no access log."""


def _hello(_environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


@contextmanager
def serving(*, started: bool) -> Iterator[str]:
    """Yield the address of a service, as ``HOST:PORT``; only a free one if the page starts it."""
    if started:
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            port = bound.getsockname()[1]
        yield f"127.0.0.1:{port}"
        return
    with make_server("127.0.0.1", 0, _hello, handler_class=_Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
