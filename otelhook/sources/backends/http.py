"""Asks a tracing backend over HTTP, and says in one line why there is no answer.

Redirects are not followed, so that what a user asks of one host, with a token, never goes to
another. Nothing is retried: the user sees the line and decides.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import json
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from otelhook.errors import ConfigError, DamagedDataError, OtelhookError, UnreachableError
from otelhook.sources.backends.credentials import Credentials

__all__ = ["Answer", "AnswerLimits", "Backend", "base_address", "parsed"]

_NOT_SAMPLED = f"00-{1:032x}-{1:016x}-00"
"""W3C trace context: do not record this. Jaeger keeps traces of its own queries, else."""

_PIECE = 64 * 1024
_QUOTED = 200


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """What one answer may take."""

    silence: float = 10.0
    """Seconds without a byte, also while connecting."""
    whole: float = 60.0
    """Seconds from the question to the last byte."""
    size: int = 256 * 1024**2
    """Bytes of an answer; JSON takes several times as much in memory."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with a status that means something to who asked."""

    status: int
    body: bytes
    web_page: bool
    """It is HTML: the page of a backend, of a proxy or of a sign-in."""


def base_address(spec: str, scheme: str, place: str) -> str:
    """Return the address that a source's spec names, such as ``http://host:16686/jaeger``.

    Args:
        spec: how the kind is written, for messages: ``jaeger+http``.
        scheme: ``http`` or ``https``.
        place: what follows the colon: ``//HOST:PORT[/prefix]``.

    Raises:
        ConfigError: it is not such an address, or it holds a password.
    """
    try:
        parts = urlsplit(f"{scheme}:{place.strip()}")
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.username is not None or parts.password is not None:
        variable = f"OTELHOOK_{spec.partition('+')[0].upper()}_LOGIN"
        message = f"source {spec}: others can read a command line; set {variable}=USER:PASSWORD"
        raise ConfigError(message)
    if not host or parts.query or parts.fragment or not place.isprintable() or " " in place:
        message = f"source {spec} names no address; write {spec}://HOST:PORT or .../PREFIX"
        raise ConfigError(message)
    shown = f"[{host}]" if ":" in host else host
    address = f"{scheme}://{shown}" + (f":{port}" if port is not None else "")
    return address + quote(parts.path.rstrip("/"), safe="/%:@")


def parsed(body: bytes) -> object:
    """Return the content of a JSON answer.

    Raises:
        DamagedDataError: it is not JSON.
    """
    try:
        return cast("object", json.loads(body))
    except (ValueError, RecursionError) as error:
        message = f"not JSON: {error}"
        raise DamagedDataError(message) from None


