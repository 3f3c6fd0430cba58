"""Captured text in running Markdown, inert for Python-Markdown (with Material's extensions) and
for GitHub alike.

Whatever could begin a construct is written as an entity, which both show as the character
itself; a backslash is kept for the braces and underscores that labels are full of.
"""

from __future__ import annotations

import re

from otelhook.render.shared.plain import one_line

__all__ = ["code", "fence_title", "inline", "quoted_title", "summary_text", "title"]

_HARMLESS = "/.,-?%'"
_ACTIVE = re.compile(r"[!-/:-@\[-`{-~]")
_LEADING = re.compile(r"^(?:[-?]|[0-9]+\.)")
"""What begins a list, an underline or a collapsible block where nothing stands before it."""

_WWW = re.compile(r"www\.", re.IGNORECASE)
_LOOK_ALIKES = str.maketrans({"<": "\u2039", ">": "\u203a", '"': "\u2033", "'": "\u2032"})
_REFERENCE = re.compile("&(?=[#A-Za-z])")

_SIMPLE_CODE = re.compile(r"(?![#: ])[^`|<&\\]+(?<! )")


def _entity(match: re.Match[str]) -> str:
    character = match[0]
    if character in _HARMLESS:
        return character
    if character in "{}":
        return "\\" + character
    if character == "_":
        before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
        # Inside of a word neither takes it for emphasis.
        return "_" if before.isalnum() and after.isalnum() else "\\_"
    return f"&#{ord(character)};"


def _entity_of_last(match: re.Match[str]) -> str:
    return f"{match[0][:-1]}&#{ord(match[0][-1])};"


def inline(text: str) -> str:
    """Escape text for a heading, a paragraph or a table's cell; it stays on its line."""
    escaped = _LEADING.sub(_entity_of_last, _ACTIVE.sub(_entity, one_line(text)))
    # GitHub makes a link of what begins with www. and has no other mark.
    return _WWW.sub(lambda match: match[0][:3] + "&#46;", escaped)


def title(text: str) -> str:
    """Escape a page's first heading, which becomes its title and its entry in the navigation.

    MkDocs and themes take entities back there, and put the result into HTML as it is.
    """
    plain = one_line(text).translate(_LOOK_ALIKES)
    return inline(_REFERENCE.sub("\uff06", plain))


def code(text: str) -> str:
    """Return text as inline code: in backticks where nothing in it is special, else as HTML.

    A pipe or backtick cannot be written in a code span the same way for tables on GitHub and in
    Python-Markdown; entities inside ``<code>`` can.
    """
    line = one_line(text)
    if not line:
        return "<code></code>"
    if _SIMPLE_CODE.fullmatch(line):
        return f"`{line}`"
    return f"<code>{inline(line)}</code>"


def quoted_title(text: str) -> str:
    """Escape the title of an admonition or collapsible block, which stands in quotes."""
    return inline(text)


def summary_text(text: str) -> str:
    """Escape text between tags, where there is no Markdown but might be elsewhere."""
    return _ACTIVE.sub(lambda match: f"&#{ord(match[0])};", one_line(text))


def fence_title(text: str) -> str:
    """Return text for ``title="..."`` of a fence, where nothing can be escaped.

    A quote would end it and a backtick the fence's own line (CommonMark), so that both are
    written as look-alikes; everything else is shown as it is.
    """
    return one_line(text).replace('"', "\u2033").replace("`", "\u02cb")
