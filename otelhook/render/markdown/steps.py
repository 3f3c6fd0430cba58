"""The page's part for one step: heading, arrow, facts, headers and body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from otelhook.render.bodies.emphasis import body_lines, header_lines
from otelhook.render.bodies.registry import shown_body
from otelhook.render.markdown.body_tables import ROW_LIMIT, body_table, picture
from otelhook.render.markdown.escaping import code, inline
from otelhook.render.markdown.flavours import Dialect
from otelhook.render.markdown.flows import anchor
from otelhook.render.markdown.inner_work import inner_block
from otelhook.render.markdown.notes import note_blocks
from otelhook.render.shared.header_names import header_line
from otelhook.render.shared.plain import one_line, shortened
from otelhook.render.shared.units import spell_duration, spell_size
from otelhook.render.shared.wording import (
    MESSAGE_LIMIT,
    PROTOCOL_WORDS,
    arrow_line,
    content_name,
    headers_name,
)
from otelhook.sequence.document import (
    Body,
    InnerSpan,
    Mark,
    Note,
    Protocol,
    Redaction,
    SeenBy,
    Step,
    StepKind,
)

__all__ = [
    "HEADING_LIMIT",
    "TITLE_LIMIT",
    "Beside",
    "full_title",
    "step_section",
]

HEADING_LIMIT = 120
"""Characters of a step's heading."""

TITLE_LIMIT = 100
"""Characters of a fence's title: Material does not break it. What is longer stands whole among
the step's facts."""

_SEEN = {
    SeenBy.BOTH: "seen by both",
    SeenBy.CLIENT: "seen by the caller",
    SeenBy.SERVER: "seen by the callee",
}


def full_title(step: Step) -> str:
    """Return the step's title with the path as it was captured, query and all.

    Over other protocols than HTTP it has the whole of the operation's name.
    """
    if step.protocol is not Protocol.HTTP:
        return f"{step.head} {step.operation or step.label}".strip()
    query = f"?{step.query}" if step.query and step.kind is StepKind.REQUEST else ""
    called = f" ({step.operation})" if step.operation and step.kind is StepKind.REQUEST else ""
    return f"{step.head} {step.path}{query}{called}".strip()


@dataclass(frozen=True, slots=True)
class Beside:
    """What a Document says of one step, beside the step itself."""

    notes: tuple[Note, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    flows: tuple[str, ...] = ()
    """As Markdown, a line each."""
    places: frozenset[str] = frozenset()
    """To be highlighted."""
    is_source: bool = False
    """Whether other steps link to this one."""
    marks: tuple[Mark, ...] = ()
    """Those of its marks that tell something."""
    inner: tuple[InnerSpan, ...] = ()
    """The spans within the call that it begins."""


def step_section(step: Step, beside: Beside, dialect: Dialect) -> Iterator[str]:
    """Yield the blocks of a step, to be parted by empty lines."""
    heading = inline(shortened(one_line(arrow_line(step)), HEADING_LIMIT))
    yield f"### ({step.number}) {heading}{anchor(step.number) if beside.is_source else ''}"
    # Two blanks break the line: the facts belong to the arrow and are smaller than it.
    facts = " · ".join(_facts(step, beside, dialect))
    yield f"{_arrow(step)}  \n<small>{facts}</small>"
    if step.message:
        yield dialect.aside("failure", "", _message(step.message, dialect))
    for note in beside.notes:
        yield from note_blocks(note, dialect)
    if beside.flows:
        yield "\n".join(f"* {line}" for line in beside.flows)
    title = shortened(one_line(full_title(step)), TITLE_LIMIT) or f"({step.number})"
    yield from _content(step, title, beside.places, dialect)
    if beside.inner:
        yield inner_block(beside.inner, dialect)


def _content(step: Step, title: str, places: frozenset[str], dialect: Dialect) -> Iterator[str]:
    """Yield headers and body; over HTTP also where there are none, since each message has them."""
    is_http, name = step.protocol is Protocol.HTTP, content_name(step)
    if is_http or step.headers:
        rows = [header_line(header, as_named=not is_http) for header in step.headers]
        headers = "\n".join(rows) or "none"
        language = "http" if is_http and step.headers else "text"
        lines = header_lines(step.headers, places)
        block = dialect.fence(language, headers, title=title, highlighted=lines)
        yield dialect.choice(headers_name(step), block)
    if is_http or step.body is not None:
        yield dialect.choice(name, _body_fence(step.body, title, places, dialect))
    if step.other_body is not None:
        sender = f"{name} as {one_line(step.source)} sent it"
        other = _body_fence(step.other_body, title, places, dialect)
        yield dialect.choice(sender, other)


def _message(text: str, dialect: Dialect) -> str:
    """Return what was said of a failure: in a line if it is one, else as it was written."""
    if len(text) <= MESSAGE_LIMIT and "\n" not in text:
        return inline(text)
    return dialect.fence("text", text, numbered=False)


def _arrow(step: Step) -> str:
    # As in a conversation read from the caller's side: it stands left in both directions.
    if step.kind is StepKind.REQUEST:
        return f"{code(step.source)} --> {code(step.target)}"
    return f"{code(step.target)} <-- {code(step.source)}"


def _facts(step: Step, beside: Beside, dialect: Dialect) -> Iterator[str]:
    if step.kind is not StepKind.REQUEST and step.duration is not None:
        yield spell_duration(step.duration)
    if step.protocol is not Protocol.HTTP:
        yield PROTOCOL_WORDS[step.protocol]
    yield _SEEN[step.seen_by]
    if step.body is not None and step.body.size:
        yield _size(step.body)
    for mark in beside.marks:
        if mark is not Mark.CUT:
            yield f"**{mark.value}**"
    if beside.redactions:
        # The heading says already whether this is the request or the response.
        places = ", ".join(code(found.place.partition(".")[2]) for found in beside.redactions)
        yield f"redacted: {places}"
    hides_query = not dialect.has_titles and step.query and step.kind is StepKind.REQUEST
    if hides_query or len(one_line(full_title(step))) > TITLE_LIMIT:
        yield code(full_title(step))


def _size(body: Body) -> str:
    if not body.truncated or body.content is None:
        return spell_size(body.size or 0)
    content = body.content
    held = len(content.encode("utf-8", "replace") if isinstance(content, str) else content)
    return f"**body cut**: the first {held:,} of {spell_size(body.size or 0)}"


def _body_fence(body: Body | None, title: str, places: frozenset[str], dialect: Dialect) -> str:
    shown = shown_body(body)
    if shown.head and len(shown.rows) <= ROW_LIMIT:
        return body_table(shown)
    lines = body_lines(body, places)
    block = dialect.fence(shown.language, shown.text, title=title, highlighted=lines)
    if shown.image and body is not None and (found := picture(body, shown)):
        return f"{found}\n\n{block}"
    return block
