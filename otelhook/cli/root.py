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
from otelhook.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

__all__ = ["Ended", "Root", "begin", "redactor_for", "write"]

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
_DEADLINE = 10.0


@dataclass(frozen=True, slots=True)
class Root:
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


def begin(environ: Mapping[str, str]) -> Root:
    """Choose ids: of a new trace, or within the one that ``TRACEPARENT`` names."""
    span_id = SpanId(f"{secrets.randbits(64) or 1:016x}")
    named = _TRACEPARENT.fullmatch(environ.get("TRACEPARENT", "").strip())
    if named and named[1].strip("0") and named[2].strip("0"):
        return Root(TraceId(named[1]), span_id, SpanId(named[2]))
    return Root(TraceId(f"{secrets.randbits(128) or 1:032x}"), span_id)


def redactor_for(root: Root, settings: Settings, environ: Mapping[str, str]) -> Redactor:
    """Return the redactor that the services of this trace have as well."""
    made = Redactor.make(
        further_names=settings.redact_names,
        key=environ.get("OTELHOOK_REDACTION_KEY", ""),
        enabled=settings.redact,
    )
    return made.for_trace(root.trace_id)


def write(root: Root, ended: Ended, settings: Settings, environ: Mapping[str, str]) -> bool:
    """Write the root span to where the spans of the command went.

    Returns:
        False if that took too long or failed; the reason is logged.
    """
    # OpenTelemetry's SDK takes as long to load as many a command runs; by now it has ended.
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.trace import SpanContext, SpanKind, TraceFlags  # noqa: PLC0415

    from otelhook.capture.provider import make_provider, shut_down  # noqa: PLC0415
    from otelhook.exporters.setup import span_processors  # noqa: PLC0415

    shown = redact_command(redactor_for(root, settings, environ), tuple(ended.arguments))
    provider = make_provider(settings, span_processors(settings, environ))
    provider.id_generator = _given(root)
    parent = trace.INVALID_SPAN
    if root.parent is not None:
        ids = (int(root.trace_id, 16), int(root.parent, 16))
        parent = trace.NonRecordingSpan(
            SpanContext(*ids, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
        )
    program = PurePath(ended.arguments[0]).name
    span = provider.get_tracer("otelhook").start_span(
        program,
        context=trace.set_span_in_context(parent),
        kind=SpanKind.INTERNAL,
        start_time=ended.start_time,
        attributes={
            key.PROCESS_EXECUTABLE_NAME: program,
            key.PROCESS_COMMAND_ARGS: shown.value,
            key.PROCESS_EXIT_CODE: ended.exit_code,
        },
    )
    if shown.places:
        span.set_attribute(key.OTELHOOK_REDACTED, [f"command.{place}" for place in shown.places])
    if ended.output is not None:
        span.set_attribute(key.OTELHOOK_COMMAND_OUTPUT, ended.output)
    if ended.exit_code:
        span.set_status(trace.StatusCode.ERROR, f"exit code {ended.exit_code}")
    span.end(ended.end_time)
    return shut_down(provider, _DEADLINE)


def _given(root: Root) -> RandomIdGenerator:
    """Return a generator of exactly these ids."""
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator  # noqa: PLC0415 - as above

    class _Given(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            return int(root.trace_id, 16)

        def generate_span_id(self) -> int:
            return int(root.span_id, 16)

    return _Given()
