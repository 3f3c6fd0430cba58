"""The page's steps, one after the other, and what was redacted in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import TypeVar

from otelhook.render.bodies.emphasis import places_of
from otelhook.render.markdown.escaping import code
from otelhook.render.markdown.flavours import Dialect
from otelhook.render.markdown.flows import anchor, flow_lines, sources
from otelhook.render.markdown.inner_work import inner_block
from otelhook.render.markdown.notes import section_blocks
from otelhook.render.markdown.steps import Beside, step_section
from otelhook.render.shared.folding import Fold, folds
from otelhook.render.shared.header_names import usual_name
from otelhook.render.shared.inner_work import by_step
from otelhook.render.shared.step_remarks import telling_marks
from otelhook.render.shared.token_names import with_token_names
from otelhook.render.shared.tracing_headers import TRACING_HEADERS
from otelhook.sequence.document import Document, NotePlace, StepKind

__all__ = ["redacted", "steps", "tracing_headers"]

_T = TypeVar("_T")


def steps(document: Document, dialect: Dialect, *, linked: bool = False) -> Iterator[str]:
    """Yield the blocks of all steps, but for those that repeat others: a line says which.

    Args:
        document: what is told.
        dialect: how.
        linked: whether pictures lead to every step.
    """
    on_steps = [note for note in document.notes if note.place is NotePlace.STEPS]
    notes = _by_step(on_steps, lambda note: note.first)
    before = [note for note in document.notes if note.place is NotePlace.SECTION]
    sections = _by_step(before, lambda note: note.first)
    redactions = _by_step(document.redactions, lambda redaction: redaction.step)
    flows, places, led_to = flow_lines(document), places_of(document), sources(document)
    kinds = {participant.name: participant.kind for participant in document.participants}
    inner = by_step(document)
    if 0 in inner:
        yield inner_block(inner[0], dialect, "Spans of no step")
    repeats = iter(folds(document))
    repeat = next(repeats, None)
    for step in with_token_names(document).steps:
        number = step.number
        if repeat is not None and number >= repeat.first:
            if number == repeat.first:
                yield _repeated(repeat, led_to)
            if number == repeat.last:
                repeat = next(repeats, None)
            continue
        for section in sections.get(number, ()):
            yield from section_blocks(section)
        beside = Beside(
            notes=tuple(notes.get(number, ())),
            redactions=tuple(redactions.get(number, ())),
            flows=flows.get(number, ()),
            places=places.get(number, frozenset()),
            is_source=linked or number in led_to,
            marks=telling_marks(step, kinds),
            inner=inner.get(number, ()) if step.kind is StepKind.REQUEST else (),
        )
        yield from step_section(step, beside, dialect)


def _repeated(repeat: Fold, linked: AbstractSet[int]) -> str:
    shown = f"{repeat.loop.first}-{repeat.first - 1}"
    anchors = "".join(anchor(n) for n in range(repeat.first, repeat.last + 1) if n in linked)
    # A loop of queries says itself how they differ: `12 times, id 1 to 12`.
    differing = repeat.loop.title.partition(" times, ")[2]
    values = f"{code(differing)}, " if differing else ""
    return (
        f"{anchors}{code(f'({repeat.first}-{repeat.last})')} repeat {code(f'({shown})')}: "
        f"{repeat.loop.times} times in all, and only {values}dates, ids of requests and durations "
        "differ. "
        "The full log has each of them."
    )


def tracing_headers(document: Document, dialect: Dialect) -> Iterator[str]:
    """Yield a word on the headers that are there because of the tracing only."""
    names = {header.name.lower() for step in document.steps for header in step.headers}
    added = sorted(name for name in names if TRACING_HEADERS.fullmatch(name))
    if added:
        shown = ", ".join(code(usual_name(name)) for name in added)
        text = f"{shown}: added to follow the requests, no part of the services' API."
        yield dialect.folded("warning", "Headers that tracing added", text)


def _by_step(items: Iterable[_T], number: Callable[[_T], int]) -> dict[int, list[_T]]:
    found: dict[int, list[_T]] = {}
    for item in items:
        found.setdefault(number(item), []).append(item)
    return found


def redacted(document: Document) -> Iterator[str]:
    """Yield the table of what was hidden: places, never values."""
    if not document.redactions:
        return
    yield "## Redacted"
    yield "What was hidden, when it was recorded or when it was rendered: places, never values."
    places: dict[str, list[str]] = {}
    for redaction in document.redactions:
        places.setdefault(redaction.place, []).append(f"({redaction.step})")
    rows = [f"| {code(place)} | {' '.join(found)} |" for place, found in sorted(places.items())]
    yield "\n".join(["| place | steps |", "|-------|-------|", *rows])
