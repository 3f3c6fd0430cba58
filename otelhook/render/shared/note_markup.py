"""An author's Markdown as a tree that each format writes in its own way.

Read is what notes are made of: paragraphs, headings, lists, quotes, fences; code, strong and
emphasised words, links. Nothing else has a meaning: HTML stays text, a link is one only to
http, https or a step (``#step-12``). So what comes out is safe whatever went in, in each format
that escapes the tree's texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from otelhook.sequence.document import Note

__all__ = [
    "Block",
    "BlockKind",
    "Inline",
    "InlineKind",
    "blocks_of",
    "inlines_of",
    "note_text",
    "plain_text",
]


class BlockKind(str, Enum):
    """What a block is."""

    PARAGRAPH = "p"
    HEADING = "h"
    BULLETS = "ul"
    NUMBERS = "ol"
    QUOTE = "quote"
    FENCE = "fence"


class InlineKind(str, Enum):
    """What a run of characters is."""

    TEXT = "text"
    CODE = "code"
    STRONG = "strong"
    EMPHASIS = "em"
    LINK = "link"
    BREAK = "br"


@dataclass(frozen=True, slots=True)
class Inline:
    """A run of characters; strong and emphasised ones hold plain text."""

    kind: InlineKind
    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph and its like has inlines, a list blocks for each item, a fence its text."""

    kind: BlockKind
    inlines: tuple[Inline, ...] = ()
    items: tuple[tuple[Block, ...], ...] = ()
    text: str = ""
    language: str = ""


_LIMIT: Final = 100_000
"""Characters of a note: what comes after them is left out, and counted."""

_DEEPEST: Final = 4
"""Lists within lists."""

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})\s*([\w+-]{0,20})[^`]*$")
_HEADING: Final = re.compile(r" {0,3}#{1,6}\s+(.*?)\s*#*$")
_ITEM: Final = re.compile(r"( {0,3})([*+-]|\d{1,9}[.)])(\s+)(.*)$")
_QUOTE: Final = re.compile(r" {0,3}> ?(.*)$")
_TICKED: Final = r"(?P<ticks>`+)(?P<code>[^`]{1,2000})(?P=ticks)(?!`)"
_CODE: Final = re.compile(_TICKED)
_INLINE: Final = re.compile(
    r"(?P<escape>\\[!-/:-@\[-`{-~])"
    rf"|{_TICKED}"
    r"|\*\*(?P<strong>(?!\s)[^*]{1,2000}?)(?<!\s)\*\*"
    r"|__(?P<strong2>(?!\s)[^_]{1,2000}?)(?<!\s)__(?!\w)"
    r"|\*(?P<em>(?!\s)[^*]{1,2000}?)(?<!\s)\*"
    r"|(?<!\w)_(?P<em2>(?!\s)[^_]{1,2000}?)(?<!\s)_(?!\w)"
    r"|\[(?P<words>[^\[\]]{1,500})\]\(<?(?P<link>[^\s()<>]{1,2000}(?:\([^\s()<>]{0,200}\))?)>?\)"
    r"|<(?P<auto>https?://[^\s<>]{1,2000})>"
    r"|(?P<br> {2,}\n|\\\n)"
)
_LINK: Final = re.compile(r"(?i)https?://[^\s]+|#step-\d+")


def blocks_of(text: str) -> tuple[Block, ...]:
    """Return a note's blocks."""
    lines = text[:_LIMIT].replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).split("\n")
    blocks = tuple(_blocks(lines, 0))
    left = len(text) - _LIMIT
    return (*blocks, _paragraph([f"… {left:,} characters left out"])) if left > 0 else blocks


def _blocks(lines: Sequence[str], depth: int) -> Iterator[Block]:
    at = 0
    paragraph: list[str] = []
    while at < len(lines):
        line = lines[at]
        block, taken = _special(lines, at, depth)
        if block is None and line.strip():
            paragraph.append(line)
            at += 1
            continue
        if paragraph:
            yield _paragraph(paragraph)
            paragraph = []
        if block is not None:
            yield block
        at += max(1, taken)
    if paragraph:
        yield _paragraph(paragraph)


def _paragraph(lines: Sequence[str]) -> Block:
    text = "\n".join(line.lstrip() for line in lines).rstrip()
    return Block(BlockKind.PARAGRAPH, inlines_of(text))


def _special(lines: Sequence[str], at: int, depth: int) -> tuple[Block | None, int]:
    """Return a block that is not a paragraph, if one begins here, and how many lines it has."""
    line = lines[at]
    if fence := _FENCE.match(line):
        return _fenced(lines, at, fence)
    if heading := _HEADING.match(line):
        return Block(BlockKind.HEADING, inlines_of(heading[1])), 1
    if depth < _DEEPEST and (item := _ITEM.match(line)):
        return _listed(lines, at, item, depth)
    if depth < _DEEPEST and _QUOTE.match(line):
        inner: list[str] = []
        while at + len(inner) < len(lines) and (quote := _QUOTE.match(lines[at + len(inner)])):
            inner.append(quote[1])
        return Block(BlockKind.QUOTE, items=(tuple(_blocks(inner, depth + 1)),)), len(inner)
    return None, 0


