"""A comparison for a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from otelhook.compare.findings import Comparison, Finding
from otelhook.compare.forms.mermaid import render_mermaid
from otelhook.compare.forms.words import headline, what, where
from otelhook.render.markdown.escaping import code, inline
from otelhook.render.shared.units import count

__all__ = ["render_markdown"]


def render_markdown(comparison: Comparison) -> str:
    """Return a heading, a table of the findings, the diagram and what could not be told."""
    sides = (("A", comparison.before), ("B", comparison.after))
    lines = ["# What differs", ""]
    lines += [
        f"- **{name}**: {inline(document.title)}, {count(len(document.steps), 'step')}"
        for name, document in sides
    ]
    lines += ["", f"**{inline(headline(comparison))}**", ""]
    if comparison.findings:
        lines += ["| | Steps | What | Where |", "|---|---|---|---|"]
        lines += map(_row, comparison.findings)
        lines.append("")
    lines += (f"{inline(remark)}\n" for remark in comparison.remarks)
    if comparison.findings and not comparison.nothing_in_common:
        lines += _diagram(comparison)
    return "\n".join(lines).rstrip("\n") + "\n"


def _row(finding: Finding) -> str:
    cells = (finding.change.value, where(finding), code(what(finding)), code(finding.where))
    return f"| {' | '.join(cells)} |"


def _diagram(comparison: Comparison) -> Iterator[str]:
    yield "Red is only in A, green only in B, blue has moved."
    yield ""
    yield "```mermaid"
    yield render_mermaid(comparison).rstrip("\n")
    yield "```"
