"""Spans of Jaeger's old clients over UDP, as its agent took them on port 6831.

Nobody is told whether a packet came: what cannot be read, or does not fit into what the collector
can hold at the moment, is counted and dropped, and the first of each kind is logged.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import Final

from otelhook.collector.receivers.budget import Share
from otelhook.collector.receivers.decoding import content_of
from otelhook.collector.receivers.legacy_spans import legacy_spans
from otelhook.collector.receivers.legacy_thrift import load_thrift, read_packet
from otelhook.collector.receivers.receiving import Receiving
from otelhook.collector.receivers.refusals import Reason, RefusalError
from otelhook.errors import DamagedDataError, UnreachableError

__all__ = ["LegacyUdp"]

_logger = logging.getLogger(__name__)

_RECEIVER: Final = "jaeger_udp"
_LONGEST: Final = 65_536
"""No datagram is longer."""

_BUFFER: Final = 4 * 1024**2
"""Bytes that the system is asked to hold for us while we decode; it may give less."""

_DRAIN_SECONDS: Final = 2.0
"""How long packets that have come already are still taken at the end."""


class LegacyUdp:
    """Listens in a thread of its own.

    Args:
        receiving: what takes the spans.
    """

    def __init__(self, receiving: Receiving) -> None:
        self._receiving = receiving
        self._ending = False
        self._said: set[str] = set()
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="otelhook-jaeger", daemon=True)

    def start(self, host: str, port: int) -> int:
        """Listen, and return the port.

        Raises:
            ConfigError: jaeger-client is not installed.
            UnreachableError: the port is taken.
        """
        load_thrift()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_DGRAM)
        try:
            listening.bind((host, port))
        except (OSError, OverflowError) as error:
            listening.close()
            reason = error.strerror if isinstance(error, OSError) else "no such port"
            message = (
                f"jaeger-client's spans cannot come to UDP {host}:{port}: {reason}; "
                "collector_jaeger_udp names another address"
            )
            raise UnreachableError(message) from None
        with suppress(OSError):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket = listening
        self._thread.start()
        return int(listening.getsockname()[1])

    def stop(self) -> None:
        """Take what has come already, and end; ending twice is not an error."""
        if self._socket is None:
            return
        self._ending = True
        # An empty datagram to ourselves ends the wait for the next one.
        with socket.socket(self._socket.family, socket.SOCK_DGRAM) as waking:
            waking.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()
        self._socket = None

    def _run(self) -> None:
        listening = self._socket
        while listening is not None and not self._ending:
            self._receive(listening)
        if listening is not None:
            listening.settimeout(0)
            until = time.monotonic() + _DRAIN_SECONDS
            while time.monotonic() < until and self._receive(listening):
                pass

    def _receive(self, listening: socket.socket) -> bool:
        """Take one packet; False if there is none."""
        try:
            packet = listening.recv(_LONGEST)
        except BlockingIOError:
            return False
        except OSError as error:  # such as what a firewall says of our own waking
            self._say("receiving", str(error))
            return True
        if packet or not self._ending:
            self._take(packet)
        return True

    def _take(self, packet: bytes) -> None:
        share = self._receiving.budget.share()
        try:
            share.grow(len(packet))
            content = content_of(legacy_spans(read_packet(packet, share.grow)), share)
            done = self._receiving.submit(_RECEIVER, content)
        except (DamagedDataError, RefusalError) as error:
            _give_back(share)
            reason = error.reason if isinstance(error, RefusalError) else Reason.MALFORMED
            self._receiving.refused(_RECEIVER, RefusalError(reason, str(error)))
            self._say(reason.name, str(error))
        except Exception:
            # Whatever a packet does, the next one is still received.
            _give_back(share)
            self._receiving.refused(_RECEIVER, RefusalError(Reason.DEFECT, "see the log"))
            _logger.exception("a packet over UDP was dropped")
        else:
            done.add_done_callback(lambda future: self._written(future, share))

    def _written(self, future: Future[None], share: Share) -> None:
        _give_back(share)
        error = future.exception()
        if error is None:
            self._receiving.taken(_RECEIVER)
            return
        refusal = error if isinstance(error, RefusalError) else None
        reason = refusal.reason if refusal else Reason.DEFECT
        self._receiving.refused(_RECEIVER, refusal or RefusalError(reason, str(error)))
        self._say(reason.name, str(error))

    def _say(self, kind: str, message: str) -> None:
        """Log the first of a kind: a stream of such packets must not fill the disk."""
        if kind not in self._said:
            self._said.add(kind)
            _logger.warning(
                "UDP: dropped a packet: %s (further ones are only counted, see /metrics)", message
            )


def _give_back(share: Share) -> None:
    with share:
        pass
