"""What a document is called: the command that was run, or what was called first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from otelhook.model import Span, SpanKind
from otelhook.sequence.changing import changes_something
from otelhook.sequence.document import Command, Protocol, Step, StepKind
from otelhook.sequence.spans.services import service_of

__all__ = ["title_of"]

_NAMED: Final = 2
"""Calls of a program that are named; the rest is counted."""

_OF_HTTP: Final = frozenset({"HTTP", "HTTPS", "REQUEST"})
_OF_MESSAGES: Final = frozenset(
    {"SEND", "PUBLISH", "DELIVER", "RECEIVE", "POLL", "PROCESS", "CONSUME"}
)


def title_of(
    command: Command | None, root: Span | None, steps: Sequence[Step], begun: Sequence[Span] = ()
) -> str:
    """Return the command line; else what was called first, and how much began beside it.

    Args:
        command: that began it all, if one was recorded.
        root: the first span without a parent.
        steps: all of the document.
        begun: the spans without a parent in which something is drawn.
    """
    if command is not None:
        return command.line
    title = _first(root, steps)
    if len(begun) < len(("one", "two")):
        return title
    asked = {
        i: step for step in reversed(steps) for i in (step.client_span_id, step.server_span_id)
    }
    if len({_named(span, asked.get(span.span_id)) for span in begun}) == 1:
        return f"{title}, {len(begun):,} times"
    return f"{title} and {len(begun) - 1:,} more"


def _named(span: Span, step: Step | None) -> str:
    return step.title if step is not None and _says_nothing(span.name, step) else span.name


def _first(root: Span | None, steps: Sequence[Step]) -> str:
    """Return the root's name, where it says what happened."""
    name = root.name if root is not None else ""
    if not steps:
        return name or "empty trace"
    if _says_nothing(name, steps[0]):
        return steps[0].title or "empty trace"
    if root is not None and root.kind is SpanKind.INTERNAL and name == service_of(root.resource):
        return f"{name}: {_done(steps)}"
    return name


def _says_nothing(name: str, first: Step) -> bool:
    """Return whether a name is a method or a verb alone: its step says of what."""
    words = set(name.upper().split()) - _OF_HTTP
    known = {first.method.upper(), *first.title.upper().split()[:1]}
    if first.protocol is Protocol.MESSAGING:
        known |= _OF_MESSAGES
    return words <= known and len(words) <= 1


def _done(steps: Sequence[Step]) -> str:
    """Tell what a program called: what changed something, else what it called last."""
    caller = steps[0].source
    asked = [
        step
        for step in steps
        if step.kind is StepKind.REQUEST and not step.depth and step.source == caller
    ]
    changing = [step for step in asked if changes_something(step)]
    titles = list(dict.fromkeys(step.title for step in changing or asked[-1:]))
    more = f" and {len(titles) - _NAMED} more" if len(titles) > _NAMED else ""
    return ", ".join(titles[:_NAMED]) + more
