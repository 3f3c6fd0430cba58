"""Deleting traces for good: what is shown before, who is asked, and what is said after."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from otelhook.cli.complaints import complain, said
from otelhook.cli.options import add_source, source
from otelhook.cli.table import aligned
from otelhook.cli.traces import HEADINGS, NUMBERS, cells, summary
from otelhook.errors import ConfigError, DamagedDataError
from otelhook.model import TraceId
from otelhook.render.shared.units import count
from otelhook.settings import Settings

if TYPE_CHECKING:
    from otelhook.sources.store import StoreSource

__all__ = ["add_erasing", "erase", "own_store"]

_SHOWN = 20


def add_erasing(parser: argparse.ArgumentParser) -> None:
    """Declare ``--dry-run``, ``--yes`` and where the traces are."""
    parser.add_argument("--dry-run", action="store_true", help="only print what would be deleted")
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    add_source(parser)


def own_store(arguments: argparse.Namespace, settings: Settings) -> StoreSource:
    """Return the store that traces are deleted from.

    Raises:
        ConfigError: what is named is a file, or somebody else's backend.
    """
    from otelhook.sources.store import StoreSource

    found = source(arguments, settings)
    if not isinstance(found, StoreSource):
        message = (
            f"traces are only deleted from otelhook's own store, and {found.name} is none: "
            f"delete them there"
        )
        raise ConfigError(message)
    return found


def erase(found: StoreSource, traces: Sequence[TraceId], arguments: argparse.Namespace) -> int:
    """Show the traces, ask, and delete them; return the exit code.

    Raises:
        ConfigError: nobody can be asked.
        StorageError: not all of it could be deleted.
    """
    if arguments.dry_run or not arguments.yes:
        _show(found, traces)
    if arguments.dry_run:
        print(f"{count(len(traces), 'trace')} would be deleted")
        return 0
    if not arguments.yes and not _agreed(len(traces)):
        print("nothing was deleted")
        return 1
    for path in found.delete(traces):
        complain(f"{path.name}: a damaged spool that held some of it was removed as well")
    print(f"{count(len(traces), 'trace')} deleted")
    return 0


def _show(found: StoreSource, traces: Sequence[TraceId]) -> None:
    rows: list[tuple[str, ...]] = [HEADINGS]
    for trace_id in traces[:_SHOWN]:
        with said(DamagedDataError):
            rows.append(cells(summary(found, found.trace(trace_id))))
    for line in aligned(rows, right=NUMBERS):
        print(line)
    if len(traces) > _SHOWN:
        print(f"and {len(traces) - _SHOWN} more")


def _agreed(number: int) -> bool:
    if not sys.stdin.isatty():
        message = "nobody can be asked whether to delete: say --yes, or --dry-run to look"
        raise ConfigError(message)
    sys.stdout.flush()
    print(f"delete {count(number, 'trace')} for good? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
