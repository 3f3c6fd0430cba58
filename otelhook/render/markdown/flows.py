"""Under a step: where its values come from, and what the values that it issues are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otelhook.render.markdown.escaping import code, inline
from otelhook.render.shared.header_names import usual_name
from otelhook.sequence.document import Document

__all__ = ["LINE_LIMIT", "anchor", "flow_lines", "sources", "step_link"]

LINE_LIMIT = 12
"""Lines under one step; the rest is counted."""


def anchor(number: int) -> str:
    """Return the element that `step_link` leads to.

    The id that a heading gets by itself depends on its words and on the builder.
    """
    return f'<span id="step-{number}"></span>'


def step_link(number: int) -> str:
    """Return a link to a step's heading."""
    return f"[({number})](#step-{number})"


def flow_lines(document: Document) -> Mapping[int, tuple[str, ...]]:
    """Return the lines by step number, as Markdown, the uses of a step before what it issues."""
    numbers = {step.number for step in document.steps}
    used: dict[tuple[int, str, int, str], dict[str, None]] = {}
    issued: dict[tuple[int, str], dict[str, None]] = {}
    for flow in document.flows:
        source = flow.source_step if flow.source_step in numbers else 0
        places = used.setdefault((flow.step, flow.place, source, flow.name), {})
        if source:
            places[flow.source_place] = None
            if flow.name:
                issued.setdefault((source, flow.name), {})[flow.source_place] = None
    found: dict[int, list[str]] = {}
    for (step, place, source, name), places in used.items():
        found.setdefault(step, []).append(_use(place, source, name, tuple(places)))
    for (step, name), places in issued.items():
        found.setdefault(step, []).append(f"{_listed(tuple(places))} is {_name(name)}")
    return {step: tuple(_cut(lines)) for step, lines in found.items() if step in numbers}


def _use(place: str, source: int, name: str, source_places: tuple[str, ...]) -> str:
    subject = f"{_place(place)} {_name(name)}" if name else _place(place)
    if not source:
        return f"{subject} issued before the trace"
    return f"{subject} from {step_link(source)} {_listed(source_places)}".rstrip()


def _listed(places: tuple[str, ...]) -> str:
    return ", ".join(_place(place) for place in places if place)


def _place(place: str) -> str:
    side, _, name = place.partition(".")
    if not name:
        return inline(place)
    return code(usual_name(name) if side == "header" else name)


def _name(name: str) -> str:
    """Return a token's name as ``‹token 1›`` and a variable's as it stands in labels."""
    return code(f"‹{name}›" if name.startswith("token ") else f"{{{name}}}")


def _cut(lines: list[str]) -> Iterator[str]:
    yield from lines[:LINE_LIMIT]
    if len(lines) > LINE_LIMIT:
        yield f"and {len(lines) - LINE_LIMIT} more"


def sources(document: Document) -> frozenset[int]:
    """Return the steps that lines lead to."""
    return frozenset(flow.source_step for flow in document.flows)
