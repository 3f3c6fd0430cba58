"""Where a trace is read back from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from otelhook.errors import ConfigError
from otelhook.lazy_patterns import lazy
from otelhook.model import Trace
from otelhook.plug_ins import SOURCES, installed, plug_in_named, shadowed
from otelhook.settings import Settings, load
from otelhook.sources.in_memory import SpansSource
from otelhook.sources.lookup import LATEST, resolve
from otelhook.sources.plug_in import open_plug_in
from otelhook.sources.port import TraceSource

__all__ = ["SpansSource", "TraceSource", "open_source", "read_trace", "resolve"]


_logger = logging.getLogger(__name__)

_STORE = "store"
_ANY_FILE = "file"
_FILE_KINDS = ("otlp", "jaeger", "zipkin", "xray", "index", "clickhouse", "console", "debug")
"""Those of `formats.registry` and `formats.printed`, which are not imported to know them."""
_STANDARD_INPUT = "-"
_KIND = lazy(r"[a-z][a-z0-9+-]*")


def _store(place: str, settings: Settings) -> TraceSource:
    from otelhook.sources.store import StoreSource

    return StoreSource(
        Path(place).expanduser() if place else settings.data_dir,
        keep_seconds=settings.keep_seconds,
        keep_bytes=settings.keep_bytes,
    )


def _file(kind: str, place: str, settings: Settings) -> TraceSource:  # noqa: ARG001 - as the others
    from otelhook.sources.files.trace_file import TraceFileSource

    if not place:
        message = f"source {kind}: names no file; write {kind}:FILE, or {kind}:- for standard input"
        raise ConfigError(message)
    if place.startswith(("http://", "https://", "//")):
        address = place.rpartition("//")[2].rpartition("@")[2]
        message = f"{kind}: reads a file; to ask a backend write {kind}+http://{address}"
        raise ConfigError(message)
    only = "" if kind == _ANY_FILE else kind
    return TraceFileSource(None if place == _STANDARD_INPUT else Path(place).expanduser(), only)


def _requestshook(place: str, settings: Settings) -> TraceSource:
    from otelhook.redaction import Redactor
    from otelhook.sources.files.requestshook import RequestshookSource

    if not place:
        message = "source requestshook: names no file; write requestshook:FILE"
        raise ConfigError(message)
    redactor = Redactor.configured({}, settings)
    return RequestshookSource(Path(place).expanduser(), redactor=redactor)


def _backend(kind: str, place: str, settings: Settings) -> TraceSource:  # noqa: ARG001 - as the others
    from otelhook.sources.backends.registry import open_backend

    return open_backend(kind, place)


_KINDS: Mapping[str, Callable[[str, Settings], TraceSource]] = {
    _STORE: _store,
    **{kind: partial(_file, kind) for kind in (_ANY_FILE, *_FILE_KINDS)},
    "requestshook": _requestshook,
    **{
        kind: partial(_backend, kind)
        for tool in ("jaeger", "tempo", "zipkin", "collector")
        for kind in (f"{tool}+http", f"{tool}+https")
    },
}


def open_source(spec: str = "", settings: Settings | None = None) -> TraceSource:
    """Open the source that a user names.

    Args:
        spec: ``""`` or ``store`` for the data folder, ``store:PATH`` for another folder or store
            file, a file's name for a file of any kind (``-`` for standard input, ``file:FILE``
            whatever its name), ``otlp:FILE``, ``jaeger:FILE``, ``zipkin:FILE``, ``xray:FILE``,
            ``index:FILE``, ``clickhouse:FILE``, ``console:FILE`` or ``debug:FILE`` for one that
            must be of that kind,
            ``requestshook:FILE`` for its ancestor's log, ``jaeger+http://HOST:PORT`` (or https,
            perhaps with a path) for a Jaeger, and ``tempo``, ``zipkin`` or ``collector`` in its
            place; or ``NAME:PLACE`` with the name of a plug-in (entry points of
            `otelhook.plug_ins.SOURCES`), which is imported then.
        settings: the data folder and what is kept there; those of this process and folder if
            left out.

    Raises:
        ConfigError: no such kind of source, or a plug-in that cannot be used.
    """
    settings = load().settings if settings is None else settings
    kind, colon, place = (spec or _STORE).partition(":")
    if kind in _KINDS:
        if colon and kind != _STORE:
            for sentence in shadowed(SOURCES, (kind,)):
                _logger.warning("%s", sentence)
        return _KINDS[kind](place, settings)
    plug_in = plug_in_named(SOURCES, kind) if colon else None
    if plug_in is not None:
        return open_plug_in(plug_in, place)
    if spec == _STANDARD_INPUT or Path(spec).expanduser().exists():
        return _file(_ANY_FILE, spec, settings)
    if colon and _KIND.fullmatch(kind):
        shown = kind if "@" in spec else spec  # a password may stand before it
        message = f"unknown source {shown!r}; known: {', '.join(_names())}, as in store:PATH"
    else:
        message = f"there is no file {spec}; other sources: {', '.join(_names())}, as in store:PATH"
    raise ConfigError(message)


def read_trace(spec: str = "", trace: str | None = LATEST) -> Trace:
    """Read a whole trace, from whatever `open_source` can open.

    Args:
        spec: the source, as for `open_source`; the default is what is recorded on this machine.
        trace: its id, the beginning of one, or ``latest``; None is the only trace that there is.

    Raises:
        ConfigError: no such kind of source, or what cannot be an id.
        NotRecordedError: the source has no such trace, or several.
        StorageError: the file cannot be read.
        DamagedDataError: what it holds is not a trace.
        UnreachableError: a backend does not answer.
    """
    source = open_source(spec)
    return source.trace(resolve(source, trace))


def _names() -> list[str]:
    """Return what may stand before a colon, the plug-ins' names last."""
    return [*_KINDS, *(p.name for p in installed(SOURCES) if p.name not in _KINDS)]
