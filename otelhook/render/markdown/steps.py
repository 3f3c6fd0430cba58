"""The page's part for one step: heading, arrow, facts, headers and body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from otelhook.render.markdown.emphasis import body_lines, header_lines
from otelhook.render.markdown.escaping import code, inline
from otelhook.render.markdown.flavours import Dialect
from otelhook.render.markdown.flows import anchor
from otelhook.render.shared.bodies import shown_body
from otelhook.render.shared.header_names import header_line
from otelhook.render.shared.plain import one_line, shortened
from otelhook.render.shared.units import spell_duration, spell_size
from otelhook.sequence.document import Body, Mark, Note, Redaction, SeenBy, Step, StepKind

__all__ = [
    "HEADING_LIMIT",
    "TITLE_LIMIT",
    "Beside",
    "full_title",
    "note_blocks",
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
    """Return the step's title with the path as it was captured, query and all."""
    head = step.title[: -len(step.label)] if step.label else f"{step.title} "
    query = f"?{step.query}" if step.query and step.kind is StepKind.REQUEST else ""
    return f"{head}{step.path}{query}".strip()


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


def step_section(step: Step, beside: Beside, dialect: Dialect) -> Iterator[str]:
    """Yield the blocks of a step, to be parted by empty lines."""
    heading = inline(shortened(one_line(step.title), HEADING_LIMIT))
    yield f"### ({step.number}) {heading}{anchor(step.number) if beside.is_source else ''}"
    # Two blanks break the line: the facts belong to the arrow and are smaller than it.
    facts = " · ".join(_facts(step, beside.redactions, dialect))
    yield f"{_arrow(step)}  \n<small>{facts}</small>"
    for note in beside.notes:
        yield from note_blocks(note, dialect)
    if beside.flows:
        yield "\n".join(f"* {line}" for line in beside.flows)
    title = shortened(one_line(full_title(step)), TITLE_LIMIT) or f"({step.number})"
    headers = "\n".join(header_line(header) for header in step.headers) or "none"
    language = "http" if step.headers else "text"
    lines = header_lines(step.headers, beside.places)
    block = dialect.fence(language, headers, title=title, highlighted=lines)
    yield dialect.choice("Header", block)
    yield dialect.choice("Body", _body_fence(step.body, title, beside.places, dialect))
    if step.other_body is not None:
        sender = f"Body as {one_line(step.source)} sent it"
        other = _body_fence(step.other_body, title, beside.places, dialect)
        yield dialect.choice(sender, other)


def _arrow(step: Step) -> str:
    # As in a conversation read from the caller's side: it stands left in both directions.
    if step.kind is StepKind.REQUEST:
        return f"{code(step.source)} --> {code(step.target)}"
    return f"{code(step.target)} <-- {code(step.source)}"


def note_blocks(note: Note, dialect: Dialect) -> Iterator[str]:
    """Yield a note's link, if it has one, and its words: set off if they are on several steps."""
    several = note.first != note.last
    title, text = (
        one_line(note.title),
        "  \n".join(inline(line) for line in note.text.splitlines() if one_line(line)),
    )
    if several and text:
        text = f"{code(f'({note.first}-{note.last})')} {text}"
    if note.link.lower().startswith(("http://", "https://")):
        link = f"[{inline(title or note.link)}](<{_address(note.link)}>)"
        yield dialect.aside("reference", "Reference", link)
        title = ""
    if not text:
        return
    if several:
        yield dialect.aside("note", title, text)
    else:
        yield f"**{inline(title)}**  \n{text}" if title else text


def _address(link: str) -> str:
    """Percent-encode what could end a link's address or begin anything else."""
    return "".join(
        character
        if character.isalnum() or (character.isascii() and character in "-._~:/?#@!$&'*+,;=%")
        else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
        for character in link
    )


def _facts(step: Step, redactions: tuple[Redaction, ...], dialect: Dialect) -> Iterator[str]:
    if step.kind is not StepKind.REQUEST and step.duration is not None:
        yield spell_duration(step.duration)
    yield _SEEN[step.seen_by]
    if step.body is not None and step.body.size:
        yield _size(step.body)
    for mark in step.marks:
        if mark is not Mark.CUT:
            yield f"**{mark.value}**"
    if redactions:
        # The heading says already whether this is the request or the response.
        places = ", ".join(code(redaction.place.partition(".")[2]) for redaction in redactions)
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
    lines = body_lines(body, places)
    return dialect.fence(shown.language, shown.text, title=title, highlighted=lines)
