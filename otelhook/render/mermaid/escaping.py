"""Text inside a Mermaid sequence diagram, so that any text is drawn as it is and nothing else.

Every rule was found by drawing hostile labels with official mermaid 11 and 12 in Chromium and
reading the texts back from the SVG; ``tests/browser`` does it again. What the reader sees differs
from what was captured in this only:

- `otelhook.render.shared.plain.one_line`: white space folded, controls shown as pictures;
- labels are broken into lines and cut at a limit, with an ellipsis;
- frame titles show ``# ; < &`` as their full-width look-alikes, and hold invisible zero-width
  spaces inside ``%%``, ``$$`` and before ``wrap:``;
- an empty text is shown as ``(empty)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from otelhook.lazy_patterns import lazy
from otelhook.render.shared.plain import one_line, shortened
from otelhook.render.shared.widths import character_width

__all__ = [
    "LABEL_LIMIT",
    "LINE_CELLS",
    "NAME_LIMIT",
    "TITLE_LIMIT",
    "Lifeline",
    "escaped",
    "frame_title",
    "label",
    "label_lines",
    "label_of",
    "lifelines",
    "shown_name",
    "shown_title",
]

LINE_CELLS = 24
"""Cells of a label's line: mermaid shrinks a diagram to the page, and 22 messages between four
participants stay readable (13 px instead of 10) when lines break here."""

LABEL_LIMIT = 120
"""Characters of a message or note."""

NAME_LIMIT = 60
"""Characters of a participant's name."""

TITLE_LIMIT = 80
"""Characters of a frame's title."""

_LINE_COST = 2_000
"""What one more line costs, against the squares of the cells that its lines leave empty."""

_SPLIT_COST = 400
"""What a break inside of a path costs."""

_EMPTY = "(empty)"

_ENTITIES = str.maketrans({"#": "#35;", ";": "#59;", "<": "#60;"})
_WRAP = lazy(r"^(:?(?:no)?wrap):", re.IGNORECASE)
_SPECIAL = lazy(r"[#;<]|%%|\$\$|\ufb02\u00b0|\u00b6\u00df|^:?(?:no)?wrap:", re.IGNORECASE)
"""What `_escaped_part` changes in a line."""

_LOOK_ALIKES = str.maketrans({"#": "\uff03", ";": "\uff1b", "<": "\uff1c", "&": "\uff06"})
_ZERO_WIDTH = "\u200b"


def _escaped_part(text: str) -> str:
    """Escape one line of a label, but for what depends on the whole label."""
    if not _SPECIAL.search(text):  # most lines
        return text
    out = text.translate(_ENTITIES)
    # The second of a pair only: a lone % or $ is harmless, and most paths have one.
    out = re.sub("(?<=%)%", "#37;", out)
    out = re.sub(r"(?<=\$)\$", "#36;", out)
    # Mermaid itself writes entities as these two pairs before it parses.
    out = out.replace("\ufb02\u00b0", "#64258;\u00b0").replace("\u00b6\u00df", "#182;\u00df")
    return _WRAP.sub(r"\1#58;", out)


def _guarded(text: str) -> str:
    """Guard an escaped label against the expression that takes ``style``'s semicolon away."""
    if "#" not in text:
        return text
    return text.replace("style", "#115;tyle").replace("classDef", "#99;lassDef")


def escaped(text: str) -> str:
    """Escape a message, alias or note that stands on one line."""
    return _guarded(_escaped_part(one_line(text) or _EMPTY))


@lru_cache(4096)  # a diagram in parts asks several times where each part could end
def label_lines(text: str, cells: int = LINE_CELLS) -> tuple[str, ...]:
    """Return the lines, not escaped, in which a message or note is shown."""
    return _broken(shortened(one_line(text), LABEL_LIMIT), cells) or (_EMPTY,)


def label(text: str, cells: int = LINE_CELLS) -> str:
    """Return a message or note: broken by ``<br/>``, escaped, cut at `LABEL_LIMIT`.

    Args:
        text: what it says.
        cells: of a line.
    """
    return label_of(label_lines(text, cells))


def label_of(lines: Iterable[str]) -> str:
    """Return a message or note of the lines that `label_lines` made of it."""
    return _guarded("<br/>".join([_escaped_part(line) for line in lines]))


_BREAKABLE = lazy(r"[^\s/?&,][^\s/?&,]*,?\s*|[/?&,][^\s/?&,]*,?\s*|\s+")
"""Where a line may break: after a blank or comma, before ``/ ? &``."""


def _cells(text: str) -> int:
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(max(0, character_width(character)) for character in text)


def _hard_cut(piece: str, cells: int) -> list[str]:
    """Cut a piece that is longer than a line, never before a combining character."""
    if _cells(piece) <= cells:
        return [piece]
    parts = [""]
    for character in piece:
        wide = character_width(character)
        if wide > 0 and _cells(parts[-1]) + wide > cells:
            parts.append("")
        parts[-1] += character
    return parts


