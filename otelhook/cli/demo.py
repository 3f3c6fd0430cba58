"""``otelhook demo``: three services and a client, recorded and drawn."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from otelhook.cli.complaints import show_warnings
from otelhook.cli.launching.recording import Recorded, Wanted, record
from otelhook.cli.options import command_to_render
from otelhook.cli.pages import write_pages
from otelhook.cli.render import document_text
from otelhook.demo.cloud import CLIENT, running
from otelhook.errors import ConfigError, StorageError
from otelhook.render.shared.units import count
from otelhook.sequence import compose
from otelhook.sequence.document import Document
from otelhook.settings import Settings, load
from otelhook.sources import open_source

__all__ = ["add_arguments", "run"]

_DESCRIPTION = """\
Run three services (identity, image, object-store), each a process of its own,
and a client that creates an image. Then print the sequence diagram and write
its pages into a folder, which is new each time: otelhook-demo, otelhook-demo-2
and so on. What was recorded is kept in its data folder.
"""
_FOLDER = "otelhook-demo"
_DATA = "data"
_MOST_FOLDERS = 10_000
_LAST_PORT = 65_535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook demo``."""
    parser.description = _DESCRIPTION
    parser.add_argument(
        "--out", metavar="DIR", default=_FOLDER, help=f"the folder (default: {_FOLDER})"
    )
    parser.add_argument(
        "--client", metavar="FILE", default=str(CLIENT), help="run this client instead of ours"
    )
    parser.add_argument(
        "--port",
        metavar="N",
        type=_port,
        default=0,
        help="first of the three ports of the services (default: any that are free)",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _LAST_PORT - 2:
        message = f"expected a port from 1 to {_LAST_PORT - 2}, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Run the demo; the exit code is the client's."""
    show_warnings()
    client = Path(arguments.client)
    if not client.is_file():
        message = f"{client}: no such file; --client names a Python script"
        raise ConfigError(message)
    folder = _new_folder(Path(arguments.out))
    environ = {"OTELHOOK_DATA_DIR": str(folder / _DATA)}
    settings = load({"service": "demo-client"}, environ=environ, folder=folder).settings
    with _interrupted_by_sigterm():
        recorded = _record(client, settings, arguments.port)
    trace = open_source("", settings).trace(recorded.root.trace_id)
    document = compose(trace.spans)
    pages = write_pages(document, folder)
    _show(document, recorded, client, folder, pages)
    return recorded.ended.exit_code


def _record(client: Path, settings: Settings, first_port: int) -> Recorded:
    """Run the client against the services, which have ended when this returns."""
    command = [sys.executable, str(client.absolute())]
    with (
        tempfile.TemporaryDirectory(prefix="otelhook-demo-") as work,
        running(Path(work), settings.data_dir, os.environ, first_port) as cloud,
    ):
        for name, address in cloud.addresses.items():
            print(f"{name:<12} {address}")
        print(f"\n$ python {client.name}", flush=True)
        wanted = Wanted(command, record_output=True, shown_as=("python", client.name))
        return record(wanted, settings, cloud.environ)


def _show(
    document: Document, recorded: Recorded, client: Path, folder: Path, pages: tuple[Path, ...]
) -> None:
    print()
    print(document_text(document))
    if recorded.ended.exit_code:
        print(f"The client ended with exit code {recorded.ended.exit_code}.")
    print(f"{count(len(document.steps), 'step')}; the pages are in {folder}:")
    for page in pages:
        print(f"  {page.name}")
    print("Next:")
    print(f"  {command_to_render('latest', folder / _DATA)} --format mermaid")
    if client == CLIENT:
        print(f"  cp {shlex.quote(str(CLIENT))} .    and add a call to it, then:")
    print(f"  otelhook demo --client {client.name}")
    print("  otelhook run --record-output --out pages -- COMMAND    your own command")


def _new_folder(wanted: Path) -> Path:
    """Make the folder and its data folder, under the next number if it holds anything already.

    The data folder is what claims it: two demos at once never get the same.

    Raises:
        StorageError: it cannot be made.
    """
    for number in range(1, _MOST_FOLDERS):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not any(folder.iterdir()):
                (folder / _DATA).mkdir(mode=0o700)
                return folder
        except FileExistsError:  # another demo was quicker, or it is a file
            continue
        except OSError as error:
            message = f"{folder}: the folder cannot be made: {error.strerror or error}"
            raise StorageError(message) from error
    message = f"{wanted}: {_MOST_FOLDERS} such folders exist; name another with --out"
    raise StorageError(message)


@contextmanager
def _interrupted_by_sigterm() -> Generator[None, None, None]:
    """Let SIGTERM end the demo in order, with its services stopped."""

    def stop(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
