"""The embedded collector as a whole: what starts before what, and how it ends."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from otelhook.collector.access import Access, is_loopback
from otelhook.collector.allocator import keep_what_is_loaded, return_memory
from otelhook.collector.app import Surroundings, make_app
from otelhook.collector.counters import Counters
from otelhook.collector.idle import ending_idle
from otelhook.collector.intake import Chores, Intake
from otelhook.collector.listening import listen
from otelhook.collector.pages.note_file import NoteFile
from otelhook.collector.receivers.legacy_udp import LegacyUdp
from otelhook.collector.receivers.otlp_grpc import GrpcReceiver
from otelhook.collector.receivers.receiving import ReceiverLimits, Receiving
from otelhook.errors import ConfigError, UnreachableError
from otelhook.otlp.folders import SPOOL_FOLDER
from otelhook.redaction import Redactor
from otelhook.store import Store
from otelhook.store.database import store_path

__all__ = ["Address", "LegacyAddresses", "Listening", "Plan", "serve"]

GRACE = 5.0
"""Seconds that requests under way get when the collector is told to end."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 is any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class LegacyAddresses:
    """Where the clients of before OpenTelemetry send to."""

    udp: Address
    http: Address


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a collector listens."""

    http: Address
    grpc: Address | None = None
    jaeger: LegacyAddresses | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a collector is to do."""

    data_dir: Path
    http: Address
    grpc: Address | None
    access: Access = field(default_factory=Access)
    limits: ReceiverLimits = field(default_factory=ReceiverLimits)
    idle: float = 30.0
    """Seconds after which a connection that says nothing is ended."""
    keep_seconds: float = 0.0
    keep_bytes: int = 0
    jaeger: LegacyAddresses | None = None
    """Where jaeger-client's spans come to, if they are wanted."""
    redactor: Redactor = field(default_factory=Redactor.make)
    """The rules for the pages."""
    notes: NoteFile | None = None
    """The file whose notes the pages show and save to."""

    def check(self) -> None:
        """Refuse what would show recorded headers and bodies to anybody, or take any from them.

        Raises:
            ConfigError: it would listen beyond this machine without a token, or over UDP, which
                has none.
        """
        if self.jaeger is not None and not is_loopback(self.jaeger.udp.host):
            message = (
                f"UDP {self.jaeger.udp} can be reached by others, and a packet carries no token: "
                "listen on 127.0.0.1, beside the clients, as Jaeger's agent did"
            )
            raise ConfigError(message)
        for address in (self.http, self.grpc, self.jaeger.http if self.jaeger else None):
            if address is not None and not is_loopback(address.host) and not self.access.token:
                message = (
                    f"{address} can be reached by others: set OTELHOOK_COLLECTOR_TOKEN to a token "
                    "that senders and readers must have, or listen on 127.0.0.1"
                )
                raise ConfigError(message)


def serve(plan: Plan, started: Callable[[Listening], None]) -> None:
    """Collect until a signal ends it; what was acknowledged is in the store.

    Args:
        plan: what to do.
        started: called once with where it listens.

    Raises:
        ConfigError: it would listen beyond this machine without a token, or jaeger-client is
            wanted and not installed.
        UnreachableError: a port is taken.
        OtelhookError: the store cannot be opened.
    """
    plan.check()
    return_memory()
    path = store_path(plan.data_dir)

    def open_store(*, durable: bool = False) -> Store:
        return Store.open(path, clock=time.time_ns, durable=durable)

    counters = Counters()
    chores = Chores(
        spools=path.parent / SPOOL_FOLDER,
        keep_seconds=plan.keep_seconds,
        keep_bytes=plan.keep_bytes,
    )
    intake = Intake(lambda: open_store(durable=True), counters, chores)
    receiving = Receiving(intake, counters, plan.limits)
    counters.watch("otelhook_store_bytes", "Bytes of the store's file", lambda: _size(path))
    with ExitStack() as stack:
        sockets = [stack.enter_context(_listen(plan.http, "--http"))]
        if plan.jaeger is not None:
            named = "collector_jaeger_http"
            sockets.append(stack.enter_context(_listen(plan.jaeger.http, named)))
        intake.start()
        stack.callback(intake.stop)
        grpc_address = None
        if plan.grpc is not None:
            receiver = GrpcReceiver(receiving, plan.access.knows, plan.idle)
            port = receiver.start(plan.grpc.host, plan.grpc.port)
            stack.callback(receiver.stop, GRACE)
            grpc_address = Address(plan.grpc.host, port)
        jaeger = None
        if plan.jaeger is not None:
            udp = LegacyUdp(receiving)
            port = udp.start(plan.jaeger.udp.host, plan.jaeger.udp.port)
            stack.callback(udp.stop)
            jaeger = LegacyAddresses(
                Address(plan.jaeger.udp.host, port), _address(plan.jaeger.http, sockets[1])
            )
        surroundings = Surroundings(
            receiving, open_store, plan.access, plan.redactor, plan.notes, jaeger=jaeger is not None
        )
        server = uvicorn.Server(_config(make_app(surroundings), plan.idle))
        keep_what_is_loaded()
        with _ended_by_signals(server):
            started(Listening(_address(plan.http, sockets[0]), grpc_address, jaeger))
            server.run(sockets=sockets)


def _config(app: Starlette, idle: float) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=ending_idle(idle),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=int(GRACE),
        server_header=False,
    )


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Generator[None, None, None]:
    """Let SIGTERM and SIGINT end the server, and nothing else.

    uvicorn has handlers of its own while it runs, and raises the signal once more after that:
    it would kill us before the last spans are written.
    """

    def end(*_: object) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _address(wanted: Address, listening: socket.socket) -> Address:
    return Address(wanted.host, listening.getsockname()[1])


def _listen(address: Address, named: str) -> socket.socket:
    try:
        return listen(address.host, address.port)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no such port"
        message = f"HTTP cannot listen on {address}: {reason}; {named} names another address"
        raise UnreachableError(message) from None


def _size(path: Path) -> float:
    try:
        return path.stat().st_size
    except OSError:
        return 0.0
