"""The collector's pages: the list of traces, and a trace as the interactive document.

The list asks again every second and is answered 304 while nothing has changed: its answer is
always the whole truth about its search, however the page was left, restarted or reconnected, and
no connection stays open that a stop would wait for. Nothing is inline and nothing comes from
elsewhere: the policy allows the files beside this module and no others.
"""

from __future__ import annotations

import html
import json
from functools import cache, partial
from http import HTTPStatus
from importlib import resources
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from otelhook.collector.pages.listing import choices, listed, listing
from otelhook.collector.pages.note_file import NoteFile
from otelhook.collector.pages.saving import NOTES_PATH, note_routes
from otelhook.collector.query.api import whole_trace
from otelhook.collector.query.reading import Reading
from otelhook.collector.query.routes import status_of
from otelhook.errors import NotRecordedError, OtelhookError
from otelhook.model import SpanId, TraceId, parse_span_id
from otelhook.redaction import Redactor
from otelhook.render import FORMATS, render
from otelhook.render.html.page import Around, page_policy, render_html
from otelhook.sequence import Document, compose
from otelhook.store import Store

__all__ = ["page_routes"]

_HTML: Final = "text/html"
_JSON: Final = "application/json"
_FILES: Final = {
    "page.css": (
        ("otelhook.render.html", "base.css"),
        ("otelhook.collector", "page_files/list.css"),
    ),
    "page.js": (("otelhook.render.html", "dom.js"), ("otelhook.collector", "page_files/list.js")),
}
"""Each file of the list, and what it is put together from: it shares the document's looks."""

_TYPES: Final = {".css": "text/css", ".js": "text/javascript"}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def page_routes(
    reading: Reading, redactor: Redactor, notes: NoteFile | None = None
) -> list[BaseRoute]:
    """Return the routes of the pages.

    Args:
        reading: where they read from.
        redactor: the rules for what they show.
        notes: what stands on their steps, and where more is saved.
    """
    pages = _Pages(reading, redactor, notes)
    return [
        *note_routes(notes),
        Route("/", pages.home),
        Route("/page/traces", pages.traces),
        Route("/page/choices", pages.choices),
        Route("/page/{name}", pages.file),
        Route("/trace/{trace_id}", pages.trace),
        Route("/trace/{trace_id}/{form}", pages.download),
    ]


