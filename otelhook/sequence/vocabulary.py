"""The words of a Document: closed sets that a step, a participant or a group is one of."""

from __future__ import annotations

from enum import Enum

__all__ = [
    "GroupKind",
    "Mark",
    "NotePlace",
    "Outcome",
    "ParticipantKind",
    "Protocol",
    "SeenBy",
    "StepKind",
]


class ParticipantKind(str, Enum):
    """What is known of a lifeline."""

    SERVICE = "service"
    """A service that recorded spans."""
    CALLER = "caller"
    """It called a service, and recorded nothing itself."""
    CALLEE = "callee"
    """A service called it, and it recorded nothing itself."""
    DATABASE = "database"
    CACHE = "cache"
    QUEUE = "queue"
    """A broker's queue or topic: published to by one side, delivered from to the other."""
    MODEL = "model"
    """A provider of models, such as language models."""
    TOOL = "tool"
    """What a model's agent runs, where no service is known behind it."""


class StepKind(str, Enum):
    """What a step is: one message of an exchange."""

    REQUEST = "request"
    RESPONSE = "response"
    FAILURE = "failure"
    """No response came: a timeout, a refused connection, an exception."""


class Protocol(str, Enum):
    """How one end of an exchange speaks to the other (`otelhook.sequence.protocols`)."""

    HTTP = "http"
    RPC = "rpc"
    DATABASE = "database"
    MESSAGING = "messaging"
    MODEL = "model"
    """A request to a generative model."""
    TOOL = "tool"
    """An agent's call of a tool."""
    CALL = "call"
    """None of these is known: only that one service called another."""


class NotePlace(str, Enum):
    """What an author's words are on."""

    STEPS = "steps"
    SECTION = "section"
    """Between steps: before the first of them."""
    INTRODUCTION = "introduction"
    DIAGRAM = "diagram"
    """Below the diagram and its summary."""
    CLOSING = "closing"
    PARTICIPANT = "participant"
    VARIABLE = "variable"


class Outcome(str, Enum):
    """What came of an exchange, as far as spans show it; clocks never decide it."""

    OK = "ok"
    """It was answered, and nothing says that it failed."""
    ERROR = "error"
    """It was answered with an error, or what it asked for failed."""
    UNANSWERED = "unanswered"
    """It is known that no answer came: a timeout, a refused connection."""
    UNKNOWN = "unknown"
    """No span tells how it ended."""


class SeenBy(str, Enum):
    """Which side's span a step was read from."""

    BOTH = "both"
    CLIENT = "client"
    SERVER = "server"


class Mark(str, Enum):
    """Why a step deserves a second look. Every guess of the order is one."""

    TIME_ADJUSTED = "time adjusted"
    """Its host's clock was shifted to agree with its callers' (see `Document.adjustments`)."""
    CLIENT_MISSING = "client span missing"
    """The caller is known to have recorded a span which is not in the trace, or records none."""
    SERVER_MISSING = "server span missing"
    """The callee recorded no span, or it is not in the trace."""
    NO_ANSWER = "no answer"
    """It is known that the exchange ended without a response."""
    LATE = "late"
    """The response was sent after the caller had given up."""
    RETRY = "retry"
    """The same call had been tried before (a retry or a redirect's next hop)."""
    PARENT_MISSING = "parent missing"
    """The span names a parent that is not in the trace: its place is a guess by time."""
    CUT = "body cut"
    """The body was longer than the capture limit."""
    INFERRED = "inferred"
    """No span is of this call itself: a change of service, or what a span without a kind says."""
    LEFT_OUT = "body left out"
    """The body had been recorded; it was left out on the way so that its span could come."""


class GroupKind(str, Enum):
    """Mermaid's frame around steps."""

    OPT = "opt"
    ALT = "alt"
    LOOP = "loop"
    PAR = "par"
