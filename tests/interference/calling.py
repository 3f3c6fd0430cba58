"""One case of the client half, as the program that calls has it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from tests.interference.side_file import SideFile, shown

__all__ = ["PROGRAMS_OWN", "Calling", "about"]

PROGRAMS_OWN = ("a" * 32, "b" * 16)
"""The trace and parent that the program ``own-trace`` writes into its header: they are left as
they are, for a signature may have been made of them, and our span hangs below them as well."""


class Calling:
    """What a program calls, and how it tells what became of it.

    Args:
        case: its name.
        port: the recorder's.
        refusing: a port on which nobody listens.
        side: is told.
    """

    def __init__(self, case: str, port: int, refusing: int, side: SideFile) -> None:
        self.case = case
        self.port = port
        self.refusing = refusing
        self._side = side

    def path(self, answer: str) -> str:
        """Return the path that is answered so."""
        return f"/{self.case}/{answer}"

    def url(self, answer: str) -> str:
        """Return the URL that is answered so."""
        return f"http://127.0.0.1:{self.port}{self.path(answer)}"

    def nobody(self) -> str:
        """Return a URL at which nobody listens."""
        return f"http://127.0.0.1:{self.refusing}{self.path('plain')}"

    def go(self) -> None:
        """Let the answer that is on its way go on."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(f"GO {self.case} HTTP/1.1\r\n\r\n".encode())

    def say(self, event: str, value: Any = None) -> None:
        """Tell of an event."""
        self._side.say(self.case, event, value=shown(value))

    def note(self, event: str, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Call a function and tell what it returned or raised."""
        try:
            value = function(*args, **named)
        except BaseException as error:
            self.say(event, _error(error))
            raise
        self.say(event, about(value))
        return value

    def attempt(self, event: str, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """The same where an exception is what is expected; None is returned then."""
        try:
            return self.note(event, function, *args, **named)
        except Exception:
            return None


def _error(error: BaseException | None) -> list[Any]:
    """Describe an exception, with those that it came from."""
    told: list[Any] = []
    while error is not None and len(told) < 6:
        told.append([f"{type(error).__module__}.{type(error).__name__}", str(error)])
        error = error.__cause__ or error.__context__
    return told


def about(value: Any) -> Any:
    """Describe what a call returned: a response by all that it says, other values as they are."""
    if hasattr(value, "history") and hasattr(value, "iter_content"):
        return [
            *("requests", value.status_code, value.reason, value.url, value.ok),
            *(list(value.headers.items()), value.encoding, value.is_redirect),
            [about(one) for one in value.history],
            [value.request.method, value.request.url, _sent(value.request.headers)],
            sorted(value.cookies.items()),
        ]
    if hasattr(value, "getheaders") and hasattr(value, "status"):
        return [
            *(value.status, value.reason, value.version, sorted(map(str, value.headers.items()))),
            getattr(value, "length", None),
        ]
    if hasattr(value, "headers") and hasattr(value, "read_chunked"):
        return ["urllib3", value.status, value.reason, value.version, list(value.headers.items())]
    return shown(value)


def _sent(headers: Any) -> list[tuple[str, str]]:
    """Return headers but those of propagation, which is what capture adds."""
    own = ("traceparent", "tracestate")
    return [(str(k), shown(v)) for k, v in headers.items() if str(k).lower() not in own]
