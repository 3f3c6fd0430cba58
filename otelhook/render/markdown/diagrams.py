"""The page's diagrams: one, or an overview and the parts, each under its heading."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial
from importlib import import_module

from otelhook.render.markdown.escaping import inline
from otelhook.render.markdown.fences import defused, indented
from otelhook.render.mermaid.diagram import mermaid_parts
from otelhook.render.mermaid.overview import render_overview
from otelhook.render.mermaid.pagination import DiagramLimits
from otelhook.render.shared.part_headings import headings
from otelhook.sequence.document import Document

__all__ = ["Diagram", "DiagramKind", "diagrams"]

_FIRST = re.compile(r"sequenceDiagram\n +autonumber (\d+) 1\n")


class DiagramKind(str, Enum):
    """How a page has its diagrams."""

    MERMAID = "mermaid"
    """As source, which the site draws by a script."""
    SVG = "svg"
    """As pictures, which need no script and no network."""
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Diagram:
    """One Mermaid text."""

    heading: str
    """As Markdown; empty if the diagram is the only one."""
    text: str
    picture: Callable[[], str] = str
    """Draws the same as SVG markup."""

    def blocks(self, kind: DiagramKind, text: str = "") -> Iterator[str]:
        """Yield the diagram as the page is to have it.

        Args:
            kind: as Mermaid, as a picture, or both.
            text: what stands in Mermaid's fence, if not the diagram itself.
        """
        if kind is not DiagramKind.MERMAID:
            picture = defused(self.picture())
            yield f'<div style="overflow-x:auto">\n{picture}\n</div>'
        if kind is DiagramKind.SVG:
            return
        fence = f"``` mermaid\n{text or self.text.rstrip()}\n```"
        yield fence if kind is DiagramKind.MERMAID else f'??? note "Mermaid"\n\n{indented(fence)}'


def diagrams(document: Document, room: DiagramLimits) -> tuple[Diagram, ...]:
    """Return what to draw, the overview first if there are several parts."""
    parts = mermaid_parts(document, room=room)
    if len(parts) == 1:
        whole = partial(_picture, "embedded_part", document, *_ends(document))
        return (Diagram("", parts[0], whole),)
    overview = partial(_picture, "embedded_overview", document)
    found = [Diagram("### Overview", render_overview(document, room), overview)]
    firsts = [int(match[1]) if (match := _FIRST.match(part)) else 1 for part in parts]
    lasts = [*(first - 1 for first in firsts[1:]), document.steps[-1].number]
    told = headings(document, list(zip(firsts, lasts, strict=True)))
    for part, first, last in zip(parts, firsts, lasts, strict=True):
        steps = f"Step {first}" if first == last else f"Steps {first} to {last}"
        what = told.get(first, "")
        heading = f"### {steps}{f': {inline(what)}' if what else ''}"
        found.append(
            Diagram(heading, part, partial(_picture, "embedded_part", document, first, last))
        )
    return tuple(found)


def _picture(function: str, *arguments: object) -> str:
    """Return what a function of the pictures' module draws; few pages need it loaded."""
    drawn: str = getattr(import_module("otelhook.render.svg.embedded"), function)(*arguments)
    return drawn


def _ends(document: Document) -> tuple[int, int]:
    steps = document.steps
    return (steps[0].number, steps[-1].number) if steps else (0, 0)
