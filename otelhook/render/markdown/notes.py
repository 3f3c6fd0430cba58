"""An author's words on the page: written anew from their tree, so that nothing else comes along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from otelhook.render.markdown.escaping import code, inline
from otelhook.render.markdown.fences import fence, indented
from otelhook.render.markdown.flavours import Dialect
from otelhook.render.shared.note_markup import (
    Block,
    BlockKind,
    Inline,
    InlineKind,
    blocks_of,
)
from otelhook.render.shared.plain import one_line
from otelhook.sequence.document import Document, Note, NotePlace

__all__ = ["about_names", "note_blocks", "placed_notes", "section_blocks", "written"]


def note_blocks(note: Note, dialect: Dialect) -> Iterator[str]:
    """Yield a note's link, if it has one, and its words: set off if they are on several steps."""
    several = note.first != note.last
    title = one_line(note.title)
    blocks = list(_words(note))
    if several and blocks:
        where = code(f"({note.first}-{note.last})")
        # A list or fence cannot go on from words before it.
        is_line = not note.markdown or blocks_of(note.text)[0].kind is BlockKind.PARAGRAPH
        blocks = [f"{where} {blocks[0]}", *blocks[1:]] if is_line else [where, *blocks]
    if link := _link(note):
        yield dialect.aside("reference", "Reference", link)
        title = ""
    if not blocks:
        return
    if several:
        yield dialect.aside("note", title, *blocks)
        return
    if title and note.markdown:
        yield f"**{inline(title)}**"
    elif title:
        blocks[0] = f"**{inline(title)}**  \n{blocks[0]}"
    yield from blocks


def placed_notes(document: Document, place: NotePlace) -> Iterator[str]:
    """Yield the author's words at a place of the document itself."""
    for note in document.notes:
        if note.place is place:
            if note.title:
                yield f"## {inline(note.title)}"
            yield from _told(note)


def section_blocks(note: Note) -> Iterator[str]:
    """Yield the words that stand between two steps, under their title."""
    if note.title:
        yield f"### {inline(note.title)}"
    yield from _told(note)


def about_names(document: Document) -> Iterator[str]:
    """Yield what the author says of participants and of variables, a bullet each."""
    rows: list[str] = []
    for note in document.notes:
        if note.place in (NotePlace.PARTICIPANT, NotePlace.VARIABLE):
            is_variable = note.place is NotePlace.VARIABLE
            name = code(f"{{{note.subject}}}" if is_variable else note.subject)
            words = "\n\n".join(_told(note))
            title = f"**{inline(note.title)}** " if note.title else ""
            rows.append(f"* {name} {title}{indented(words).lstrip()}")
    if rows:
        yield "\n".join(rows)


def _told(note: Note) -> Iterator[str]:
    """Yield the words, and where to read on."""
    yield from _words(note)
    if link := _link(note):
        yield link


def _link(note: Note) -> str:
    """Return where a note says to read on, under its title; nothing if that is no web address."""
    if not note.link.lower().startswith(("http://", "https://")):
        return ""
    return f"[{inline(one_line(note.title) or note.link)}](<{_address(note.link)}>)"


def _words(note: Note) -> Iterator[str]:
    if note.markdown:
        yield from written(blocks_of(note.text))
        return
    lines = [inline(line) for line in note.text.splitlines() if one_line(line)]
    if lines:
        yield "  \n".join(lines)


def written(blocks: Iterable[Block], depth: int = 0) -> Iterator[str]:
    """Yield blocks as Markdown, to be parted by empty lines."""
    for block in blocks:
        if block.kind is BlockKind.FENCE:
            yield fence(block.language or "text", block.text, numbered=False)
        elif block.kind in (BlockKind.BULLETS, BlockKind.NUMBERS):
            yield "\n".join(_items(block, depth))
        elif block.kind is BlockKind.QUOTE:
            inner = "\n\n".join(written(block.items[0], depth))
            yield "\n".join(f"> {line}" if line else ">" for line in inner.split("\n"))
        elif block.kind is BlockKind.HEADING:
            # A page's own headings are its outline: a note's are set off only.
            yield f"**{inline(''.join(run.text for run in block.inlines))}**"
        else:
            yield _runs(block.inlines)


def _items(block: Block, depth: int) -> Iterator[str]:
    mark = "*" if block.kind is BlockKind.BULLETS else "1."
    for item in block.items:
        inner = "\n\n".join(written(item, depth + 1))
        yield f"{mark} {indented(inner).lstrip()}".rstrip()


def _runs(runs: Sequence[Inline]) -> str:
    return "".join(_run(run) for run in runs).strip()


def _run(run: Inline) -> str:
    if run.kind is InlineKind.BREAK:
        return "  \n"
    if run.kind is InlineKind.CODE:
        return code(run.text)
    # The blanks around a word are its neighbours' too.
    before = " " if run.text[:1].isspace() else ""
    after = " " if run.text[-1:].isspace() and run.text.strip() else ""
    words = inline(run.text)
    if run.kind is InlineKind.STRONG:
        return f"**{words}**"
    if run.kind is InlineKind.EMPHASIS:
        return f"*{words}*"
    if run.kind is InlineKind.LINK:
        target = run.link if run.link.startswith("#") else _address(run.link)
        return f"[{words}](<{target}>)"
    return f"{before}{words}{after}"


def _address(link: str) -> str:
    """Percent-encode what could end a link's address or begin anything else."""
    return "".join(
        character
        if character.isalnum() or (character.isascii() and character in "-._~:/?#@!$&'*+,;=%")
        else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
        for character in link
    )
