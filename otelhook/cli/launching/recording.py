"""Records a command: runs it with capture on, then writes the root span."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from otelhook.capture.bootstrap import child_environment
from otelhook.capture.setup.unrecorded import read_words
from otelhook.cli.complaints import said
from otelhook.cli.launching.interpreter import is_python
from otelhook.cli.launching.launch import launch
from otelhook.cli.launching.root_span import CommandRoot, Ended, begin, redactor_for, write
from otelhook.errors import OtelhookError
from otelhook.model import Trace, TraceId
from otelhook.settings import RUN_FOLDER, Settings, otlp_endpoint

if TYPE_CHECKING:
    from otelhook.cli.launching.found import Run

__all__ = ["Recorded", "Wanted", "child_environ", "record", "service_name"]

MOST_READ = 200
"""Traces of requests from outside that go on one page."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A command to record."""

    command: Sequence[str]
    record_output: bool = False
    shown_as: Sequence[str] = ()
    """The words that the trace shows instead of the command's."""
    is_read: bool = False
    """Whether the trace is read afterwards: whole, and a copy of it if it goes elsewhere."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A command that was run, and the root of its trace."""

    root: CommandRoot
    ended: Ended
    unrecorded: tuple[str, ...] = ()
    """Libraries that its processes had loaded, which speak HTTP and are not recorded."""
    found: tuple[Trace, ...] | None = None
    """Its own trace, which has no spans if it made no request, and those of requests that it
    answered, newest first; without what they hold where nobody reads them. None if it is not
    known here, since they went elsewhere."""

    @property
    def has_own(self) -> bool:
        """Whether anything stands below the root of its trace."""
        own = self.found[0].spans if self.found else ()
        return any(span.span_id != self.root.span_id for span in own)

    @property
    def others(self) -> tuple[TraceId, ...]:
        """The ids of the traces of requests that it answered."""
        return tuple(trace.trace_id for trace in (self.found or ())[1:])

    @property
    def calls(self) -> bool:
        """Whether there is anything to draw."""
        return self.has_own or bool(self.others)


def service_name(command: Sequence[str]) -> str:
    """Name the service that a command is: ``python -m x.y`` is ``x.y``, ``bin/nova list`` nova."""
    name = PurePath(command[0]).name
    if not name.startswith(("python", "pypy")):
        return name
    words = iter(command[1:])
    for word in words:
        if word == "-m":
            return next(words, name)
        if word in ("-c", "-"):
            break
        if word in ("-W", "-X"):
            next(words, None)
        elif not word.startswith("-"):
            return PurePath(word).stem
    return name


def child_environ(
    environ: Mapping[str, str],
    root: CommandRoot,
    settings: Settings,
    run_folder: Path | None = None,
    *,
    each_its_own: bool = False,
) -> dict[str, str]:
    """Return the command's environment: capture on, the trace, the service, where spans go."""
    child = child_environment(
        environ,
        traceparent=root.traceparent,
        service=settings.service,
        each_its_own=each_its_own,
        run_folder=run_folder,
    )
    # Programs that bring OpenTelemetry of their own know only the standard variable.
    child["OTEL_SERVICE_NAME"] = settings.service
    child["OTELHOOK_DATA_DIR"] = str(settings.data_dir.absolute())
    return child


def record(
    wanted: Wanted,
    settings: Settings,
    environ: Mapping[str, str],
    clock: Callable[[], int] = time.time_ns,
) -> Recorded:
    """Run a command to its end, and write the root span of its trace.

    A run of which nothing was recorded is not kept: it would only be a line in a list.

    Args:
        wanted: the command, and what to keep of it.
        settings: where spans go, and the service's name; else the name is the command's.
        environ: what the command's environment is made of.
        clock: nanoseconds since the epoch.

    Raises:
        CommandNotFoundError: there is no such command.
        CannotExecuteError: it cannot be executed.
    """
    named = replace(settings, service=settings.service or service_name(wanted.command))
    root = begin(environ)
    transcript = None
    if wanted.record_output:
        from otelhook.cli.launching.transcript import Transcript

        transcript = Transcript(settings.body_limit)
    start = clock()
    with tempfile.TemporaryDirectory(prefix="otelhook-run-") as name:
        folder = Path(name)
        place = _place(wanted, settings, environ, folder)
        each_its_own = not settings.service and not is_python(wanted.command, environ)
        child = child_environ(environ, root, named, folder, each_its_own=each_its_own)
        returncode = launch(wanted.command, child, transcript)
        ended = Ended(wanted.shown_as or wanted.command, start, clock(), returncode)
        if transcript is not None:
            ended = replace(ended, output=transcript.text(redactor_for(root, named, environ)))
        writes = partial(write, root, ended, named, {**environ, RUN_FOLDER: name})
        found = None
        if place is None:
            writes()
        else:
            # The command need not wait until these are loaded; by now it has ended.
            from otelhook.cli.launching.found import Run
            from otelhook.sources.store import StoreSource

            source = StoreSource(
                place, keep_seconds=settings.keep_seconds, keep_bytes=settings.keep_bytes
            )
            run = Run(source, place, folder, root.trace_id, named.service, start)
            with said(OtelhookError):  # a full disk: the command has done its work all the same
                found = _found(run, wanted, root, writes)
            source.close()
        return Recorded(root, ended, read_words(folder), found)


def _place(
    wanted: Wanted, settings: Settings, environ: Mapping[str, str], folder: Path
) -> Path | None:
    """Return the data folder that can be read afterwards; None if spans go elsewhere."""
    if otlp_endpoint(environ) is None:
        return settings.data_dir if settings.spool else None
    if not wanted.is_read:
        return None
    from otelhook.otlp.folders import SPOOL_FOLDER

    # Whatever is recorded in this run is written here as well, since the folder is there.
    (folder / SPOOL_FOLDER).mkdir()
    return folder


def _found(
    run: Run, wanted: Wanted, root: CommandRoot, writes: Callable[[], object]
) -> tuple[Trace, ...]:
    """Write the root if anything stands below it, and return what was recorded."""
    from otelhook.cli.launching.found import others_of, own_trace, settled

    own, others = own_trace(run), others_of(run)
    if own.spans or wanted.record_output or root.parent is not None:
        writes()
        if wanted.is_read:
            own = settled(run)
    if not wanted.is_read:
        return (own, *(Trace(trace_id, ()) for trace_id in others))
    return (own, *(run.source.trace(trace_id) for trace_id in others[:MOST_READ]))
