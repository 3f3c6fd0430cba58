"""``otelhook run``: a command of the user's, recorded."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

from otelhook.capture.setup.unrecorded import UNRECORDED, unrecorded_among
from otelhook.cli.complaints import complain, said, show_warnings
from otelhook.cli.launching.interpreter import why_nothing
from otelhook.cli.launching.recording import Recorded, Wanted, child_environ, record
from otelhook.cli.launching.signals import die_like
from otelhook.cli.options import add_data_dir, command_to_render, loaded
from otelhook.errors import ConfigError, NotRecordedError, OtelhookError
from otelhook.model import Trace
from otelhook.settings import Loaded, Settings, otlp_endpoint
from otelhook.sources import open_source

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
_SETTLED_SECONDS = 0.4
_LONGEST_WAIT = 4.0


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
    recorded = record(
        Wanted(command, record_output=arguments.record_output), found.settings, os.environ
    )
    if recorded.unrecorded and not arguments.quiet:
        _say_unrecorded(recorded.unrecorded)
    with said(OtelhookError):  # the command has done its work whatever becomes of ours
        _report(recorded, command, found, arguments)
    code = recorded.ended.returncode
    if code < 0:
        die_like(-code)
    return recorded.ended.exit_code


def _say_unrecorded(libraries: Sequence[str]) -> None:
    """Say what the command had loaded that speaks HTTP and is not recorded."""
    for name, advice in unrecorded_among(UNRECORDED).items():
        if name in libraries:
            complain(f"{name} was loaded; what it sends or answers is not recorded: {advice}")


def _report(
    recorded: Recorded, command: list[str], found: Loaded, arguments: argparse.Namespace
) -> None:
    """Write the pages, and say in one line what is recorded."""
    settings, trace_id = found.settings, recorded.root.trace_id
    endpoint = otlp_endpoint(os.environ)
    if endpoint is not None:
        if not arguments.quiet:
            complain(f"trace {trace_id} went to {_without_userinfo(endpoint)}")
        return
    trace = _read(recorded, settings, settle=arguments.out is not None)
    if len(trace.spans) <= 1:
        if not arguments.quiet:
            environ = child_environ(os.environ, recorded.root, settings)
            complain(f"no request was recorded: {why_nothing(command, environ)}")
        return
    if arguments.out is not None:
        from otelhook.cli.composing import redactor_of
        from otelhook.cli.pages import write_pages
        from otelhook.sequence import compose

        document = compose(trace.spans, redactor=redactor_of(settings))
        write_pages(document, Path(arguments.out))
    if not arguments.quiet:
        elsewhere = settings.data_dir if found.origin["data_dir"] == "argument" else None
        pages = "" if arguments.out is None else f"; its page is {Path(arguments.out, 'index.md')}"
        complain(
            f"recorded trace {trace_id}; see it with: "
            f"{command_to_render(trace_id[:8], elsewhere)}{pages}"
        )


def _read(recorded: Recorded, settings: Settings, *, settle: bool) -> Trace:
    """Return the trace as far as it is written.

    Services that were called may still hold spans for a moment; with ``settle`` they are waited
    for until no more come.
    """
    source = open_source("", settings)
    trace_id = recorded.root.trace_id
    try:
        trace = source.trace(trace_id)
    except NotRecordedError:
        return Trace(trace_id, ())
    deadline = time.monotonic() + _LONGEST_WAIT
    while settle and time.monotonic() < deadline:
        time.sleep(_SETTLED_SECONDS)
        again = source.trace(trace_id)
        if len(again.spans) == len(trace.spans):
            return again
        trace = again
    return trace


def _without_userinfo(address: str) -> str:
    scheme, separator, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"
