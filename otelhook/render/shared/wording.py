"""The words for what a step says, over any protocol: one table for all formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from otelhook.model import SpanId
from otelhook.render.shared.plain import one_line, shortened
from otelhook.render.shared.units import count, spell_duration
from otelhook.sequence.document import (
    Document,
    Outcome,
    ParticipantKind,
    Protocol,
    SpanCounts,
    Step,
    StepKind,
)
from otelhook.sequence.failure_words import without_name

__all__ = [
    "KIND_WORDS",
    "MESSAGE_LIMIT",
    "PROTOCOL_WORDS",
    "ArrowWords",
    "arrow_line",
    "arrow_words",
    "content_name",
    "counts_line",
    "headers_name",
    "message_beside",
    "others_line",
    "said_of",
    "spans_of",
    "steps_took",
]


MESSAGE_LIMIT: Final = 100
"""Characters that a diagram gives to what was said of a failure; the step's section has it all."""

PROTOCOL_WORDS: Mapping[Protocol, str] = MappingProxyType(
    {
        Protocol.HTTP: "HTTP",
        Protocol.RPC: "RPC",
        Protocol.DATABASE: "database",
        Protocol.MESSAGING: "message",
        Protocol.MODEL: "model",
        Protocol.TOOL: "tool",
        Protocol.CALL: "call",
    }
)

KIND_WORDS: Mapping[ParticipantKind, str] = MappingProxyType(
    {
        ParticipantKind.DATABASE: "database",
        ParticipantKind.CACHE: "cache",
        ParticipantKind.QUEUE: "queue",
        ParticipantKind.MODEL: "model",
        ParticipantKind.TOOL: "tool",
    }
)
"""What a lifeline's second line says; of the others the name says enough."""

_CONTENT: Mapping[Protocol, tuple[str, str]] = MappingProxyType(
    {
        Protocol.HTTP: ("Body", "Body"),
        Protocol.RPC: ("Message", "Message"),
        Protocol.DATABASE: ("Statement", "Result"),
        Protocol.MESSAGING: ("Message", "Message"),
        Protocol.MODEL: ("Prompt", "Completion"),
        Protocol.TOOL: ("Arguments", "Result"),
        Protocol.CALL: ("Body", "Body"),
    }
)
"""What the content of a request, and of its answer, is called."""


class ArrowWords(NamedTuple):
    """What stands on an arrow: ``head`` first, then ``rest``."""

    head: str
    rest: str
    is_message: bool = False
    """Whether the rest was said of a failure: it is cut at its end, a path at its beginning."""

    @property
    def line(self) -> str:
        """Both, with a blank between."""
        return f"{self.head} {self.rest}".strip()


def arrow_words(step: Step) -> ArrowWords:
    """Return the words of a step: ``GET /path``, ``OK Cart/Get``, ``INTERNAL (13): no cart``.

    An answer that failed says why in the place of what had been asked, which its request says;
    over HTTP the path stays, and `message_beside` has the reason.
    """
    message = said_of(step)
    if not message or not step.failed or not _is_answer_in_words(step):
        # Two words or more do not read on: ``12 rows: SELECT orders``, but ``OK Cart/Get``.
        parted = _is_answer_in_words(step) and " " in step.head and step.label
        return ArrowWords(f"{step.head}:" if parted else step.head, step.label)
    bare = step.answer or step.error
    if not bare:
        return ArrowWords("", message, is_message=True)
    return ArrowWords(f"{bare}:", message, is_message=True)


def said_of(step: Step, *, limit: int | None = MESSAGE_LIMIT) -> str:
    """Return what was said of a step's failure in a line, without what its head says as well."""
    message = without_name(one_line(step.message), step.answer or step.error)
    return message if limit is None else shortened(message, limit)


def arrow_line(step: Step) -> str:
    """Return a step's words on one line."""
    return arrow_words(step).line


def _is_answer_in_words(step: Step) -> bool:
    return step.kind is not StepKind.REQUEST and step.protocol is not Protocol.HTTP


def message_beside(step: Step) -> str:
    """Return what was said of a failure, shortened, if the arrow's own words do not say it."""
    message = said_of(step)
    went_wrong = step.failed or step.outcome in (Outcome.ERROR, Outcome.UNANSWERED)
    if not message or not went_wrong or _is_answer_in_words(step):
        return ""
    return "" if message.lower() in step.head.lower() else message


def spans_of(step: Step) -> tuple[SpanId, ...]:
    """Return the ids of all spans that the step's exchange was read from."""
    known = [span for span in (step.client_span_id, step.server_span_id) if span]
    return tuple(dict.fromkeys([*known, *step.span_ids]))


def content_name(step: Step) -> str:
    """Return what the step's content is called: ``Body``, ``Statement``, ``Prompt``."""
    asked, answered = _CONTENT[step.protocol]
    return asked if step.kind is StepKind.REQUEST else answered


def headers_name(step: Step) -> str:
    """Return what the step's headers are called."""
    if step.protocol is Protocol.DATABASE:
        return "Parameters"
    return "Header" if step.protocol in (Protocol.HTTP, Protocol.MESSAGING) else "Metadata"


def counts_line(document: Document) -> str:
    """Return what became of the spans; empty if the document does not say.

    ``19 spans: 13 in 20 steps, 4 internal, 2 details of other calls; 3 events``.
    """
    counts = document.counts
    if counts == SpanCounts():
        return ""
    parts = [f"{counts.drawn:,} in {count(len(document.steps), 'step')}"]
    if counts.internal:
        parts.append(f"{counts.internal:,} internal")
    if counts.details:
        detail = "detail" if counts.details == 1 else "details"
        parts.append(f"{counts.details:,} {detail} of other calls")
    events = f"; {count(counts.events, 'event')}" if counts.events else ""
    spans = count(counts.drawn + counts.internal + counts.details, "span")
    return f"{spans}: {', '.join(parts)}{events}"


def steps_took(document: Document) -> str:
    """Return ``22 steps in 272 ms``, from the first step to the last: spans around them may have
    taken longer, and lists of traces say how long the whole trace took.
    """
    steps = count(len(document.steps), "step")
    timed = bool(document.steps) and bool(document.start_time)
    return f"{steps} in {spell_duration(document.duration)}" if timed else steps


def others_line(document: Document) -> str:
    """Return how many calls a format that knows HTTP only leaves out; empty if none."""
    calls = {s.exchange: s.protocol for s in document.steps if s.protocol is not Protocol.HTTP}
    if not calls:
        return ""
    each = Counter(PROTOCOL_WORDS[protocol] for protocol in calls.values())
    words = ", ".join(f"{times:,} {word}" for word, times in each.items())
    return f"{count(len(calls), 'call')} over other protocols than HTTP left out: {words}."
