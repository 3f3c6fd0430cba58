"""The page's diagrams: one, or an overview and the parts, each under its heading."""

from __future__ import annotations

import re
from dataclasses import dataclass

from otelhook.render.mermaid.diagram import mermaid_parts
from otelhook.render.mermaid.overview import render_overview
from otelhook.render.mermaid.pagination import DiagramLimits
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
    for number, (part, first, last) in enumerate(zip(parts, firsts, lasts, strict=True), 1):
        steps = f"step {first}" if first == last else f"steps {first} to {last}"
        found.append(Diagram(f"### Part {number} of {len(parts)}: {steps}", part))
    return tuple(found)
