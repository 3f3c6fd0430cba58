"""The root span of a recorded command: its ids before it starts, the span once it has ended.

The ids are chosen first and the span is written last, so that the command need not wait until
OpenTelemetry is loaded, and this process has one thread while the command runs.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from otelhook import attributes as key
from otelhook.model import SpanId, TraceId
from otelhook.redaction import Redactor, redact_command
from otelhook.settings import Settings, sdk_disabled

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext

__all__ = ["CommandRoot", "Ended", "begin", "redactor_for", "write"]

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
_DEADLINE = 10.0


@dataclass(frozen=True, slots=True)
class CommandRoot:
    """The ids of a root span; ``parent`` is the span that the environment names, if it does."""

    trace_id: TraceId
    span_id: SpanId
    parent: SpanId | None = None

    @property
    def traceparent(self) -> str:
        """What the command finds as ``TRACEPARENT`` (W3C trace context): always sampled."""
        return f"00-{self.trace_id}-{self.span_id}-01"


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended; times in nanoseconds since the epoch."""

    arguments: Sequence[str]
    """As a reader should see them; secrets are hidden here."""
    start_time: int
    end_time: int
    returncode: int
    """Minus the number of the signal that ended it."""
    output: str | None = None
    """What the console showed, redacted."""

    @property
    def exit_code(self) -> int:
        """What a shell says: 128 and the number of the signal."""
        return self.returncode if self.returncode >= 0 else 128 - self.returncode


def begin(environ: Mapping[str, str]) -> CommandRoot:
    """Choose ids: of a new trace, or within the one that ``TRACEPARENT`` names."""
    span_id = SpanId(f"{secrets.randbits(64) or 1:016x}")
    named = _TRACEPARENT.fullmatch(environ.get("TRACEPARENT", "").strip())
    if named and named[1].strip("0") and named[2].strip("0"):
        return CommandRoot(TraceId(named[1]), span_id, SpanId(named[2]))
    return CommandRoot(TraceId(f"{secrets.randbits(128) or 1:032x}"), span_id)


def redactor_for(root: CommandRoot, settings: Settings, environ: Mapping[str, str]) -> Redactor:
    """Return the redactor that the services of this trace have as well."""
    made = Redactor.configured(environ, settings)
    return made.for_trace(root.trace_id)


def write(root: CommandRoot, ended: Ended, settings: Settings, environ: Mapping[str, str]) -> bool:
    """Write the root span to where the spans of the command went.

    Returns:
        False if that took too long or failed; the reason is logged.
    """
    if sdk_disabled(environ):
        return True
    # OpenTelemetry's SDK takes as long to load as many a command runs; by now it has ended.
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import SpanKind, Status, StatusCode

    from otelhook.capture.setup.provider import make_provider, shut_down
    from otelhook.exporters.setup import span_processors

    processors = span_processors(settings, environ)
    provider = make_provider(settings, processors)
    failed = Status(StatusCode.ERROR, f"exit code {ended.exit_code}")
    # Not through a tracer: it would choose ids of its own, and ask the environment of this
    # process, which need not be the command's, whether to record.
    span = ReadableSpan(
        name=PurePath(ended.arguments[0]).name,
        context=_context(root, root.span_id),
        parent=None if root.parent is None else _context(root, root.parent, is_remote=True),
        resource=provider.resource,
        attributes=_attributes(root, ended, settings, environ),
        kind=SpanKind.INTERNAL,
        instrumentation_scope=InstrumentationScope("otelhook"),
        status=failed if ended.exit_code else Status(),
        start_time=ended.start_time,
        end_time=ended.end_time,
    )
    for processor in processors:
        processor.on_end(span)
    return shut_down(provider, _DEADLINE)


def _context(root: CommandRoot, span_id: SpanId, *, is_remote: bool = False) -> SpanContext:
    from opentelemetry.trace import SpanContext, TraceFlags

    flags = TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(int(root.trace_id, 16), int(span_id, 16), is_remote, flags)


def _attributes(
    root: CommandRoot, ended: Ended, settings: Settings, environ: Mapping[str, str]
) -> dict[str, str | int | Sequence[str]]:
    shown = redact_command(redactor_for(root, settings, environ), tuple(ended.arguments))
    attributes: dict[str, str | int | Sequence[str]] = {
        key.PROCESS_EXECUTABLE_NAME: PurePath(ended.arguments[0]).name,
        key.PROCESS_COMMAND_ARGS: shown.value,
        key.PROCESS_EXIT_CODE: ended.exit_code,
    }
    if shown.places:
        attributes[key.OTELHOOK_REDACTED] = [f"command.{place}" for place in shown.places]
    if ended.output is not None:
        attributes[key.OTELHOOK_COMMAND_OUTPUT] = ended.output
    return attributes
