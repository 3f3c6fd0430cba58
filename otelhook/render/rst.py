r"""A page in reStructuredText, for Sphinx with sphinxcontrib-mermaid.

Captured text stands in literal blocks, whose lines are all indented, or in running text, where a
backslash before each mark makes it one that means nothing. docutils splits lines where Python does,
so that no separator of Unicode's is left to end a block.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from otelhook.render.bodies.emphasis import body_lines, header_lines, places_of
from otelhook.render.bodies.registry import shown_body
from otelhook.render.mermaid.diagram import mermaid_parts
from otelhook.render.shared.fenced_text import fence_text
from otelhook.render.shared.header_names import header_line
from otelhook.render.shared.note_markup import Block, BlockKind, Inline, InlineKind, blocks_of
from otelhook.render.shared.plain import one_line, shortened
from otelhook.render.shared.token_names import with_token_names
from otelhook.render.shared.units import spell_duration, spell_size, spell_time
from otelhook.render.shared.wording import arrow_line, content_name, counts_line, headers_name
from otelhook.sequence.annotations.summaries import summaries
from otelhook.sequence.document import Document, Note, NotePlace, Protocol, Step, StepKind

__all__ = ["render_rst"]

_MARK: Final = re.compile(r"[!-/:-@\[-`{-~]")
_HEADING_LIMIT: Final = 120
_SUMMARY_LIMIT: Final = 60
_INDENT: Final = "   "


def render_rst(document: Document) -> str:
    """Return the whole page."""
    return "\n\n".join(block for block in _page(document) if block) + "\n"


def _page(document: Document) -> Iterator[str]:
    yield _heading(one_line(document.title) or "Trace", "=")
    yield _text(" · ".join(_facts(document)))
    for warning in document.warnings:
        yield f".. warning:: {_text(warning)}"
    yield from _placed(document, NotePlace.INTRODUCTION)
    if document.command is not None:
        yield _heading("Command and output", "-")
        yield _block("console", f"$ {document.command.line}")
        if document.command.output is not None:
            yield _block("text", document.command.output)
    yield _heading("Sequence diagram", "-")
    for part in mermaid_parts(document):
        yield f".. mermaid::\n\n{_indented(part)}"
    yield from _table(document)
    yield from _summary(document)
    yield from _placed(document, NotePlace.DIAGRAM)
    if document.steps:
        yield _heading("Request / Response", "-")
        yield from _steps(with_token_names(document))
    yield from _placed(document, NotePlace.CLOSING)


def _facts(document: Document) -> Iterator[str]:
    yield counts_line(document) or f"{len(document.steps)} steps"
    if document.start_time:
        yield f"steps took {spell_duration(document.duration)}"
        yield spell_time(document.start_time)
    yield from (f"trace {trace_id}" for trace_id in document.trace_ids)


def _table(document: Document) -> Iterator[str]:
    if document.variables:
        rows = [f"   * - {_code(v.name)}\n     - {_code(v.value)}" for v in document.variables]
        head = ".. list-table::\n   :header-rows: 1\n\n   * - variable\n     - value"
        yield "\n".join([head, *rows])


def _summary(document: Document) -> Iterator[str]:
    """Yield a line block: its indentation nests, and no line can end it."""
    lines = [
        f"| {'    ' * line.level}{_text(f'({line.first}-{line.last}) {one_line(line.text)}')}"
        for line in summaries(document, limit=_SUMMARY_LIMIT)
    ]
    if lines:
        yield "\n".join(lines)


def _steps(document: Document) -> Iterator[str]:
    places = places_of(document)
    on_steps: dict[int, list[Note]] = {}
    for note in document.notes:
        if note.place in (NotePlace.STEPS, NotePlace.SECTION):
            on_steps.setdefault(note.first, []).append(note)
    for step in document.steps:
        noted = on_steps.get(step.number, [])
        for note in noted:
            if note.place is NotePlace.SECTION:
                yield from _noted(note)
        heading = shortened(one_line(arrow_line(step)), _HEADING_LIMIT)
        yield _heading(f"({step.number}) {heading}", "~")
        yield from _step(step)
        for note in noted:
            if note.place is NotePlace.STEPS:
                yield from _noted(note)
        yield from _content(step, places.get(step.number, frozenset()))


def _step(step: Step) -> Iterator[str]:
    caller, callee = step.source, step.target
    if step.kind is not StepKind.REQUEST:
        caller, callee = callee, caller
    arrow = "-->" if step.kind is StepKind.REQUEST else "<--"
    facts = [f"{_code(caller)} {_text(arrow)} {_code(callee)}"]
    if step.kind is not StepKind.REQUEST and step.duration is not None:
        facts.append(_text(spell_duration(step.duration)))
    if step.body is not None and step.body.size:
        facts.append(_text(spell_size(step.body.size)))
    yield " · ".join(facts)
    if step.message:
        yield _block("text", step.message)


def _content(step: Step, places: frozenset[str]) -> Iterator[str]:
    is_http = step.protocol is Protocol.HTTP
    if is_http or step.headers:
        rows = [header_line(header, as_named=not is_http) for header in step.headers]
        language = "http" if is_http and rows else "text"
        yield _caption(headers_name(step))
        yield _block(language, "\n".join(rows) or "none", header_lines(step.headers, places))
    if is_http or step.body is not None:
        shown = shown_body(step.body)
        yield _caption(content_name(step))
        yield _block(shown.language, shown.text, body_lines(step.body, places))


def _placed(document: Document, place: NotePlace) -> Iterator[str]:
    for note in document.notes:
        if note.place is place:
            yield from _noted(note)


def _noted(note: Note) -> Iterator[str]:
    """Yield a note's title, words and link."""
    title = one_line(note.title)
    if note.link.lower().startswith(("http://", "https://")):
        yield f"`{_text(title or note.link)} <{_address(note.link)}>`__"
    elif title:
        yield f"**{_text(title)}**"
    if note.markdown:
        yield from _words(blocks_of(note.text))
    elif one_line(note.text):
        yield _text(one_line(note.text))


