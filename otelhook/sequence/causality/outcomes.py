"""What came of a call, by what its spans say: answered, failed and with which words, or unknown.

No clock decides it. A status or a code is an answer, whichever side recorded it; that no answer
came is said only where the caller knows it (a timeout, a refused connection).
"""

from __future__ import annotations

from typing import NamedTuple

from otelhook.sequence.protocols.facts import Facts
from otelhook.sequence.vocabulary import Outcome, Protocol, StepKind

__all__ = ["Ending", "ending_of"]


class Ending(NamedTuple):
    """How an exchange ended, in the words of the side that knows."""

    kind: StepKind
    outcome: Outcome
    status: int | None = None
    reason: str = ""
    answer: str = ""
    error: str = ""
    """In a word or two."""
    message: str = ""
    by_client: bool = True
    """Whether the caller is known to have seen it."""


def ending_of(client: Facts | None, server: Facts | None) -> Ending:
    """Return how a call ended.

    Args:
        client: what the caller's side says, None if it recorded nothing.
        server: likewise the callee's. At least one of the two is there.
    """
    if client is None:
        assert server is not None  # noqa: S101 - see Args
        return _served(server)
    if server is None:
        return _seen(client)
    if client.never_answered and not _has_code(client):
        return _seen(client)
    if _has_code(client) or not _says_more(server):
        return _with_words(_seen(client, server), client, server)
    told = _served(server)
    outcome = Outcome.ERROR if client.failed else told.outcome
    return _with_words(_replaced(told, outcome), client, server)


def _replaced(ending: Ending, outcome: Outcome) -> Ending:
    return Ending(
        StepKind.RESPONSE,
        outcome,
        ending.status,
        ending.reason,
        ending.answer,
        ending.error,
        ending.message,
    )


def _with_words(ending: Ending, client: Facts, server: Facts) -> Ending:
    """Add what was said of a failure: the callee's own words where the caller has but its type."""
    if ending.outcome is not Outcome.ERROR:
        return ending
    words = client.message or server.message or client.error
    if server.message and client.message and client.message in server.message:
        words = server.message
    return Ending(
        ending.kind,
        ending.outcome,
        ending.status,
        ending.reason,
        ending.answer,
        ending.error or client.error or server.error,
        words,
    )


def _has_code(facts: Facts) -> bool:
    """Return whether a side recorded the protocol's own word for what came of the call."""
    return facts.status is not None or (facts.protocol is not Protocol.HTTP and bool(facts.answer))


def _says_more(server: Facts) -> bool:
    return _has_code(server) or server.failed


def _served(server: Facts) -> Ending:
    """Return what the callee's side says: it answered, unless an exception ended its work."""
    outcome = server.outcome
    if outcome is Outcome.UNANSWERED:  # what it called did not answer; it is at an end itself
        outcome = Outcome.ERROR
    return _ending(server, outcome, None)


def _seen(client: Facts, server: Facts | None = None) -> Ending:
    return _ending(client, client.outcome, server)


def _ending(facts: Facts, outcome: Outcome, server: Facts | None) -> Ending:
    answered = outcome in (Outcome.OK, Outcome.UNKNOWN) or (
        outcome is Outcome.ERROR
        and (
            facts.status is not None
            or facts.protocol is not Protocol.HTTP
            or (server is not None and _has_code(server))
        )
    )
    reason = facts.reason
    if not reason and server is not None and server.status == facts.status:
        reason = server.reason
    answer = facts.answer
    if outcome is Outcome.ERROR and not answer and facts.status is None:
        answer = facts.error or "error"
    return Ending(
        StepKind.RESPONSE if answered else StepKind.FAILURE,
        outcome,
        facts.status,
        reason,
        answer if answered else facts.answer,
        facts.error,
        facts.message if outcome in (Outcome.ERROR, Outcome.UNANSWERED) else "",
    )
