"""``otelhook run``: a command of the user's, recorded."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from otelhook.capture.setup.unrecorded import UNRECORDED, unrecorded_among
from otelhook.cli.complaints import complain, said, show_warnings
from otelhook.cli.launching.interpreter import why_nothing
from otelhook.cli.launching.launch import launch
from otelhook.cli.launching.recording import Recorded, Wanted, child_environ, record
from otelhook.cli.launching.root_span import Ended
from otelhook.cli.launching.signals import die_like
from otelhook.cli.options import add_data_dir, command_to_render, loaded
from otelhook.errors import ConfigError, OtelhookError
from otelhook.render.shared.units import count
from otelhook.settings import Loaded, Settings, otlp_endpoint

__all__ = ["add_arguments", "run"]

_DESCRIPTION = """\
Run a command with capture on and record what it calls: as one trace, under a
span that keeps the command line and the exit code. Python programs with
otelhook installed are captured, whichever process they run in; all others get
the trace in TRACEPARENT.

The terminal, signals and exit code are the command's own. --record-output
gives it a terminal of its own where it had one: only Ctrl-Z does nothing then.
"""
_USAGE = "otelhook run [options] -- COMMAND [ARGUMENT ...]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook run``."""
    parser.description = _DESCRIPTION
    parser.usage = _USAGE
    parser.add_argument(
        "--service", metavar="NAME", help="the command's name in the document (default: its own)"
    )
    parser.add_argument(
        "--record-output", action="store_true", help="keep what the console showed, redacted"
    )
    parser.add_argument(
        "--out", metavar="DIR", help="write the pages of the trace there: index.md and others"
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing at the end")
    add_data_dir(parser)
    parser.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; return, or die, as it did."""
    command = list(arguments.command)
    after = arguments.after_dashes
    if after is not None:
        command = [*command, "--", *after] if command else list(after)
    if not command or not command[0]:
        message = f"no command: {_USAGE}"
        raise ConfigError(message)
    found = loaded(arguments, service=arguments.service)
    show_warnings()
    if (unwritable := _unwritable(found.settings)) is not None:
        complain(f"{unwritable}: nothing of this run is recorded; name a folder with --data-dir")
        return _as_it_ended(Ended(command, 0, 0, launch(command, os.environ)))
    wanted = Wanted(
        command, record_output=arguments.record_output, is_read=arguments.out is not None
    )
    recorded = record(wanted, found.settings, os.environ)
    if recorded.unrecorded and not arguments.quiet:
        _say_unrecorded(recorded.unrecorded)
    with said(OtelhookError):  # the command has done its work whatever becomes of ours
        _report(recorded, command, found, arguments)
    return _as_it_ended(recorded.ended)


def _as_it_ended(ended: Ended) -> int:
    if ended.returncode < 0:
        die_like(-ended.returncode)
    return ended.exit_code


def _unwritable(settings: Settings) -> str | None:
    """Say why the data folder cannot be written to, which is known before anything is run."""
    if otlp_endpoint(os.environ) is not None or not settings.spool:
        return None
    folder = settings.data_dir.absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        return f"the data folder {folder} cannot be made: {there} is a file"
    if not os.access(there, os.W_OK | os.X_OK):
        return f"the data folder {folder} cannot be written to"
    return None


def _say_unrecorded(libraries: Sequence[str]) -> None:
    """Say what the command had loaded that speaks HTTP and is not recorded."""
    for name, advice in unrecorded_among(UNRECORDED).items():
        if name in libraries:
            complain(f"{name} was loaded; what it sends or answers is not recorded: {advice}")


def _report(
    recorded: Recorded, command: list[str], found: Loaded, arguments: argparse.Namespace
) -> None:
    """Write the pages, and say in one line what is recorded."""
    pages = ""
    if arguments.out is not None and recorded.calls:
        _write_out(recorded, found.settings, Path(arguments.out))
        pages = f"; its page is {Path(arguments.out, 'index.md')}"
    endpoint = otlp_endpoint(os.environ)
    if arguments.quiet:
        return
    if endpoint is not None:
        trace_id = recorded.root.trace_id
        complain(f"trace {trace_id} went to {_without_userinfo(endpoint)}{pages}")
    elif recorded.found is not None:
        complain(f"{_summed_up(recorded, command, found)}{pages}")


def _write_out(recorded: Recorded, settings: Settings, folder: Path) -> None:
    """Write the pages of all that a command has recorded."""
    from otelhook.cli.composing import redactor_of
    from otelhook.cli.pages import write_pages
    from otelhook.sequence import compose

    spans = [span for trace in recorded.found or () for span in trace.spans]
    write_pages(compose(spans, redactor=redactor_of(settings)), folder)


def _summed_up(recorded: Recorded, command: list[str], found: Loaded) -> str:
    """Say what is recorded of a command, and how to see it."""
    settings = found.settings
    elsewhere = settings.data_dir if found.origin["data_dir"] == "argument" else None
    parts: list[str] = []
    if recorded.has_own:
        trace_id = recorded.root.trace_id
        parts.append(
            f"recorded trace {trace_id}; see it with: {command_to_render(trace_id[:8], elsewhere)}"
        )
    if others := recorded.others:
        newest = command_to_render(others[0][:8], elsewhere)
        parts.append(
            f"recorded {count(len(others), 'trace')} of requests from outside; see the newest "
            f"with: {newest}"
        )
    if parts:
        return "; ".join(parts)
    environ = child_environ(os.environ, recorded.root, settings)
    return f"no request was recorded: {why_nothing(command, environ)}"


def _without_userinfo(address: str) -> str:
    scheme, separator, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"
