"""Captured text inside a Markdown fence: shown as it is, and never more than shown.

The rules were found by building hostile bodies with Python-Markdown and Material's extensions,
some of which change even what is inside of a fence; ``tests/pages`` does it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from otelhook.render.markdown.escaping import fence_title
from otelhook.render.shared.plain import picture

__all__ = ["defused", "fence", "fence_text", "indented"]

_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff\ufeff]"
)
_SNIPPET = re.compile("-8(?=<-)")
_CRITIC = re.compile(r"\{(?=\+\+|--|~~|==|>>)")
_TEMPLATE = re.compile(r"\{(?=[{%#])")
_APART = "\\g<0>\u200b"
_TICKS = re.compile("`+")


def fence_text(text: str) -> str:
    """Return text as it is shown in a fence.

    Line ends become newlines, controls their pictures, tabs blanks; empty lines at either end
    are dropped.
    """
    lines = _LINE_END.sub("\n", text)
    shown = _UNSHOWABLE.sub(lambda match: picture(match[0]), lines)
    return shown.expandtabs(4).strip("\n")


def defused(page: str) -> str:
    """Return a whole page without what extensions look for in every line, fences and titles too.

    The snippets extension puts a file in the place of ``--8<-- "file"`` and takes lines away that
    name a section; critic takes ``{--x--}`` away, over any number of lines; the macros plugin, and
    Jekyll, calculate what stands in ``{{ x }}`` and ``{% x %}``, before anybody reads Markdown.
    None has an escape that always works and never shows; an invisible zero-width space inside of
    the mark does.
    """
    for mark in (_SNIPPET, _CRITIC, _TEMPLATE):
        page = mark.sub(_APART, page)
    return page


def fence(
    language: str,
    text: str,
    *,
    title: str = "",
    numbered: bool = True,
    highlighted: Iterable[int] = (),
) -> str:
    """Return a fenced block that holds any text; `defused` is for the page as a whole.

    Args:
        language: of the highlighter: ``http``, ``json``, ``text``.
        text: the content; it is cleaned here.
        title: shown above the block by Material, not at all by GitHub.
        numbered: with line numbers.
        highlighted: lines, 1..n, that Material sets off.
    """
    content = fence_text(text)
    longest = max((len(run) for run in _TICKS.findall(content)), default=0)
    ticks = "`" * max(3, longest + 1)
    info = [ticks, language]
    if shown := fence_title(title):
        info.append(f'title="{shown}"')
    if numbered:
        info.append('linenums="1"')
    if lines := " ".join(map(str, highlighted)):
        info.append(f'hl_lines="{lines}"')
    return f"{' '.join(info)}\n{content}\n{ticks}"


def indented(block: str) -> str:
    """Indent a block by four blanks: the content of a tab or a collapsible block."""
    return "\n".join(f"    {line}" if line else "" for line in block.split("\n"))
