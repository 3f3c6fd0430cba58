"""Where a trace is read back from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from otelhook.errors import ConfigError
from otelhook.settings import Settings
from otelhook.sources.lookup import resolve
from otelhook.sources.port import TraceSource

__all__ = ["TraceSource", "open_source", "resolve"]


def _store(place: str, settings: Settings) -> TraceSource:
    from otelhook.sources.store import StoreSource  # noqa: PLC0415 - loads SQLite and protobuf

    return StoreSource(
        Path(place).expanduser() if place else settings.data_dir,
        keep_seconds=settings.keep_seconds,
        keep_bytes=settings.keep_bytes,
    )


def _otlp(place: str, settings: Settings) -> TraceSource:  # noqa: ARG001 - as the others
    from otelhook.sources.files.otlp_file import OtlpFileSource  # noqa: PLC0415 - loads protobuf

    if not place:
        message = "source otlp: names no file; write otlp:FILE, or otlp:- for standard input"
        raise ConfigError(message)
    return OtlpFileSource(None if place == "-" else Path(place).expanduser())


def _requestshook(place: str, settings: Settings) -> TraceSource:
    from otelhook.redaction import Redactor  # noqa: PLC0415 - as above
    from otelhook.sources.files.requestshook import RequestshookSource  # noqa: PLC0415 - as above

    if not place:
        message = "source requestshook: names no file; write requestshook:FILE"
        raise ConfigError(message)
    redactor = Redactor.configured({}, settings)
    return RequestshookSource(Path(place).expanduser(), redactor=redactor)


def _backend(kind: str, place: str, settings: Settings) -> TraceSource:  # noqa: ARG001 - as the others
    from otelhook.sources.backends.registry import open_backend  # noqa: PLC0415 - loads urllib

    return open_backend(kind, place)


_KINDS: Mapping[str, Callable[[str, Settings], TraceSource]] = {
    "store": _store,
    "otlp": _otlp,
    "requestshook": _requestshook,
    **{
        kind: partial(_backend, kind)
        for tool in ("jaeger", "tempo", "zipkin", "collector")
        for kind in (f"{tool}+http", f"{tool}+https")
    },
}


def open_source(spec: str, settings: Settings) -> TraceSource:
    """Open the source that a user names.

    Args:
        spec: ``""`` or ``store`` for the data folder, ``store:PATH`` for another folder or store
            file, ``otlp:FILE`` for a file of OTLP (``otlp:-`` for standard input),
            ``requestshook:FILE`` for its ancestor's log,
            ``jaeger+http://HOST:PORT`` (or https, perhaps with a path) for a Jaeger, and
            ``tempo``, ``zipkin`` or ``collector`` in its place.
        settings: the data folder and what is kept there.

    Raises:
        ConfigError: no such kind of source.
    """
    kind, _, place = (spec or "store").partition(":")
    if kind not in _KINDS:
        shown = kind if "@" in spec else spec  # a password may stand before it
        message = f"unknown source {shown!r}; known: {', '.join(_KINDS)}, as in store:PATH"
        raise ConfigError(message)
    return _KINDS[kind](place, settings)
