"""The two ways to write a page: for MkDocs (Material, Zensical), and for GitHub and its like."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from otelhook.render.markdown.escaping import inline, quoted_title, summary_text
from otelhook.render.markdown.fences import fence, indented

__all__ = ["Dialect", "GitHub", "Material"]


class Dialect(Protocol):
    """How blocks are written that Markdown itself does not have; titles are escaped here."""

    @property
    def has_titles(self) -> bool:
        """Whether a fence shows its title."""
        ...

    def fence(
        self,
        language: str,
        text: str,
        *,
        title: str = "",
        numbered: bool = True,
        highlighted: Iterable[int] = (),
    ) -> str:
        """Return a fenced block that holds any text."""
        ...

    def folded(self, kind: str, title: str, *blocks: str) -> str:
        """Return blocks behind a title that opens them."""
        ...

    def fold(self, kind: str, title: str) -> tuple[str, str]:
        """Return what stands before and after blocks that are `within` a fold."""
        ...

    def within(self, lines: str) -> str:
        """Return whole lines as they stand in a fold."""
        ...

    def aside(self, kind: str, title: str, *blocks: str) -> str:
        """Return blocks that are set off, under a title or under none."""
        ...

    def choice(self, name: str, block: str) -> str:
        """Return one of the blocks that a reader chooses from."""
        ...


class Material:
    """Tabs, admonitions and collapsible blocks; fences with titles, numbers and highlights."""

    has_titles = True

    def fence(
        self,
        language: str,
        text: str,
        *,
        title: str = "",
        numbered: bool = True,
        highlighted: Iterable[int] = (),
    ) -> str:
        """Return a fence with all its attributes."""
        return fence(language, text, title=title, numbered=numbered, highlighted=highlighted)

    def folded(self, kind: str, title: str, *blocks: str) -> str:
        """Return a collapsible block."""
        before, after = self.fold(kind, title)
        return f"{before}{_inner(blocks)}{after}"

    def fold(self, kind: str, title: str) -> tuple[str, str]:
        """Return the line that begins a collapsible block; nothing ends it but its indentation."""
        return f'??? {kind} "{quoted_title(title)}"\n\n', ""

    def within(self, lines: str) -> str:
        """Return the lines, indented."""
        return indented(lines)

    def aside(self, kind: str, title: str, *blocks: str) -> str:
        """Return an admonition."""
        heading = f' "{quoted_title(title)}"' if title else ""
        return f"!!! {kind}{heading}\n\n{_inner(blocks)}"

    def choice(self, name: str, block: str) -> str:
        """Return a tab."""
        return f'=== "{quoted_title(name)}"\n\n{indented(block)}'


class GitHub:
    """What GitHub, GitLab and Gitea all show: ``<details>``, quotes, fences without attributes."""

    has_titles = False

    def fence(
        self,
        language: str,
        text: str,
        *,
        title: str = "",  # noqa: ARG002 - shown by Material only
        numbered: bool = True,  # noqa: ARG002 - shown by Material only
        highlighted: Iterable[int] = (),  # noqa: ARG002 - shown by Material only
    ) -> str:
        """Return a fence with its language."""
        return fence(language, text, numbered=False)

    def folded(self, kind: str, title: str, *blocks: str) -> str:
        """Return a ``<details>`` block."""
        before, after = self.fold(kind, title)
        inner = "\n\n".join(blocks)
        return f"{before}{inner}{after}"

    def fold(self, kind: str, title: str) -> tuple[str, str]:  # noqa: ARG002 - of Material
        """Return the ends of a ``<details>`` block; in ``<summary>`` there is no Markdown."""
        return f"<details>\n<summary>{summary_text(title)}</summary>\n\n", "\n\n</details>"

    def within(self, lines: str) -> str:
        """Return the lines as they are."""
        return lines

    def aside(self, kind: str, title: str, *blocks: str) -> str:  # noqa: ARG002 - of Material
        """Return a quote under a bold title."""
        lines = "\n\n".join([*([f"**{inline(title)}**"] if title else []), *blocks]).split("\n")
        return "\n".join(f"> {line}" if line else ">" for line in lines)

    def choice(self, name: str, block: str) -> str:
        """Return a ``<details>`` block: there are no tabs."""
        return self.folded("", name, block)


def _inner(blocks: Iterable[str]) -> str:
    return indented("\n\n".join(blocks))
