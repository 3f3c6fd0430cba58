"""The full log: every message with headers and body, one after the other, as plain text."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from otelhook.render.bodies.registry import shown_body
from otelhook.render.markdown.fences import fence_ends, longest_run
from otelhook.render.markdown.flavours import Dialect
from otelhook.render.shared.fenced_text import fence_text, shown_lines
from otelhook.render.shared.header_names import header_line
from otelhook.render.shared.plain import one_line
from otelhook.render.shared.wording import said_of
from otelhook.sequence.document import Document, Protocol, Step, StepKind

__all__ = ["folded_log", "log_entry", "log_text"]

_APART: Final = "\n\n\n"


def _target(step: Step) -> str:
    if step.protocol is not Protocol.HTTP:
        return one_line(step.operation or step.label)
    query = f"?{step.query}" if step.query else ""
    return one_line(f"{step.method} {step.path}{query}")


def _first_line(step: Step) -> str:
    if step.kind is StepKind.REQUEST:
        return f"({one_line(step.source)}) REQ >>> ({one_line(step.target)}) : {_target(step)}"
    word = "FAIL" if step.failed else "RESP"
    parties = f"({one_line(step.target)}) {word} <<< ({one_line(step.source)})"
    message = said_of(step, limit=None)
    outcome = f"{step.head}: {message}" if message else step.head
    return f"{parties} : {one_line(outcome)} {_target(step)}"


def log_entry(step: Step) -> str:
    """Return one message: a line that says what it is, its headers, its body."""
    as_named = step.protocol is not Protocol.HTTP
    headers = "\n".join(header_line(header, as_named=as_named) for header in step.headers)
    body = shown_body(step.body).text
    return "\n".join([f"### {_first_line(step)}", *([headers] if headers else []), "", body])


def log_text(document: Document) -> str:
    """Return all messages in order, parted by two empty lines."""
    return _APART.join(log_entry(step) for step in document.steps)


def folded_log(document: Document, dialect: Dialect) -> Iterator[str]:
    """Yield the log in its folded fence, an entry at a time: it is half of a page."""
    last = len(document.steps) - 1
    entries = deque(
        shown_lines(log_entry(step) + _APART) if place < last else fence_text(log_entry(step))
        for place, step in enumerate(document.steps)
    )
    opening, closing = dialect.fold("quote", "Every message as it was recorded")
    before, after = fence_ends("text", max(map(longest_run, entries)), numbered=dialect.has_titles)
    yield opening + dialect.within(before)
    while entries:
        yield dialect.within(entries.popleft())
    yield dialect.within(after) + closing
