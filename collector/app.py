"""The collector's HTTP application: its routes, and who may ask them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from otelhook.collector.access import Access, AccessMiddleware
from otelhook.collector.pages.note_file import NoteFile
from otelhook.collector.pages.page import page_routes
from otelhook.collector.query.reading import Reading
from otelhook.collector.query.routes import query_routes
from otelhook.collector.receivers.legacy_http import legacy_routes
from otelhook.collector.receivers.otlp_http import otlp_routes
from otelhook.collector.receivers.receiving import Receiving
from otelhook.redaction import Redactor
from otelhook.store import Store

__all__ = ["Surroundings", "make_app"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the application's routes stand on."""

    receiving: Receiving
    open_store: Callable[[], Store]
    """Opens the store for reading; a connection belongs to the thread that opened it."""
    access: Access
    redactor: Redactor = field(default_factory=Redactor.make)
    """The rules for what the pages show, the same as those of ``otelhook render``."""
    notes: NoteFile | None = None
    """What stands on the steps of the pages, and where more is saved."""
    jaeger: bool = False
    """Whether jaeger-client's batches are taken over HTTP."""


def make_app(surroundings: Surroundings) -> Starlette:
    """Return the application; what it stands on is started and ended by who made it."""
    reading = Reading(surroundings.open_store)
    routes: list[BaseRoute] = [
        *otlp_routes(surroundings.receiving),
        *(legacy_routes(surroundings.receiving) if surroundings.jaeger else ()),
        *query_routes(reading),
        *page_routes(reading, surroundings.redactor, surroundings.notes),
        *_own_routes(surroundings),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(AccessMiddleware, access=surroundings.access)],
    )


def _own_routes(surroundings: Surroundings) -> Sequence[Route]:
    """Health and metrics."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def metrics(_: Request) -> Response:
        text = surroundings.receiving.counters.text()
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return [Route("/healthz", healthz), Route("/metrics", metrics)]
