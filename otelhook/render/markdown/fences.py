"""Captured text inside a Markdown fence: shown as it is, and never more than shown.

The rules were found by building hostile bodies with Python-Markdown and Material's extensions,
some of which change even what is inside of a fence; ``tests/pages`` does it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from otelhook.render.markdown.escaping import fence_title
from otelhook.render.shared.fenced_text import fence_text

__all__ = ["defused", "fence", "fence_ends", "indented", "longest_run"]

_SNIPPET = re.compile("-8(?=<-)")
_CRITIC = re.compile(r"\{(?=\+\+|--|~~|==|>>)")
_TEMPLATE = re.compile(r"\{(?=[{%#])")
_APART = "\\g<0>\u200b"
_TICKS = re.compile("`+")


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
    before, after = fence_ends(
        language, longest_run(content), title=title, numbered=numbered, highlighted=highlighted
    )
    return f"{before}{content}{after}"


def longest_run(content: str) -> int:
    """Return how many backticks stand together at most."""
    return max(map(len, _TICKS.findall(content)), default=0)


def fence_ends(
    language: str,
    longest: int,
    *,
    title: str = "",
    numbered: bool = True,
    highlighted: Iterable[int] = (),
) -> tuple[str, str]:
    """Return what stands before and after the content of a `fence`.

    Args:
        language: as for `fence`.
        longest: the content's `longest_run`.
        title: as for `fence`.
        numbered: as for `fence`.
        highlighted: as for `fence`.
    """
    ticks = "`" * max(3, longest + 1)
    info = [ticks, language]
    if shown := fence_title(title):
        info.append(f'title="{shown}"')
    if numbered:
        info.append('linenums="1"')
    if lines := " ".join(map(str, highlighted)):
        info.append(f'hl_lines="{lines}"')
    return f"{' '.join(info)}\n", f"\n{ticks}"


def indented(block: str) -> str:
    """Indent a block by four blanks: the content of a tab or a collapsible block."""
    return "\n".join([f"    {line}" if line else "" for line in block.split("\n")])
