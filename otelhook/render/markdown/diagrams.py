"""The page's diagrams: one, or an overview and the parts, each under its heading."""

from __future__ import annotations

import re
from dataclasses import dataclass

from otelhook.render.markdown.escaping import inline
from otelhook.render.mermaid.diagram import mermaid_parts
from otelhook.render.mermaid.overview import render_overview
from otelhook.render.mermaid.pagination import DiagramLimits
from otelhook.render.shared.part_headings import headings
from otelhook.sequence.document import Document

__all__ = ["Diagram", "diagrams"]

_FIRST = re.compile(r"sequenceDiagram\n +autonumber (\d+) 1\n")


@dataclass(frozen=True, slots=True)
class Diagram:
    """One Mermaid text."""

    heading: str
    """As Markdown; empty if the diagram is the only one."""
    text: str


def diagrams(document: Document, room: DiagramLimits) -> tuple[Diagram, ...]:
    """Return what to draw, the overview first if there are several parts."""
    parts = mermaid_parts(document, room=room)
    if len(parts) == 1:
        return (Diagram("", parts[0]),)
    found = [Diagram("### Overview", render_overview(document, room))]
    firsts = [int(match[1]) if (match := _FIRST.match(part)) else 1 for part in parts]
    lasts = [*(first - 1 for first in firsts[1:]), document.steps[-1].number]
    told = headings(document, list(zip(firsts, lasts, strict=True)))
    for part, first, last in zip(parts, firsts, lasts, strict=True):
        steps = f"Step {first}" if first == last else f"Steps {first} to {last}"
        what = told.get(first, "")
        heading = f"### {steps}{f': {inline(what)}' if what else ''}"
        found.append(Diagram(heading, part))
    return tuple(found)