def _words(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if block.kind is BlockKind.FENCE:
            yield _block(block.language or "text", block.text)
        elif block.kind in (BlockKind.BULLETS, BlockKind.NUMBERS):
            mark = "* " if block.kind is BlockKind.BULLETS else "#. "
            yield "\n\n".join(_item(mark, item) for item in block.items)
        elif block.kind is BlockKind.QUOTE:
            yield _indented("\n\n".join(_words(block.items[0])))
        else:
            yield _runs(block.inlines)


def _item(mark: str, item: Sequence[Block]) -> str:
    words = "\n\n".join(_words(item)) or "\\ "
    return mark + words.replace("\n", f"\n{' ' * len(mark)}")


def _runs(runs: Sequence[Inline]) -> str:
    return "".join(_run(run) for run in runs).strip() or "\\ "


def _run(run: Inline) -> str:
    """Return a run of characters; what is marked is parted from its neighbours by nothing."""
    text = " ".join(run.text.split())
    if run.kind is InlineKind.BREAK or not text:
        return " "
    if run.kind is InlineKind.CODE:
        return f"\\ {_code(text)}\\ "
    if run.kind is InlineKind.LINK and not run.link.startswith("#"):
        return f"\\ `{_text(text)} <{_address(run.link)}>`__\\ "
    marks: Mapping[InlineKind, str] = {InlineKind.STRONG: "**", InlineKind.EMPHASIS: "*"}
    mark = marks.get(run.kind, "")
    if mark:
        return f"\\ {mark}{_text(text)}{mark}\\ "
    before = " " if run.text[:1].isspace() else ""
    return f"{before}{_text(text)}{' ' if run.text[-1:].isspace() else ''}"


def _heading(text: str, mark: str) -> str:
    title = _text(text)
    # Wide characters count twice, and more than enough is enough.
    return f"{title}\n{mark * (2 * len(title))}"


def _caption(text: str) -> str:
    return f".. rubric:: {_text(text)}"


def _text(text: str) -> str:
    return _MARK.sub(r"\\\g<0>", one_line(text))


def _code(text: str) -> str:
    """Return text as a literal; one that holds what ends it, or begins or ends oddly, as text."""
    line = one_line(text)
    is_plain = line and "`" not in line and not line.startswith("\\") and not line.endswith("\\")
    return f"``{line}``" if is_plain else _text(line) or "\\ "


def _address(link: str) -> str:
    """Percent-encode what could end a link's address."""
    return "".join(map(_in_address, link))


def _in_address(character: str) -> str:
    if character.isalnum() or character in "-.~:/?#@!$&'()+,;=%":
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))


def _block(language: str, text: str, highlighted: Sequence[int] = ()) -> str:
    content = fence_text(text) or "none"
    lines = ",".join(str(number) for number in highlighted)
    options = f"\n{_INDENT}:emphasize-lines: {lines}" if lines else ""
    return f".. code-block:: {language}\n{_INDENT}:force:{options}\n\n{_indented(content)}"


def _indented(text: str) -> str:
    lines = text.rstrip().split("\n")
    return "\n".join(f"{_INDENT}{line}" if line.strip() else "" for line in lines)
