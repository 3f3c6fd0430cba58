"""An author's words for the page's viewer: a tree of texts, which it makes elements of."""

from __future__ import annotations

from otelhook.render.shared.note_markup import Block, BlockKind, InlineKind, blocks_of
from otelhook.sequence.document import Note, NotePlace

__all__ = ["note_data"]


def note_data(note: Note) -> dict[str, object]:
    """Return a note; fields without a value are left out."""
    fields: dict[str, object] = {
        "first": note.first,
        "last": note.last,
        "text": "" if note.markdown else note.text,
        "blocks": [_block(block) for block in blocks_of(note.text)] if note.markdown else [],
        "title": note.title,
        "link": note.link,
        "place": "" if note.place is NotePlace.STEPS else note.place.value,
        "subject": note.subject,
    }
    return {name: value for name, value in fields.items() if value not in ("", [])}


def _block(block: Block) -> list[object]:
    """Return ``[kind, content]``: runs, items, or a fence's language and text."""
    if block.kind is BlockKind.FENCE:
        return [block.kind.value, block.language, block.text]
    if block.items:
        return [block.kind.value, [[_block(inner) for inner in item] for item in block.items]]
    runs = [
        run.text
        if run.kind is InlineKind.TEXT
        else [run.kind.value, run.text, *([run.link] if run.link else [])]
        for run in block.inlines
    ]
    return [block.kind.value, runs]
