"""Writes down what was found of websockets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.interference.asgi_held import HeldSite
from tests.interference.asgi_results import counted, differing, versions
from tests.interference.websockets_held import WEBSOCKETS

__all__ = ["PATH", "write_results"]

PATH = Path(__file__).with_name("RESULTS-WEBSOCKETS.md")

_INTRODUCTION = """\
# Interference: websockets over ASGI

Every websocket is spoken frame by frame over a socket, four ways: bare; in
`otelhook.ASGIMiddleware` (ours); in opentelemetry-instrumentation-asgi (stock); with ours inside
that. What is compared are the bytes that came: the answer to the handshake, each frame, how it was
closed. Each has to be one SERVER span of its trace, with ours with the status of its handshake and
the number of its messages.

Ours differs nowhere: a websocket that does fails the suite. `make interference
RESULTS=--write-results` writes this file anew.
"""


def write_results(held: Mapping[str, Mapping[str, Mapping[str, HeldSite]]]) -> str:
    """Return the document."""
    parts = [_INTRODUCTION, f"With {versions()}.", ""]
    return "\n".join([*parts, *counted(held, "websockets"), *differing(held, WEBSOCKETS), ""])
