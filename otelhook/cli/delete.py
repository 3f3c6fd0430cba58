"""``otelhook delete``: traces that should not have been recorded."""

from __future__ import annotations

import argparse

from otelhook.cli.erasing import add_erasing, erase, own_store
from otelhook.cli.options import loaded
from otelhook.sources import resolve

__all__ = ["add_arguments", "run"]

_DESCRIPTION = """\
Delete traces for good: no byte of them stays in the data folder, in the
spools of running services neither. A collector that runs beside goes on.

Pages that were written elsewhere, and what was sent on, stay as they are. A
trace that is still being recorded comes back with its next spans.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook delete``."""
    parser.description = _DESCRIPTION
    parser.add_argument(
        "traces",
        nargs="+",
        metavar="TRACE_ID",
        help="an id, the beginning of one, or latest",
    )
    add_erasing(parser)


def run(arguments: argparse.Namespace) -> int:
    """Delete the traces that are named; if one is not there, none."""
    found = own_store(arguments, loaded(arguments).settings)
    traces = list(dict.fromkeys(resolve(found, name) for name in arguments.traces))
    return erase(found, traces, arguments)
