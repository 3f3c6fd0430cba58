"""What ``otelhook traces`` looks for: the fields of the collector's search, on any source."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otelhook.cli.choosing import moment
from otelhook.cli.complaints import complain, said
from otelhook.errors import DamagedDataError
from otelhook.model import TraceId
from otelhook.sources import TraceSource

if TYPE_CHECKING:
    from otelhook.store import Query

__all__ = ["add_search", "is_filtered", "search_for"]

_FIELDS: Final = ("where", "service", "operation", "status", "min", "max")
_TIMES: Final = ("since", "until")
_MOST: Final = 500
"""Traces of a source that cannot search which are looked through, the newest."""


def add_search(parser: argparse.ArgumentParser) -> None:
    """Declare the fields of the search."""
    group = parser.add_argument_group("only traces with such a span")
    group.add_argument("--service", metavar="NAME", help="of this service")
    group.add_argument("--operation", metavar="NAME", help="of this name")
    group.add_argument(
        "--where",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="with this attribute, such as http.route=/orders; may be given several times",
    )
    group.add_argument(
        "--status", metavar="STATUS", help="error, a class such as 5xx, or a code such as 404"
    )
    group.add_argument("--min", metavar="TIME", help="the trace took as long: 250ms, 1.5s, 2m")
    group.add_argument("--max", metavar="TIME", help="or no longer")
    group.add_argument(
        "--since", metavar="TIME", help="it began then or later: 2026-11-26T10:00, 10m, 2h, 1d"
    )
    group.add_argument("--until", metavar="TIME", help="or no later")


def is_filtered(arguments: argparse.Namespace) -> bool:
    """Whether anything is looked for."""
    return any(getattr(arguments, name) for name in (*_FIELDS, *_TIMES))


def search_for(
    arguments: argparse.Namespace, found: TraceSource
) -> Callable[[int], Sequence[TraceId]]:
    """Return what gives the newest ids, at most so many, of the traces that are wanted.

    Raises:
        ConfigError: a field cannot be understood.
    """
    if not is_filtered(arguments):
        return found.newest
    query = _query(arguments)

    from otelhook.sources.store import StoreSource

    if isinstance(found, StoreSource):
        return lambda limit: found.search(query, limit)
    return lambda limit: _looked_through(found, query, limit)


def _query(arguments: argparse.Namespace) -> Query:
    import shlex

    from otelhook.collector.pages.listing import listing
    from otelhook.store import MAX_TIME

    now = time.time_ns()
    fields = {name: [getattr(arguments, name) or ""] for name in _FIELDS}
    fields["what"] = [shlex.join(arguments.where)]
    query = listing(fields, now).query
    since = moment(arguments.since, now) if arguments.since else 0
    until = moment(arguments.until, now) if arguments.until else MAX_TIME
    return replace(query, started=(max(since, 0), until))


def _looked_through(found: TraceSource, query: Query, limit: int) -> Sequence[TraceId]:
    """Search a source that cannot: its newest traces are put into a store for a moment."""
    import tempfile

    from otelhook.store import Store

    newest = found.newest(_MOST)
    if len(newest) >= _MOST:
        complain(f"only the newest {_MOST} traces of {found.name} were looked through")
    with (
        tempfile.TemporaryDirectory(prefix="otelhook-search-") as folder,
        Store.open(Path(folder), clock=time.time_ns) as store,
    ):
        for trace_id in newest:
            with said(DamagedDataError):
                store.write(found.trace(trace_id).spans)
        return store.search(query, limit).traces
