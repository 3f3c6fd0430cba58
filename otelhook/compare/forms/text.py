"""A comparison for a terminal."""

from __future__ import annotations

from typing import Final

from otelhook.compare.findings import Change, Comparison, Finding
from otelhook.compare.forms.words import MARKS, headline, what, where
from otelhook.render.shared.terminal import printable
from otelhook.render.shared.units import count

__all__ = ["render_text"]

_COLOURS: Final = {
    Change.ADDED: "\x1b[32m",
    Change.REMOVED: "\x1b[31m",
    Change.MOVED: "\x1b[36m",
    Change.CHANGED: "\x1b[33m",
    Change.RENAMED: "\x1b[33m",
}
_PLAIN: Final = "\x1b[0m"


def render_text(comparison: Comparison, *, color: bool = False) -> str:
    """Return the findings, two lines each, with a mark: + added, - removed, > moved, ~ changed."""
    sides = (("A", comparison.before), ("B", comparison.after))
    lines = [
        f"{name}  {printable(document.title)} · {count(len(document.steps), 'step')}"
        for name, document in sides
    ]
    lines += ["", headline(comparison)]
    for finding in comparison.findings:
        lines += _lines(finding, color=color)
    if comparison.remarks:
        lines += ["", *(printable(remark) for remark in comparison.remarks)]
    return "\n".join(lines) + "\n"


def _lines(finding: Finding, *, color: bool) -> list[str]:
    steps = where(finding)
    head = f"{MARKS[finding.change]} {printable(finding.where)}" + (f"  [{steps}]" if steps else "")
    if color:
        head = f"{_COLOURS[finding.change]}{head}{_PLAIN}"
    return [head, f"    {printable(what(finding))}"]