def _fenced(lines: Sequence[str], at: int, fence: re.Match[str]) -> tuple[Block, int]:
    ticks = fence[1]
    end = re.compile(rf" {{0,3}}{re.escape(ticks[0])}{{{len(ticks)},}}\s*$")
    until = at + 1
    while until < len(lines) and not end.match(lines[until]):
        until += 1
    text = "\n".join(lines[at + 1 : until])
    return Block(BlockKind.FENCE, text=text, language=fence[2].lower()), until - at + 1


def _listed(lines: Sequence[str], at: int, item: re.Match[str], depth: int) -> tuple[Block, int]:
    is_bullet = item[2] in "*+-"
    items: list[list[str]] = []
    begin, indent = at, 0
    while at < len(lines):
        line = lines[at]
        found = _ITEM.match(line)
        if found and (found[2] in "*+-") is is_bullet:
            indent = len(found[1]) + len(found[2]) + min(len(found[3]), 4)
            items.append([found[4]])
        elif not line.strip():
            following = lines[at + 1] if at + 1 < len(lines) else ""
            if not (following.startswith(" ") or _ITEM.match(following)):
                break
            items[-1].append("")
        elif len(line) - len(line.lstrip()) >= min(indent, 2) or not _starts(line):
            items[-1].append(line[min(indent, len(line) - len(line.lstrip())) :])
        else:
            break
        at += 1
    kind = BlockKind.BULLETS if is_bullet else BlockKind.NUMBERS
    inner = tuple(tuple(_blocks(each, depth + 1)) for each in items)
    return Block(kind, items=inner), at - begin


def _starts(line: str) -> bool:
    """Return whether a line begins a block of its own, and does not go on with an item's text."""
    return any(kind.match(line) for kind in (_FENCE, _HEADING, _QUOTE, _ITEM))


def inlines_of(text: str) -> tuple[Inline, ...]:
    """Return the runs of a text; what is not closed or no allowed link stays text."""
    found: list[Inline] = []
    at = 0
    for match in _INLINE.finditer(text):
        runs = _runs(match)
        if not runs:
            continue
        if match.start() > at:
            found.append(Inline(InlineKind.TEXT, text[at : match.start()]))
        found += runs
        at = match.end()
    if at < len(text):
        found.append(Inline(InlineKind.TEXT, text[at:]))
    return tuple(found)


def _runs(match: re.Match[str]) -> tuple[Inline, ...]:
    """Return the runs of one mark; none if it is a link that is not allowed."""
    got = match.groupdict()
    if got["escape"]:
        return (Inline(InlineKind.TEXT, got["escape"][1:]),)
    if got["code"]:
        return (_code(got["code"]),)
    if words := got["strong"] or got["strong2"]:
        return tuple(_emphasised(InlineKind.STRONG, words))
    if words := got["em"] or got["em2"]:
        return tuple(_emphasised(InlineKind.EMPHASIS, words))
    if got["br"]:
        return (Inline(InlineKind.BREAK, "\n"),)
    link = got["link"] or got["auto"] or ""
    words = got["words"] or link
    return (Inline(InlineKind.LINK, words, link),) if _LINK.fullmatch(link) else ()


def _code(text: str) -> Inline:
    return Inline(InlineKind.CODE, text.replace("\n", " ").strip() or text)


def _emphasised(kind: InlineKind, words: str) -> Iterator[Inline]:
    """Yield strong or emphasised words, parted by the code among them, which is only code.

    No format then needs marks within marks. Blanks and signs beside the code are plain: in
    Markdown a mark does not close after a blank.
    """
    at = 0
    for match in (*_CODE.finditer(words), None):
        piece = words[at : match.start() if match else len(words)]
        said = piece.strip()
        if any(map(str.isalnum, said)) or said == words:
            before, _, after = piece.partition(said)
            yield from (Inline(InlineKind.TEXT, blank) for blank in (before,) if blank)
            yield Inline(kind, said)
            yield from (Inline(InlineKind.TEXT, blank) for blank in (after,) if blank)
        elif piece:
            yield Inline(InlineKind.TEXT, piece)
        if match:
            yield _code(match["code"])
            at = match.end()


def note_text(note: Note) -> str:
    """Return a note's words without marks."""
    return plain_text(blocks_of(note.text)) if note.markdown else note.text


def plain_text(blocks: Sequence[Block]) -> str:
    """Return the words of blocks without their marks, a line each: for formats that have none."""
    return "\n".join(line for block in blocks for line in _plain(block) if line)


def _plain(block: Block) -> Iterator[str]:
    if block.kind is BlockKind.FENCE:
        yield from block.text.split("\n")
    for item in block.items:
        for inner in item:
            yield from _plain(inner)
    if block.inlines:
        yield "".join(inline.text for inline in block.inlines).replace("\n", " ")
