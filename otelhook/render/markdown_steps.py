"""The page's part for one step: heading, arrow, facts, headers and body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from otelhook.render.bodies import shown_body
from otelhook.render.fences import fence, indented
from otelhook.render.headers import header_line
from otelhook.render.markdown_text import code, inline, quoted_title
from otelhook.render.plain import one_line, shortened
from otelhook.render.units import spell_duration, spell_size
from otelhook.sequence.document import Body, Mark, Note, Redaction, SeenBy, Step, StepKind

__all__ = ["HEADING_LIMIT", "TITLE_LIMIT", "full_title", "note_blocks", "step_section"]

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


def step_section(
    step: Step, notes: Iterable[Note], redactions: Iterable[Redaction]
) -> Iterator[str]:
    """Yield the blocks of a step, to be parted by empty lines."""
    yield f"### ({step.number}) {inline(shortened(one_line(step.title), HEADING_LIMIT))}"
    # Two blanks break the line: the facts belong to the arrow and are smaller than it.
    yield f"{_arrow(step)}  \n<small>{' · '.join(_facts(step, tuple(redactions)))}</small>"
    for note in notes:
        yield from note_blocks(note)
    title = shortened(one_line(full_title(step)), TITLE_LIMIT) or f"({step.number})"
    headers = "\n".join(header_line(header) for header in step.headers) or "none"
    yield _tab("Header", fence("http" if step.headers else "text", headers, title=title))
    yield _tab("Body", _body_fence(step.body, title))
    if step.other_body is not None:
        sender = f"Body as {inline(step.source)} sent it"
        yield _tab(sender, _body_fence(step.other_body, title))


def _arrow(step: Step) -> str:
    # As in a conversation read from the caller's side: it stands left in both directions.
    if step.kind is StepKind.REQUEST:
        return f"{code(step.source)} --> {code(step.target)}"
    return f"{code(step.target)} <-- {code(step.source)}"


def note_blocks(note: Note) -> Iterator[str]:
    """Yield a note's words, and its link as a block of its own."""
    where = f"({note.first})" if note.first == note.last else f"({note.first}-{note.last})"
    link = note.link if note.link.lower().startswith(("http://", "https://")) else ""
    if link:
        title = quoted_title(note.title) or "Reference"
        yield f'!!! info "{title}"'
        yield indented(f"[{inline(link)}](<{_address(link)}>)")
    text = "  \n".join(inline(line) for line in note.text.splitlines() if line.strip())
    if text and one_line(note.title) and not link:
        text = f"**{inline(note.title)}**  \n{text}"
    if text and note.first != note.last:
        text = f"{code(where)} {text}"
    if text:
        yield text


def _address(link: str) -> str:
    """Percent-encode what could end a link's address or begin anything else."""
    return "".join(
        character
        if character.isalnum() or (character.isascii() and character in "-._~:/?#@!$&'*+,;=%")
        else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
        for character in link
    )


def _facts(step: Step, redactions: tuple[Redaction, ...]) -> Iterator[str]:
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
    if len(one_line(full_title(step))) > TITLE_LIMIT:
        yield code(full_title(step))


def _size(body: Body) -> str:
    if not body.truncated or body.content is None:
        return spell_size(body.size or 0)
    content = body.content
    held = len(content.encode("utf-8", "replace") if isinstance(content, str) else content)
    return f"**body cut**: the first {held:,} of {spell_size(body.size or 0)}"


def _tab(name: str, block: str) -> str:
    return f'=== "{quoted_title(name)}"\n\n{indented(block)}'


def _body_fence(body: Body | None, title: str) -> str:
    shown = shown_body(body)
    return fence(shown.language, shown.text, title=title)
