"""What several commands have in common: where traces are read from."""

from __future__ import annotations

import argparse
from pathlib import Path

from otelhook.cli.complaints import show_warnings
from otelhook.errors import ConfigError
from otelhook.settings import Loaded, Settings, load
from otelhook.sources import TraceSource, open_source

__all__ = ["add_data_dir", "add_source", "command_to_render", "loaded", "source"]


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    """Declare ``--data-dir``."""
    parser.add_argument(
        "--data-dir", metavar="DIR", help="folder of what is recorded (default: see config show)"
    )


def add_source(parser: argparse.ArgumentParser) -> None:
    """Declare ``--from`` and ``--data-dir``."""
    parser.add_argument(
        "--from",
        dest="source",
        metavar="SOURCE",
        default="",
        help="where to read: store (default), store:PATH, FILE (of OTLP, Jaeger, Zipkin or an "
        "SDK's console; - is standard input), otlp:FILE and likewise jaeger, zipkin and console "
        "for one kind only, requestshook:FILE, or a backend: jaeger+http://HOST:PORT (or +https), "
        "and likewise tempo, zipkin and collector; OTELHOOK_SOURCE sets the default",
    )
    add_data_dir(parser)


def loaded(arguments: argparse.Namespace, **further: object) -> Loaded:
    """Return the settings, ``--data-dir`` and further arguments taken into account."""
    return load({"data_dir": arguments.data_dir, **further})


def source(arguments: argparse.Namespace, settings: Settings) -> TraceSource:
    """Return the source that the arguments name; its warnings are shown.

    Raises:
        ConfigError: the source is none, or the folder that is named does not exist.
    """
    show_warnings()
    if arguments.data_dir and not Path(arguments.data_dir).expanduser().exists():
        message = f"--data-dir {arguments.data_dir}: there is no such folder"
        raise ConfigError(message)
    return open_source(arguments.source or settings.source, settings)


def command_to_render(trace: str, data_dir: Path | None) -> str:
    """Return the command line that shows a trace; the folder is named if it is not the usual."""
    import shlex

    words = ["otelhook", "render", trace]
    if data_dir is not None:
        words += ["--data-dir", str(data_dir)]
    return shlex.join(words)
