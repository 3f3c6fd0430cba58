"""Which lines of a step's headers and body are worth a reader's eye."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from otelhook.render.bodies.json_lines import json_lines
from otelhook.render.bodies.registry import shown_body
from otelhook.render.shared.fenced_text import fence_text
from otelhook.sequence.document import Body, Document, Header

__all__ = ["body_lines", "header_lines", "places_of"]


def places_of(document: Document) -> Mapping[int, frozenset[str]]:
    """Return the places of highlights and of both ends of flows, by step number."""
    found: dict[int, set[str]] = {}
    for light in document.highlights:
        found.setdefault(light.step, set()).add(light.place)
    for flow in document.flows:
        found.setdefault(flow.step, set()).add(flow.place)
        found.setdefault(flow.source_step, set()).add(flow.source_place)
    return {step: frozenset(places) for step, places in found.items()}


def header_lines(headers: tuple[Header, ...], places: Collection[str]) -> tuple[int, ...]:
    """Return the lines, 1..n, of the headers at those places."""
    names = {place.partition(".")[2].lower() for place in places if place.startswith("header.")}
    return tuple(number for number, header in enumerate(headers, 1) if header.name.lower() in names)


def body_lines(body: Body | None, places: Collection[str]) -> tuple[int, ...]:
    """Return the lines, 1..n, of the laid out JSON body at those places; none of other bodies."""
    paths = [place.partition(".")[2] for place in places if place.startswith("body.")]
    if not paths or body is None or not isinstance(body.content, str) or body.truncated:
        return ()
    shown = shown_body(body)
    # A separator that a string holds becomes a line of its own in the fence.
    if shown.language != "json" or fence_text(shown.text).count("\n") != shown.text.count("\n"):
        return ()
    lines = json_lines(body.content)
    return tuple(sorted({lines[path] for path in paths if path in lines}))