def _break_cost(pieces: list[str], end: int) -> int:
    if end == len(pieces):
        return 0
    if not pieces[end - 1].endswith(" "):
        return _SPLIT_COST
    return 0 if pieces[end].startswith("/") else _SPLIT_COST // 4


def _broken(text: str, cells: int) -> tuple[str, ...]:
    """Break a line where it reads best: few lines, the path whole if it can be, even lengths."""
    if _cells(text) <= cells:  # a second line costs more than any room that is left empty
        return (text.strip(),) if text.strip() else ()
    pieces = [part for piece in _BREAKABLE.findall(text) for part in _hard_cut(piece, cells)]
    # Most text is plain, and as wide as it is long.
    cells_of = len if text.isascii() and text.isprintable() else _cells
    widths = [cells_of(piece) for piece in pieces]
    bare = [cells_of(piece.rstrip()) for piece in pieces]
    # best[i]: the cheapest way to set the pieces from i on, and where its first line ends.
    best: list[tuple[int, int]] = [(0, len(pieces))] * (len(pieces) + 1)
    for start in range(len(pieces) - 1, -1, -1):
        choices: list[tuple[int, int]] = []
        before = 0  # cells of the line's pieces but for its last
        for end in range(start + 1, len(pieces) + 1):
            used = before + bare[end - 1]
            if used > cells and end > start + 1:
                break
            cost = _LINE_COST + (cells - used) ** 2 + _break_cost(pieces, end)
            choices.append((cost + best[end][0], end))
            before += widths[end - 1]
        best[start] = min(choices)
    lines: list[str] = []
    start = 0
    while start < len(pieces):
        end = best[start][1]
        lines.append("".join(pieces[start:end]).strip())
        start = end
    return tuple(line for line in lines if line)


def shown_title(text: str) -> str:
    """Return a frame's title as the reader sees it, without the zero-width spaces."""
    return shortened(one_line(text), TITLE_LIMIT).translate(_LOOK_ALIKES)


def frame_title(text: str) -> str:
    """Return the title of a frame (``opt``, ``loop``, ``par``) or box.

    Mermaid breaks and hyphenates these to the frame's width and cuts entity codes in two, so
    that they must not hold any.
    """
    out = shown_title(text) or _EMPTY
    out = re.sub("(?<=%)%", f"{_ZERO_WIDTH}%", out)
    out = re.sub(r"(?<=\$)\$", f"{_ZERO_WIDTH}$", out)
    out = out.replace("\ufb02\u00b0", f"\ufb02{_ZERO_WIDTH}\u00b0")
    out = out.replace("\u00b6\u00df", f"\u00b6{_ZERO_WIDTH}\u00df")
    return _WRAP.sub(rf"{_ZERO_WIDTH}\1:", out)


_BARE = lazy(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+|-(?![xX])[A-Za-z0-9_]+)*")
_KEYWORD = lazy(
    "(?:box|participant|actor|create|destroy|as|loop|rect|opt|alt|else|par|par_over|and|critical"
    "|option|break|end|left|right|over|note|activate|deactivate|title|accTitle|accDescr"
    "|sequenceDiagram|autonumber|off|link|links|properties|details)(?![A-Za-z0-9_])",
    re.IGNORECASE,
)
_BARE_LIMIT = 40


class Lifeline(NamedTuple):
    """A participant as Mermaid knows it."""

    name: str
    identifier: str
    declaration: str
    """The statement that declares it, without indentation."""


def shown_name(name: str) -> str:
    """Return a participant's name as the reader sees it."""
    return shortened(one_line(name), NAME_LIMIT) or _EMPTY


def _is_bare(name: str) -> bool:
    return (
        len(name) <= _BARE_LIMIT
        and _BARE.fullmatch(name) is not None
        and _KEYWORD.match(name) is None
        and "style" not in name
        and "classDef" not in name
    )


def lifelines(
    names: Iterable[str], kinds: Mapping[str, str] = MappingProxyType({})
) -> tuple[Lifeline, ...]:
    """Declare participants: by their own name where Mermaid takes it, else as an alias.

    Args:
        names: in their order.
        kinds: of some of them what they are, for a second line. Mermaid's own shapes for databases
            and queues are newer than what many sites draw with, which would show an error.
    """
    distinct = tuple(dict.fromkeys(names))
    taken = set(distinct)
    found: list[Lifeline] = []
    for number, name in enumerate(distinct, 1):
        kind = f"<br/>({kinds[name]})" if name in kinds else ""
        if _is_bare(name):
            alias = f" as {name}{kind}" if kind else ""
            found.append(Lifeline(name, name, f"participant {name}{alias}"))
            continue
        identifier = f"p{number}"
        while identifier in taken:
            identifier += "_"
        taken.add(identifier)
        alias = escaped(shown_name(name)) + kind
        found.append(Lifeline(name, identifier, f"participant {identifier} as {alias}"))
    return tuple(found)
