"""What has to be said beside the differences: what could not be told."""

from __future__ import annotations

from typing import Final

from otelhook.compare.signs import answer_of
from otelhook.redaction.rules.markers import ANY_MARKER
from otelhook.render.shared.units import count
from otelhook.sequence.call_tree import call_trees
from otelhook.sequence.document import Body, Document, Mark, Outcome, Protocol

__all__ = ["remarks"]

_SECRETS: Final = (
    "Redacted secrets and tokens are compared by where they stand: whether one is another now "
    "is not told."
)


def remarks(before: Document, after: Document) -> tuple[str, ...]:
    """Return a sentence for each thing that limits what the comparison can tell."""
    said = [_SECRETS] if _has_secrets(before) and _has_secrets(after) else []
    for name, document in (("first", before), ("second", after)):
        said += _of_one(name, document)
    for what, has in (("headers", _has_headers), ("bodies", _has_bodies)):
        recorded = has(before), has(after)
        if before.steps and after.steps and recorded[0] is not recorded[1]:
            which = "second" if recorded[0] else "first"
            said.append(f"The {which} run was recorded without {what}: they are not compared.")
    return tuple(said)


def _of_one(name: str, document: Document) -> list[str]:
    calls, _ = call_trees(document.steps)
    open_ended = sum(1 for call in calls if _is_unknown(answer_of(call), call.request.protocol))
    said: list[str] = []
    if open_ended:
        said.append(
            f"Of {count(open_ended, 'call')} of the {name} run it is not recorded how it ended: "
            "it may have been cut off, or be in progress."
        )
    lost = sum(Mark.PARENT_MISSING in step.marks for step in document.steps)
    if lost:
        said.append(f"The {name} run lacks the spans above {count(lost, 'step')}.")
    if document.adjustments:
        said.append(
            f"The {name} run's clocks disagreed and were shifted: durations across hosts are "
            "estimates."
        )
    return said


def _is_unknown(answer: object, protocol: Protocol) -> bool:
    if answer is None:
        return protocol is not Protocol.MESSAGING
    return getattr(answer, "outcome", None) is Outcome.UNKNOWN


def _has_secrets(document: Document) -> bool:
    return any(
        any(ANY_MARKER.search(header.value) for header in step.headers) or _hides(step.body)
        for step in document.steps
    )


def _hides(body: Body | None) -> bool:
    return body is not None and isinstance(body.content, str) and "‹" in body.content


def _has_headers(document: Document) -> bool:
    return any(step.headers for step in document.steps)


def _has_bodies(document: Document) -> bool:
    return any(step.body is not None and step.body.content for step in document.steps)
