"""The Document: ordered steps, and all that a renderer sees.

`otelhook.sequence.assembly.assemble` makes a Document out of spans; the renderers in
`otelhook.render` make text of it. The JSON form (`otelhook.render.json`) is these classes field
by field, under `SCHEMA_VERSION`. Text in a Document is as it was captured: each renderer escapes
for itself.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from otelhook.model import SpanId, TraceId
from otelhook.sequence.frame import Branch, Group
from otelhook.sequence.inner_span import InnerSpan, SpanCounts, SpanEvent
from otelhook.sequence.vocabulary import (
    GroupKind,
    Mark,
    NotePlace,
    Outcome,
    ParticipantKind,
    Protocol,
    SeenBy,
    StepKind,
)

__all__ = [
    "SCHEMA_VERSION",
    "Address",
    "Adjustment",
    "Body",
    "Branch",
    "Command",
    "Document",
    "Flow",
    "Group",
    "GroupKind",
    "Header",
    "Hidden",
    "Highlight",
    "InnerSpan",
    "Mark",
    "Note",
    "NotePlace",
    "Outcome",
    "Participant",
    "ParticipantKind",
    "Protocol",
    "Redaction",
    "SeenBy",
    "SpanCounts",
    "SpanEvent",
    "Step",
    "StepKind",
    "Variable",
]

SCHEMA_VERSION = 2
"""Version of the Document's JSON form. A new optional field keeps it; anything else raises it."""


@dataclass(frozen=True, slots=True)
class Participant:
    """One lifeline. Names are unique within a Document."""

    name: str
    kind: ParticipantKind
    instances: tuple[str, ...] = ()
    """Hosts or instance ids that answered under this name, sorted."""


@dataclass(frozen=True, slots=True)
class Header:
    """One header line. ``name`` is lower case; a repeated header is several of these."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Body:
    """A message's body as captured: redacted, perhaps cut.

    ``content`` is a string if the body was text, bytes if not, None if it was not recorded.
    ``size`` is its true length in bytes, None if unknown. An empty body is ``Body("", 0)``.
    """

    content: str | bytes | None
    size: int | None = None
    truncated: bool = False
    content_type: str = ""
    left_out: str = ""
    """Why a body that had been recorded did not come along with its span: ``queue full``."""


_LOST = "no answer"
_UNSAID: Mapping[Outcome | None, str] = MappingProxyType(
    {
        Outcome.OK: "answered",
        Outcome.ERROR: "failed",
        Outcome.UNANSWERED: _LOST,
        Outcome.UNKNOWN: "outcome not recorded",
    }
)
"""What stands for an outcome of which nothing else is known."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request was sent; of a Unix socket only `scheme` and `socket` are known."""

    scheme: str
    """``http``, ``https``; empty if unknown."""
    host: str
    """A name or an IP address in lower case, IPv6 without brackets."""
    port: int | None
    """None if it was not said: then it is the scheme's own."""
    socket: str = ""
    """Path of a Unix socket."""


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered message: a request, a response, or a failure."""

    number: int
    """1..n over the whole Document, requests and responses alike."""
    kind: StepKind
    exchange: int
    """1..m by first step: the request and its response have the same."""
    source: str
    """Name of the participant that the arrow leaves."""
    target: str
    """Name of the participant that the arrow reaches."""
    method: str
    """HTTP's; empty over other protocols."""
    path: str
    """Path as captured, without scheme, host and query; empty if unknown, or if not HTTP."""
    query: str
    """Query string without the question mark; empty if there is none."""
    label: str
    """What the arrow says of the call: over HTTP `path` with variables put in, or its operation;
    else the operation in short: ``CheckoutService/PlaceOrder``, ``INSERT orders``, ``publish``."""
    status_code: int | None
    """None on a request, and on a failure that got no status."""
    reason: str
    """Reason phrase as captured, else the standard one (RFC 9110); empty if neither."""
    error: str
    """On a failure what went wrong, in a word or two: ``ConnectionError``, ``timeout``."""
    headers: tuple[Header, ...]
    """As the receiving side saw them where it recorded, else as the sending side did."""
    body: Body | None
    """From the same side as `headers`; None if neither side recorded bodies."""
    other_body: Body | None
    """The sending side's body, only where it differs."""
    seen_by: SeenBy
    time: int
    """Nanoseconds since the epoch on the clock of the trace's root, adjusted if marked so."""
    duration: int | None
    """On a response or failure, nanoseconds since its request."""
    trace_id: TraceId
    client_span_id: SpanId | None
    server_span_id: SpanId | None
    depth: int
    """How many exchanges this one is nested in; 0 for the outermost."""
    marks: tuple[Mark, ...] = ()
    protocol: Protocol = Protocol.HTTP
    operation: str = ""
    """What is asked for, in full: ``oteldemo.CheckoutService/PlaceOrder``; over HTTP the
    operation within it (a SOAP action, a JSON-RPC method), empty if there is none."""
    outcome: Outcome | None = None
    """None on a request, unless it is a message whose delivery is known to have failed."""
    answer: str = ""
    """The protocol's own words for the outcome: ``OK``, ``INTERNAL (13)``, ``12 rows``,
    ``260 tokens``; empty over HTTP, which has `status_code` and `reason`."""
    message: str = ""
    """What was said of a failure: a status message, an exception's text. May be long."""
    span_ids: tuple[SpanId, ...] = ()
    """All spans that the exchange was read from, those that are one call with it included."""
    address: Address | None = None
    """On a request where it was sent; None if no span says."""

    @property
    def title(self) -> str:
        """The step in one line: ``GET /path``, ``201 Created /path`` or ``timeout /path``."""
        return f"{self.head} {self.label}".strip()

    @property
    def head(self) -> str:
        """What stands before the label: ``GET``, ``201 Created``, ``INTERNAL (13)``, a timeout."""
        if self.kind is StepKind.REQUEST:
            return self.method
        said = self.answer or (self.error if self.kind is StepKind.FAILURE else self._status)
        if said or (self.outcome is None and self.kind is StepKind.RESPONSE):
            return said
        if self.outcome is Outcome.OK and self.protocol is not Protocol.HTTP:
            return "OK"
        return _UNSAID.get(self.outcome, _LOST)

    @property
    def _status(self) -> str:
        status = "" if self.status_code is None else str(self.status_code)
        return f"{status} {self.reason}".strip()

    @property
    def failed(self) -> bool:
        """Whether the arrow is one of a failure: no answer, or an error that is not HTTP's."""
        if self.kind is StepKind.FAILURE:
            return True
        return self.outcome is Outcome.ERROR and self.protocol is not Protocol.HTTP


