"""Ends connections that say nothing: each of them takes memory and a file of the process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as Base
else:  # the quicker one, where its library is installed; both have what is used here
    from uvicorn.protocols.http.auto import AutoHTTPProtocol as Base

__all__ = ["ending_idle"]


def ending_idle(seconds: float) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol, but for a client that says nothing for so long.

    uvicorn itself ends what is silent between two requests, not before the first and not within
    one. While it is us who have to answer, the client may be silent.
    """
    return type("EndingIdle", (_EndingIdle,), {"seconds": seconds})


class _EndingIdle(Base):
    seconds: ClassVar[float]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        self._heard = True
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._watching.cancel()
        super().connection_lost(exc)

    def _watch(self) -> None:
        self._heard = False
        self._watching = self.loop.call_later(self.seconds, self._look)

    def _look(self) -> None:
        cycle = self.cycle
        # There is none before the first request.
        ours = bool(cycle) and not cycle.response_complete and not cycle.more_body
        if self._heard or ours:
            self._watch()
        else:
            self.transport.abort()
