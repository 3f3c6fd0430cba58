"""A run that is named on the command line: a trace's id, a source's, or a document's file."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from otelhook.cli.complaints import show_warnings
from otelhook.cli.composing import Composed, composed, redactor_of
from otelhook.errors import ConfigError, StorageError
from otelhook.model import Trace
from otelhook.render.json import SCHEMA, from_json
from otelhook.sequence.transforms.redact_document import clean
from otelhook.settings import Settings
from otelhook.sources import TraceSource, open_source, resolve

__all__ = ["OPERAND", "composed_run", "traces_of"]

OPERAND: Final = (
    "a trace's id (or the beginning of one, or latest), anything that --from takes, such as a "
    "file, perhaps with #TRACE_ID behind it, or a document in JSON"
)

_ID: Final = re.compile(r"(?i)[0-9a-f]{1,32}|latest")
_HEAD: Final = 4_096
"""Bytes of a file that tell whether it is a document."""


def composed_run(named: str, arguments: argparse.Namespace, settings: Settings) -> Composed:
    """Return the document of the one run that is named.

    Raises:
        ConfigError: it names no source.
        NotRecordedError: there is no such trace, or more than one.
        DamagedDataError: what it names cannot be read as a trace or document.
    """
    if (document := _document_text(named)) is not None:
        return Composed(clean(from_json(document), redactor_of(settings)), whole=True)
    source, trace_id = _source(named, arguments, settings)
    trace = source.trace(resolve(source, trace_id))
    return composed(trace.spans, arguments, settings)


def traces_of(
    named: str, arguments: argparse.Namespace, settings: Settings, most: int
) -> Sequence[Trace]:
    """Return all traces that are named: one by its id, else all of a source, newest first."""
    source, trace_id = _source(named, arguments, settings)
    if trace_id:
        return (source.trace(resolve(source, trace_id)),)
    return [source.trace(found) for found in source.newest(most)]


def _source(
    named: str, arguments: argparse.Namespace, settings: Settings
) -> tuple[TraceSource, str]:
    """Return where a run is looked for, and what is said of its id."""
    show_warnings()
    if not named:
        message = "a run needs a name: " + OPERAND
        raise ConfigError(message)
    if Path(named).exists():
        return open_source(named, settings), ""
    if _ID.fullmatch(named):
        return open_source(getattr(arguments, "source", "") or settings.source, settings), named
    place, mark, trace_id = named.rpartition("#")
    if mark and (trace_id == "" or _ID.fullmatch(trace_id)):
        return open_source(place, settings), trace_id
    return open_source(named, settings), ""


def _document_text(named: str) -> bytes | None:
    """Return a file's content if it is a document of ours; None if it is anything else."""
    path = Path(named)
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            if f'"{SCHEMA}"'.encode() not in head or not head.lstrip().startswith(b"{"):
                return None
            return head + file.read()
    except OSError as error:
        message = f"{named}: cannot be read: {error.strerror or error}"
        raise StorageError(message) from error
