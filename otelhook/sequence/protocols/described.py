"""What a protocol says of one span: all that differs from protocol to protocol."""

from __future__ import annotations

from typing import NamedTuple

from otelhook.sequence.protocols.facts import Part
from otelhook.sequence.spans.messages import NOTHING, Message
from otelhook.sequence.vocabulary import Outcome, ParticipantKind

__all__ = ["Described", "outcome_of"]


class Described(NamedTuple):
    """A call in its protocol's words. The fields are those of `Facts` of the same names."""

    label: str
    operation: str = ""
    outcome: Outcome = Outcome.UNKNOWN
    answer: str = ""
    callee: str = ""
    callee_kind: ParticipantKind | None = None
    request: Message = NOTHING
    response: Message = NOTHING
    part: Part | None = None
    destination: str = ""
    message: str = ""
    detail: bool = False


def outcome_of(
    *, failed: bool, unanswered: bool = False, code_failed: bool | None = None
) -> Outcome:
    """Return the outcome by the evidence that a span is.

    Args:
        failed: whether the span says that its call went wrong.
        unanswered: whether what it says of that is a failure before any answer.
        code_failed: whether the protocol's own code is one of a failure; None if there is none.
            A code is an answer, whatever else the span says.
    """
    if code_failed is not None:
        return Outcome.ERROR if code_failed else Outcome.OK
    if failed:
        return Outcome.UNANSWERED if unanswered else Outcome.ERROR
    return Outcome.OK
