"""The socket of a request, which some servers let an application take: for a websocket."""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["TakenSocket"]

_PLACES: Final = ("werkzeug.socket", "gunicorn.socket")
_TCP_INFO: Final = getattr(socket, "TCP_INFO", None)
_SEGMENTS_SENT: Final = struct.Struct("=156xI")
"""``tcpi_data_segs_out`` of Linux' ``struct tcp_info``, which only ever grows at its end."""


class TakenSocket:
    """Tells whether an application has written on a request's socket itself.

    WSGI has no word for it, and what such an application returns says nothing: a view has to
    return something. The kernel counts what was sent.

    Args:
        environ: the request's, before the application has it.
    """

    __slots__ = ("_before", "_socket")

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._socket: Any = next((environ[name] for name in _PLACES if name in environ), None)
        self._before = self._sent()

    def is_written(self) -> bool:
        """Say whether something was sent since the request began; asked before the server answers.

        An application that has closed the socket has taken it as well.
        """
        return self._sent() > self._before

    def _sent(self) -> float:
        """Return how many segments of data were sent; 0 if that is not known."""
        if self._socket is None or _TCP_INFO is None:
            return 0
        if self._socket.fileno() == -1:
            return float("inf")
        try:
            told = self._socket.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _SEGMENTS_SENT.size)
            return int(_SEGMENTS_SENT.unpack(told)[0])
        except (OSError, AttributeError, struct.error):  # none of TCP, or of an older kernel
            return 0
