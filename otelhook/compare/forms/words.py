"""The words of a finding, the same in every form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from otelhook.compare.findings import Change, Comparison, Finding
from otelhook.render.shared.plain import one_line, shortened
from otelhook.render.shared.units import count

__all__ = ["MARKS", "VALUE_LIMIT", "headline", "numbers", "sentence", "what", "where"]

VALUE_LIMIT: Final = 160
"""Characters of a value that are shown."""

MARKS: Final = {
    Change.ADDED: "+",
    Change.REMOVED: "-",
    Change.MOVED: ">",
    Change.CHANGED: "~",
    Change.RENAMED: "~",
}


def headline(comparison: Comparison) -> str:
    """Return the result in a line."""
    if comparison.nothing_in_common:
        return "The runs have next to nothing in common."
    if not comparison.findings:
        return "No difference but for what differs in any two runs."
    return f"{count(len(comparison.findings), 'difference')}."


def numbers(steps: Sequence[int]) -> str:
    """Return numbers of steps in a few words: ``6-9, 14``."""
    spans: list[list[int]] = []
    for number in sorted(set(steps)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def where(finding: Finding) -> str:
    """Return which steps are concerned: ``step 12``, ``step 12, now 8``; empty if none is."""
    before, after = numbers(finding.steps_before), numbers(finding.steps_after)
    several = len(finding.steps_before or finding.steps_after) > 1
    noun = "steps" if several else "step"
    if before and after and before != after:
        return f"{noun} {before}, now {after}"
    return f"{noun} {before or after}" if before or after else ""


def what(finding: Finding) -> str:
    """Return what became of it: ``header.location removed``, ``status: 201 → 202``."""
    before, after = (_value(text) for text in (finding.before, finding.after))
    place = finding.place
    if finding.change is Change.MOVED:
        said = f"moved from {before} to {after}"
    elif finding.change is Change.RENAMED:
        said = f"{place or 'renamed'}: now {after}" if place else f"{before} is now {after}"
    elif finding.change is Change.CHANGED:
        said = f"{place or finding.kind.value}: {before or '(empty)'} → {after or '(empty)'}"
    else:
        value = before or after
        said = f"{place} {finding.change.value}".strip() + (f": {value}" if value else "")
    more = one_line(finding.more)
    return f"{said} ({more})" if more else said


def sentence(finding: Finding) -> str:
    """Return a finding in a line: where it is, what became of it, which steps it is in."""
    steps = where(finding)
    return f"{one_line(finding.where)}: {what(finding)}" + (f" [{steps}]" if steps else "")


def _value(text: str) -> str:
    return shortened(one_line(text), VALUE_LIMIT)
