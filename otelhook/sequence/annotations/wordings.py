"""How calls are told in a sentence, protocol by protocol, and how their outcomes are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.sequence.call_tree import Call
from otelhook.sequence.changing import SIGN_IN
from otelhook.sequence.document import (
    Mark,
    Outcome,
    ParticipantKind,
    Protocol,
    Step,
    StepKind,
)
from otelhook.sequence.failure_words import without_name

__all__ = ["READS", "WORDINGS", "Wording", "outcome_of", "went_well"]

_MESSAGE: Final = 160
"""Characters of what was said of a failure."""

_ANY: Final = lazy(r".*", re.DOTALL)
READS: Final = frozenset({"GET", "HEAD"})
_CHECK: Final = lazy(r".*/auth/tokens(?:/[^/]+)?/?")
_QUEUE: Final = frozenset({ParticipantKind.QUEUE})
_TOOL: Final = frozenset({ParticipantKind.TOOL})


@dataclass(frozen=True, slots=True)
class Wording:
    """How to tell of calls; the first that fits is used.

    The words have ``{caller}``, ``{callee}``, ``{label}``, ``{operation}``, ``{object}`` (the label
    without its first word), ``{token}`` (what the response issued) and ``{subject}`` (the token
    that the request is about); a wording that lacks one of these does not fit.
    """

    words: str
    """Of a call that went well; the status is not told."""
    tried: str = ""
    """Of one that did not; the status follows. Empty if the wording is for success only."""
    methods: frozenset[str] = frozenset()
    """Empty for all."""
    path: re.Pattern[str] = _ANY
    with_status: bool = False
    """Whether the status follows success too."""
    protocol: Protocol = Protocol.HTTP
    callers: frozenset[ParticipantKind] = frozenset()
    """What the caller is; empty for anything."""
    callees: frozenset[ParticipantKind] = frozenset()
    to_itself: bool = False
    """Whether it is for calls of a participant to itself only."""

    def is_for(self, request: Step, kinds: Mapping[str, ParticipantKind]) -> bool:
        """Return whether the wording is for a request, by what its participants are."""
        return (
            request.protocol is self.protocol
            and (not self.methods or request.method.upper() in self.methods)
            and self.path.fullmatch(request.path) is not None
            and (not self.to_itself or request.source == request.target)
            and (not self.callers or kinds.get(request.source) in self.callers)
            and (not self.callees or kinds.get(request.target) in self.callees)
        )


def _told(protocol: Protocol, words: str) -> Wording:
    return Wording(words, words, protocol=protocol, with_status=True)


WORDINGS: Final[tuple[Wording, ...]] = (
    Wording(
        "{caller} signs in at {callee} and gets {token}",
        "{caller} tries to sign in at {callee}",
        frozenset({"POST"}),
        SIGN_IN,
    ),
    Wording(
        "{caller} has {subject} checked by {callee}",
        "{caller} has {subject} checked by {callee}",
        READS,
        _CHECK,
        with_status=True,
    ),
    # A SOAP action, a JSON-RPC method: the path is the same for all of them.
    _told(Protocol.HTTP, "{caller} calls {operation} of {callee}"),
    *(
        Wording(words, words, frozenset(methods), with_status=True)
        for methods, words in (
            (("GET",), "{caller} asks {callee} for {label}"),
            (("HEAD", "OPTIONS"), "{caller} asks {callee} about {label}"),
            (("POST",), "{caller} posts to {label} of {callee}"),
            (("PUT",), "{caller} puts to {label} of {callee}"),
            (("PATCH",), "{caller} changes {label} of {callee}"),
            (("DELETE",), "{caller} deletes {label} of {callee}"),
        )
    ),
    _told(Protocol.RPC, "{caller} calls {label} of {callee}"),
    _told(Protocol.DATABASE, "{caller} runs {label} on {callee}"),
    Wording(
        "{caller} publishes to {callee}",
        "{caller} tries to publish to {callee}",
        protocol=Protocol.MESSAGING,
        callees=_QUEUE,
    ),
    Wording(
        "{caller} delivers to {callee}",
        "{caller} delivers to {callee}",
        protocol=Protocol.MESSAGING,
        callers=_QUEUE,
    ),
    _told(Protocol.MESSAGING, "{caller} sends {label} to {callee}"),
    _told(Protocol.MODEL, "{caller} asks {object} of {callee}"),
    *(
        Wording(
            "{caller} runs the tool {object}",
            "{caller} runs the tool {object}",
            protocol=Protocol.TOOL,
            with_status=True,
            callees=callees,
            to_itself=not callees,
        )
        for callees in (_TOOL, frozenset[ParticipantKind]())
    ),
    _told(Protocol.TOOL, "{caller} has {callee} run the tool {object}"),
    _told(Protocol.CALL, "{caller} calls {label} of {callee}"),
)

_FIRST_ERROR: Final = 400
"""The first of HTTP's status codes that are errors (RFC 9110, 15)."""


def _never_arrived(last: Step) -> bool:
    """Tell whether a call ends with its request, of which the caller has an error and no more."""
    unanswered = last.kind is StepKind.REQUEST and last.outcome is Outcome.UNANSWERED
    return unanswered and bool(last.message)


def went_well(call: Call) -> bool:
    """Return whether a call was answered without an error, or is a message that nobody answers."""
    last = call.steps[-1]
    if last.failed or last.outcome is Outcome.ERROR or Mark.NO_ANSWER in last.marks:
        return False
    if _never_arrived(last):
        return False
    if last.kind is StepKind.REQUEST:
        return last.protocol is Protocol.MESSAGING
    return (last.status_code or 0) < _FIRST_ERROR


def outcome_of(call: Call) -> str:
    """Return how a call ended, in its protocol's words; empty for a message without an answer."""
    last = call.steps[-1]
    one_line = " ".join(last.message.split())
    message = _shortened(one_line)
    if last.kind is StepKind.REQUEST:
        if last.failed or _never_arrived(last):
            return f"failed: {message}" if message else "failed"
        if last.outcome is Outcome.UNANSWERED or Mark.NO_ANSWER in last.marks:
            return "no answer"
        return "" if last.protocol is Protocol.MESSAGING else "outcome not recorded"
    if not message or not (last.failed or last.outcome is Outcome.ERROR):
        return last.head or "answered"
    bare = last.head
    message = _shortened(without_name(one_line, bare))
    if bare == "failed" or not message:
        return message or bare
    return f"{bare}: {message}"


def _shortened(message: str) -> str:
    """Return a message of one line as a part of a sentence: without a full stop."""
    return f"{message[: _MESSAGE - 1]}…" if len(message) > _MESSAGE else message.rstrip(".")