class Backend:
    """One backend at one address.

    Args:
        kind: what it is, for messages: ``Jaeger``.
        address: as `base_address` returns it.
        credentials: what it may ask for.
        limits: of each answer.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        kind: str,
        address: str,
        credentials: Credentials,
        limits: AnswerLimits = AnswerLimits(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = f"{kind} at {address}"
        self._address = address
        self._credentials = credentials
        self._limits = limits
        self._clock = clock

    def get(
        self,
        path: str,
        parameters: Mapping[str, str | int] | None = None,
        *,
        accept: str = "application/json",
    ) -> Answer:
        """Ask, and return the answer if its status is 200, 404, 405 or 501.

        Args:
            path: below the backend's address.
            parameters: of the query.
            accept: the media type that is wanted.

        Raises:
            UnreachableError: there is no such answer; the line says why and what to try.
            DamagedDataError: the answer is truncated or too large.
            ConfigError: the address or a credential cannot be sent at all.
        """
        query = f"?{urlencode(parameters)}" if parameters else ""
        request = urllib.request.Request(  # noqa: S310 - base_address lets only http and https be
            self._address + path + query,
            headers={
                "Accept": accept,
                "User-Agent": "otelhook",
                "Traceparent": _NOT_SAMPLED,
                **self._credentials.headers(),
            },
        )
        try:
            with _unrecorded():
                return self._ask(request)
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
            if isinstance(error, OtelhookError):
                raise
            raise self._why(error) from error

    def _ask(self, request: urllib.request.Request) -> Answer:
        until = self._clock() + self._limits.whole
        opened = _opener(urlsplit(self._address)).open(request, timeout=self._limits.silence)
        with contextlib.closing(cast("http.client.HTTPResponse", opened)) as response:
            body = self._body(response, until)
            kind = response.headers.get_content_type()
            self._check(response.status, response.headers.get("Location", ""), body)
            return Answer(response.status, body, web_page=_is_page(kind, body))

    def _body(self, response: http.client.HTTPResponse, until: float) -> bytes:
        # Counted here: before Python 3.13, read1() forgets how much of Content-Length it has read.
        promised = response.length
        pieces: list[bytes] = []
        size = 0
        while size != promised:
            left = _PIECE if promised is None else min(_PIECE, promised - size)
            piece = response.read1(left)
            if not piece:
                break
            pieces.append(piece)
            size += len(piece)
            if size > self._limits.size:
                message = f"{self.name} answers with more than {self._limits.size:,} bytes"
                raise DamagedDataError(message)
            if self._clock() > until:
                raise TimeoutError
        if promised is not None and size < promised:
            raise http.client.IncompleteRead(b"".join(pieces), promised - size)
        return b"".join(pieces)

    def _check(self, status: int, location: str, body: bytes) -> None:
        """Let through what means something to the caller."""
        if status in _MEANINGFUL:
            return
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            message = f"{self.name} refuses ({status}): {self._credentials.advice}"
        elif HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            message = (
                f"{self.name} sends on to {_without_query(location)} ({status}): name that "
                f"address if it is the backend; if it is a sign-in, {self._credentials.advice}"
            )
        elif status in _BUSY:
            message = f"{self.name} cannot answer now ({status}{_reason(body)}): try again later"
        else:
            message = f"{self.name} answers {status}{_reason(body)}; its own log may say more"
        raise UnreachableError(message)

    def _why(self, error: Exception) -> OtelhookError:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(reason, http.client.IncompleteRead):
            return DamagedDataError(f"{self.name} cut its answer short: try again")
        for kinds, said in _REASONS:
            if isinstance(reason, kinds):
                return UnreachableError(f"{self.name} {said}")
        if isinstance(reason, OSError):
            said = reason.strerror or str(reason)
            return UnreachableError(f"{self.name} does not answer ({said}): does it run there?")
        return ConfigError(f"{self.name}: that address cannot be asked")


_REASONS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (
        ssl.SSLCertVerificationError,
        "shows a certificate that is not trusted here: set SSL_CERT_FILE to its authority's",
    ),
    (ssl.SSLError, "speaks no TLS there: try http instead of https"),
    (TimeoutError, "has not answered in time: is it overloaded, or is a firewall between?"),
    (
        (http.client.HTTPException, ConnectionResetError),
        "speaks no HTTP there: is that the port of its page, not of OTLP? With TLS write https",
    ),
)
_MEANINGFUL = frozenset({200, 404, 405, 501})
_BUSY = frozenset({408, 429, 502, 503, 504})


def _opener(address: SplitResult) -> urllib.request.OpenerDirector:
    """Return an opener that hands out every status and follows nothing."""
    opener = urllib.request.OpenerDirector()
    # Loopback is never reached through a proxy, whatever the environment says.
    opener.add_handler(urllib.request.ProxyHandler({} if _is_loopback(address) else None))
    opener.add_handler(urllib.request.HTTPHandler())
    opener.add_handler(urllib.request.HTTPSHandler())
    return opener


def _is_loopback(address: SplitResult) -> bool:
    host = address.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unrecorded() -> contextlib.AbstractContextManager[None]:
    """Keep our own request out of the traces of a process that is instrumented.

    Every instrumentation has loaded OpenTelemetry's utilities; where they are not loaded there is
    nothing to suppress, and loading them would take 90 ms.
    """
    utilities = sys.modules.get("opentelemetry.instrumentation.utils")
    if utilities is None:
        return contextlib.nullcontext()
    return cast(
        "contextlib.AbstractContextManager[None]",
        utilities.suppress_instrumentation(),
    )


def _is_page(content_type: str, body: bytes) -> bool:
    return content_type == "text/html" or body[:_QUOTED].lstrip()[:1] == b"<"


def _without_query(location: str) -> str:
    """A sign-in's address carries secrets in its query."""
    return location.partition("?")[0].partition("#")[0].rpartition("@")[2][:_QUOTED] or "nowhere"


def _reason(body: bytes) -> str:
    """Return what a backend says of its error, in any of the forms of Jaeger and gRPC gateways."""
    try:
        said = parsed(body)
    except DamagedDataError:
        return ""
    found: list[str] = []
    for key in ("error", "errors", "message", "msg"):
        while isinstance(said, list) and said:
            said = cast("list[object]", said)[0]
        if isinstance(said, dict) and key in said:
            said = cast("dict[str, object]", said)[key]
        if isinstance(said, str):
            found.append(said)
            break
    return ": " + " ".join(found[0].split())[:_QUOTED] if found else ""
