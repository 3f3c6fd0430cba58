"""Serves a WSGI application from a process of its own until it is told to stop."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

if TYPE_CHECKING:
    from types import FrameType

    from _typeshed.wsgi import WSGIApplication

__all__ = ["HOST", "PORT_IS_TAKEN", "arguments", "serve"]

HOST = "127.0.0.1"

PORT_IS_TAKEN = 6
"""Exit code when the port cannot be had."""


class _Server(ThreadingMixIn, WSGIServer):
    """One thread a request; closing it waits for those that are still being answered."""

    daemon_threads = False


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Write no access log: the console is the client's."""


def arguments(description: str) -> argparse.ArgumentParser:
    """Return a parser with the options that every service has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=0, help="port to listen on, 0 for a free one")
    parser.add_argument(
        "--stop-with-input", action="store_true", help="stop when standard input is closed"
    )
    return parser


def serve(application: WSGIApplication, options: argparse.Namespace) -> int:
    """Serve on loopback until SIGTERM or SIGINT, and print the address as the first line.

    Returns the exit code. Returning, and not being killed, is what lets a process hand over the
    spans that it still holds.
    """
    try:
        server = make_server(HOST, options.port, application, _Server, _Quiet)
    except OSError as error:
        sys.stderr.write(
            f"port {options.port} of {HOST} cannot be had: {error.strerror}; "
            "choose another with --port, or 0 for a free one\n"
        )
        return PORT_IS_TAKEN

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if options.stop_with_input:
        threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt), server:
        sys.stdout.write(f"http://{HOST}:{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()
    return 0


def _stop_at_end_of_input() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
