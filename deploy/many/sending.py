"""Spans into the chain: each service beside an agent, on one of two machines."""

from __future__ import annotations

import http.client
import time
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Final

from deploy.harness.errors import HarnessError
from deploy.many.places import Chain
from otelhook.model import Span
from otelhook.otlp import encode_traces

__all__ = ["AGENTS", "by_agent", "post", "send", "send_message"]

AGENTS: Final = ("agent-1", "agent-2")
_PATIENCE: Final = 60.0
"""Seconds in which an agent must take a message: it may be full for a while."""
_PAUSE: Final = 0.2


def by_agent(spans: Iterable[Span]) -> Mapping[str, list[Span]]:
    """Return spans by the agent on their machine: a service is always on the same one."""
    found: dict[str, list[Span]] = {agent: [] for agent in AGENTS}
    for span in spans:
        service = str(span.resource.attributes.get("service.name"))
        found[AGENTS[zlib.crc32(service.encode()) % len(AGENTS)]].append(span)
    return {agent: spans for agent, spans in found.items() if spans}


def send(chain: Chain, spans: Iterable[Span]) -> None:
    """Have the agents take spans.

    Raises:
        HarnessError: one does not.
    """
    for agent, its in by_agent(spans).items():
        send_message(chain, agent, encode_traces(its))


def send_message(chain: Chain, agent: str, message: bytes) -> None:
    """Send a message until an agent says that it has it.

    Raises:
        HarnessError: it does not in time.
    """
    deadline = time.monotonic() + _PATIENCE
    said = "nothing"
    while time.monotonic() < deadline:
        try:
            status = post(chain.ports[f"{agent}-http"], message)
        except OSError as error:
            said = str(error)
        else:
            if status == http.client.OK:
                return
            said = str(status)
        time.sleep(_PAUSE)
    message_lost = f"{agent} took no message within {_PATIENCE:.0f} s; it said {said}"
    raise HarnessError(message_lost)


def post(port: int, message: bytes) -> int:
    """Send a message to whoever listens on a port; return the status."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(
            "POST", "/v1/traces", message, {"Content-Type": "application/x-protobuf"}
        )
        answer = connection.getresponse()
        answer.read()
        return answer.status
