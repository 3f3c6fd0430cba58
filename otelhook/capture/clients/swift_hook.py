"""What OpenStack Swift's servers do with http.client that nobody else does.

The proxy asks an object server with ``Expect: 100-continue`` and looks at the first answer before
it sends the object: ``getexpect`` of ``swift.common.bufferedhttp``. That is 100, and the answer
proper follows by ``getresponse``; or it is a refusal, and nothing follows.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from otelhook.capture.clients.http_client_hook import answered_early

__all__ = ["wrap_getexpect"]


def wrap_getexpect(getexpect: Callable[..., Any]) -> Callable[..., Any]:
    """Return a ``BufferedHTTPConnection.getexpect`` that records a refusal as the answer."""

    def captured(self: Any, *args: Any, **kwargs: Any) -> Any:
        response = getexpect(self, *args, **kwargs)
        if response.status != HTTPStatus.CONTINUE:
            answered_early(self, response)
        return response

    return captured
