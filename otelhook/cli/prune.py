"""``otelhook prune``: old traces."""

from __future__ import annotations

import argparse
import time

from otelhook.cli.choosing import moment
from otelhook.cli.erasing import add_erasing, erase, own_store
from otelhook.cli.options import loaded
from otelhook.errors import ConfigError
from otelhook.settings import Settings

__all__ = ["add_arguments", "run"]

_DESCRIPTION = """\
Delete the traces that were last written before a time, for good, as otelhook
delete does.
"""
_SECOND = 10**9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook prune``."""
    parser.description = _DESCRIPTION
    parser.add_argument(
        "--older-than",
        metavar="TIME",
        help="90s, 10m, 2h, 30d, or a time such as 2026-11-26T10:00 (default: the setting "
        "keep_seconds)",
    )
    add_erasing(parser)


def run(arguments: argparse.Namespace) -> int:
    """Delete what is older."""
    settings = loaded(arguments).settings
    found = own_store(arguments, settings)
    traces = found.unwritten_since(_limit(arguments.older_than, settings))
    if not traces:
        print("no trace is older")
        return 0
    return erase(found, traces, arguments)


def _limit(older_than: str | None, settings: Settings) -> int:
    now = time.time_ns()
    if older_than is not None:
        return moment(older_than, now)
    if not settings.keep_seconds:
        message = "how old? Say --older-than 30d, or set keep_seconds"
        raise ConfigError(message)
    return now - int(settings.keep_seconds * _SECOND)
