"""One call of an application: what it may do, and how it tells of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.interference.side_file import SideFile, shown

__all__ = ["Call"]

Headers = list[tuple[str, str]]


class Call:
    """A request as the application has it, with a side file to tell the harness about it."""

    def __init__(self, environ: dict[str, Any], start_response: Any, side: SideFile) -> None:
        self.environ = environ
        self.start_response = start_response
        self.case = str(environ.get("HTTP_X_CASE", "unnamed"))
        self._side = side

    def say(self, event: str, **facts: Any) -> None:
        """Tell of an event."""
        self._side.say(self.case, event, **facts)

    def was_told(self, what: str) -> bool:
        """Wait for the client's side of this case."""
        return self._side.was_told(self.case, what)

    def note(self, event: str, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function and tell what it returned or raised."""
        try:
            value = function(*args)
        except BaseException as error:
            self.say(event, raised=shown(error))
            raise
        self.say(event, value=shown(value))
        return value

    def start(self, status: Any, headers: Any, *rest: Any) -> Any:
        """Call ``start_response``, and tell what it returned or raised."""
        try:
            write = self.start_response(status, headers, *rest)
        except BaseException as error:
            self.say("start_response", raised=type(error).__name__)
            raise
        self.say("start_response", callable=callable(write))
        return write

    def body(self) -> bytes:
        """Read the whole body: as much as its length says, else to its end."""
        length = self.environ.get("CONTENT_LENGTH")
        stream = self.environ["wsgi.input"]
        if length:
            return bytes(stream.read(int(length)))
        return bytes(stream.read()) if "HTTP_TRANSFER_ENCODING" in self.environ else b""

    def plain(self, body: bytes, status: str = "200 OK") -> list[bytes]:
        """Answer with a text, its length in the header."""
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
        self.start(status, headers)
        return [body]

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Tell when a generator begins, and how it ends."""
        self.say("opened")
        try:
            yield
        except BaseException as error:
            self.say("closed", raised=type(error).__name__)
            raise
        self.say("closed")

    def closing(self, chunks: Iterable[Any], **behaviour: Any) -> Body:
        """Return an iterable that tells when it is closed."""
        return Body(self, chunks, **behaviour)


class Body:
    """An iterable of a class of its own, with ``close()``, as frameworks have them.

    Args:
        call: tells.
        chunks: what is iterated.
        fails_in_close: what ``close()`` raises.
    """

    def __init__(
        self, call: Call, chunks: Iterable[Any], *, fails_in_close: BaseException | None = None
    ) -> None:
        self._call = call
        self._chunks = chunks
        self._fails = fails_in_close
        call.say("opened")

    def __iter__(self) -> Iterator[Any]:
        return iter(self._chunks)

    def close(self) -> None:
        """Tell, and fail if that was asked for."""
        self._call.say("closed")
        if self._fails is not None:
            raise self._fails


class SizedBody(Body):
    """The same, with a length."""

    def __len__(self) -> int:
        return len(list(self._chunks))