class _Pages:
    """What each path answers."""

    def __init__(self, reading: Reading, redactor: Redactor, notes: NoteFile | None) -> None:
        self._reading = reading
        self._redactor = redactor
        self._notes = notes

    async def home(self, _: Request) -> Response:
        """Answer the list, which fills itself."""
        return _page(_text("otelhook.collector", "page_files/list.html"))

    async def file(self, request: Request) -> Response:
        """Answer a file of the list."""
        name = request.path_params["name"]
        if name not in _FILES:
            return _said(f"there is no file {name[:80]!r}")
        kind = _TYPES["." + name.rpartition(".")[2]]
        headers = _HEADERS | {"Cache-Control": "no-cache"}
        return Response(_file(name), headers=headers, media_type=kind)

    async def traces(self, request: Request) -> Response:
        """Answer the rows of a search; 304 while the store is as it was."""
        asked = request.headers.get("if-none-match", "")
        try:
            wanted = listing(_parameters(request), self._reading.clock())

            def rows(store: Store) -> tuple[str, bytes]:
                # Read first: what comes in between is seen the next time.
                version = f'W/"{store.version()}"'
                # Searches of the last so many minutes change by themselves.
                unchanged = version == asked and not request.query_params.get("since")
                return version, b"" if unchanged else _encoded(
                    listed(store, wanted, self._redactor)
                )

            version, content = await self._reading.ask(rows)
        except OtelhookError as error:
            return _json({"error": str(error)}, status_of(error))
        headers = _HEADERS | {"ETag": version, "Cache-Control": "private, no-cache"}
        if not content:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(content, headers=headers, media_type=_JSON)

    async def choices(self, request: Request) -> Response:
        """Answer what the search form offers."""
        service = request.query_params.get("service", "")
        try:
            return _json(await self._reading.ask(partial(choices, service=service)))
        except OtelhookError as error:
            return _json({"error": str(error)}, status_of(error))

    async def trace(self, request: Request) -> Response:
        """Answer a trace as the interactive document.

        ``?span=`` goes to the step of that span, an id without its end to the whole id.
        """
        text = request.path_params["trace_id"]
        try:
            trace_id = await self._reading.ask(partial(_resolved, text=text))
            if trace_id != text:
                query = f"?{request.url.query}" if request.url.query else ""
                return RedirectResponse(f"/trace/{trace_id}{query}", headers=_HEADERS)
            span = request.query_params.get("span")
            if span is not None:
                step = await self._reading.ask(partial(self._step, trace_id, span))
                return RedirectResponse(f"/trace/{trace_id}{step}", headers=_HEADERS)
            content = await self._reading.ask(partial(self._shown, trace_id))
        except OtelhookError as error:
            return _said(str(error), status_of(error))
        policy = page_policy(connects=self._notes is not None)
        return _page(content, f"{policy}; frame-ancestors 'none'")

    async def download(self, request: Request) -> Response:
        """Answer a trace in one of the formats, as a file."""
        form = request.path_params["form"]
        row = FORMATS.get(form)
        if row is None:
            return _said(f"there is no format {form[:80]!r}: choose {', '.join(FORMATS)}")
        try:
            text = request.path_params["trace_id"]
            trace_id = await self._reading.ask(partial(_resolved, text=text))
            content = await self._reading.ask(
                lambda store: render(self._document(store, trace_id), form)
            )
        except OtelhookError as error:
            return _said(str(error), status_of(error))
        name = f"trace-{trace_id[:8]}{row.suffix}"
        headers = _HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, headers=headers, media_type=row.media_type)

    def _document(self, store: Store, trace_id: TraceId) -> Document:
        spans = whole_trace(store, trace_id)
        if not spans:
            message = f"no trace {trace_id}"
            raise NotRecordedError(message)
        document = compose(spans, redactor=self._redactor)
        return document if self._notes is None else self._notes.put_on(document)

    def _shown(self, trace_id: TraceId, store: Store) -> str:
        downloads = tuple(
            (name, f"/trace/{trace_id}/{name}", row.suffix) for name, row in FORMATS.items()
        )
        # The version first: what is saved in between is seen the next time.
        notes = None if self._notes is None else (NOTES_PATH, self._notes.version())
        return render_html(self._document(store, trace_id), Around("/", downloads, notes))

    def _step(self, trace_id: TraceId, text: str, store: Store) -> str:
        """Return the fragment of the first step of a span, or of the nearest above it."""
        document = self._document(store, trace_id)
        steps: dict[SpanId, int] = {}
        for step in document.steps:
            for span_id in (step.client_span_id, step.server_span_id):
                if span_id is not None:
                    steps.setdefault(SpanId(span_id), step.number)
        parents = {span.span_id: span.parent_span_id for span in store.trace(trace_id)}
        try:
            wanted: SpanId | None = parse_span_id(text)
        except ValueError:
            return ""
        seen: set[SpanId] = set()
        while wanted is not None and wanted not in steps and wanted not in seen:
            seen.add(wanted)
            wanted = parents.get(wanted)
        return f"#step-{steps[wanted]}" if wanted is not None and wanted in steps else ""


def _resolved(store: Store, text: str) -> TraceId:
    """Return the one trace whose id begins so."""
    wanted = text.strip().lower()
    found = store.find(wanted, 2) if wanted.isalnum() and wanted.isascii() else ()
    if not found and wanted.isalnum() and len(wanted) < len("0" * 32):
        # Jaeger leaves out the zeros at the beginning.
        found = store.find(wanted.zfill(len("0" * 32)), 1)
    if len(found) == 1:
        return found[0]
    message = f"no trace {text[:40]}" if not found else f"{text[:40]} begins more than one trace"
    raise NotRecordedError(message)


def _parameters(request: Request) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        found.setdefault(name, []).append(value)
    return found


def _said(message: str, status: HTTPStatus = HTTPStatus.NOT_FOUND) -> Response:
    """Answer a page that says what is wrong, and leads back to the list."""
    page = _text("otelhook.collector", "page_files/message.html")
    return _page(page.replace("@@message@@", html.escape(message)), status=status)


def _page(content: str, policy: str = _POLICY, status: HTTPStatus = HTTPStatus.OK) -> Response:
    headers = _HEADERS | {"Content-Security-Policy": policy}
    return Response(content, status, headers, media_type=_HTML)


def _json(content: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(_encoded(content), status, _HEADERS, media_type=_JSON)


def _encoded(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


@cache
def _file(name: str) -> str:
    return "\n".join(_text(*part) for part in _FILES[name])


@cache
def _text(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text("utf-8")
