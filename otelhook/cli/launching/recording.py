"""Records a command: runs it with capture on, then writes the root span."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from otelhook.capture.bootstrap import child_environment
from otelhook.capture.setup.unrecorded import read_words
from otelhook.cli.launching.launch import launch
from otelhook.cli.launching.root_span import CommandRoot, Ended, begin, redactor_for, write
from otelhook.settings import Settings

__all__ = ["Recorded", "Wanted", "child_environ", "record", "service_name"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A command to record."""

    command: Sequence[str]
    record_output: bool = False
    shown_as: Sequence[str] = ()
    """The words that the trace shows instead of the command's."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A command that was run, and the root of its trace."""

    root: CommandRoot
    ended: Ended
    unrecorded: tuple[str, ...] = ()
    """Libraries that its processes had loaded, which speak HTTP and are not recorded."""


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
) -> dict[str, str]:
    """Return the command's environment: capture on, the trace, the service, where spans go."""
    child = child_environment(
        environ,
        traceparent=root.traceparent,
        service=settings.service,
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
    with tempfile.TemporaryDirectory(prefix="otelhook-run-") as folder:
        child = child_environ(environ, root, named, Path(folder))
        returncode = launch(wanted.command, child, transcript)
        unrecorded = read_words(Path(folder))
    ended = Ended(wanted.shown_as or wanted.command, start, clock(), returncode)
    if transcript is not None:
        ended = replace(ended, output=transcript.text(redactor_for(root, named, environ)))
    write(root, ended, named, environ)
    return Recorded(root, ended, unrecorded)