@dataclass(frozen=True, slots=True)
class Variable:
    """A name that stands for a value in labels: ``image_id``."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Note:
    """Words on the steps ``first`` to ``last``."""

    first: int
    last: int
    text: str
    title: str = ""
    link: str = ""
    """An address to read more at; renderers make it a link only if it is http or https."""
    markdown: bool = False
    """Whether the text is an author's Markdown, of which renderers write what is safe."""
    place: NotePlace = NotePlace.STEPS
    """Where else than on steps the words are; ``first`` and ``last`` are then 0, but for a
    section's, which stands before its first step."""
    subject: str = ""
    """The name of the participant or variable that the words are on."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A value that a response issued and a later request used.

    Places are ``header.<name>``, ``body.<dotted path of a JSON leaf>``, ``path``, ``query`` or
    ``host``; they never hold a value.
    """

    step: int
    """The step that uses or repeats the value."""
    place: str
    source_step: int
    """The response that issued it; 0 if it was issued before the trace."""
    source_place: str
    """Empty if it was issued before the trace."""
    name: str
    """What to call the value: ``token 1``, or a variable's name; empty if neither."""


@dataclass(frozen=True, slots=True)
class Highlight:
    """A line worth a reader's eye; ``place`` as in `Flow`, ``why`` in a few words."""

    step: int
    place: str
    why: str


@dataclass(frozen=True, slots=True)
class Hidden:
    """Exchanges left out by a filter's rule, which is shown as it was written."""

    rule: str
    exchanges: int


@dataclass(frozen=True, slots=True)
class Command:
    """The command that started the trace, as ``otelhook run`` recorded it, redacted."""

    arguments: tuple[str, ...]
    exit_code: int | None = None
    output: str | None = None

    @property
    def line(self) -> str:
        """The command line as headings have it: the program without its folder."""
        program = [word.rpartition("/")[2] or word for word in self.arguments[:1]]
        return shlex.join([*program, *self.arguments[1:]])


@dataclass(frozen=True, slots=True)
class Adjustment:
    """How far one clock domain (a host) was shifted, in nanoseconds; said, never silent."""

    host: str
    offset: int


@dataclass(frozen=True, slots=True)
class Redaction:
    """Something hidden in a step; ``place`` is as in ``otelhook.redacted``, never a value."""

    step: int
    place: str


@dataclass(frozen=True, slots=True)
class Document:
    """One trace (or several) as a document."""

    trace_ids: tuple[TraceId, ...]
    title: str
    """The command line, else the root span's name."""
    start_time: int
    """Nanoseconds since the epoch of the first step; 0 if there is none, or if no clock was read:
    the steps' times then tell their order and nothing else."""
    duration: int
    """Nanoseconds from the first step to the last; 0 if no clock was read."""
    span_count: int
    participants: tuple[Participant, ...]
    """In order of first appearance."""
    steps: tuple[Step, ...]
    groups: tuple[Group, ...] = ()
    variables: tuple[Variable, ...] = ()
    notes: tuple[Note, ...] = ()
    flows: tuple[Flow, ...] = ()
    highlights: tuple[Highlight, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    command: Command | None = None
    adjustments: tuple[Adjustment, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    warnings: tuple[str, ...] = ()
    """One sentence each: missing parents, cycles, spans that could not be read."""
    inner_spans: tuple[InnerSpan, ...] = ()
    """Spans that are not steps, and steps' spans that have events; by step, then by time."""
    counts: SpanCounts = field(default=SpanCounts())
    """What became of the spans; `span_count` is their sum."""
