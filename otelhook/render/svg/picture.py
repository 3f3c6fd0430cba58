"""The diagram as an SVG picture, drawn without a browser.

A picture has every step up to `STEP_LIMIT`. A longer document gives its first steps and says in
its last line what is missing: `svg_parts` draws all of it, in pictures that a reader can take in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import escape

from otelhook.render.shared.folding import folded
from otelhook.render.shared.step_remarks import remarks
from otelhook.render.shared.terminal import cut
from otelhook.render.shared.units import count, spell_duration, spell_time
from otelhook.render.shared.wording import counts_line
from otelhook.render.svg.frame import (
    bar_box,
    boxes,
    frame_box,
    frame_title,
    kinds_of,
    lifelines,
    note_box,
)
from otelhook.render.svg.layout import FOOTER, HEADER, MARGIN, Columns, Layout, laid_out
from otelhook.render.svg.message import message
from otelhook.render.svg.shapes import MONO, element, number, shown, text
from otelhook.sequence.document import Document, Step, StepKind

__all__ = ["STEP_LIMIT", "part_of", "parts_of", "render_svg", "step_rows", "svg_parts"]

STEP_LIMIT = 5_000
"""Steps that one picture of everything may have: 180,000 px of height, which browsers can show."""

_FONT = 12.0
_SMALL = 10.5
_INK, _SOFT = "#1d2026", "#646b78"


def render_svg(document: Document, limit: int = STEP_LIMIT) -> str:
    """Return one picture of the document, or of its first ``limit`` steps."""
    drawn = folded(document)
    part = drawn if len(drawn.steps) <= limit else part_of(drawn, 0, limit)
    return _picture(part, drawn, document)


def svg_parts(document: Document, steps_per_part: int = 100) -> tuple[str, ...]:
    """Return the whole document as pictures whose numbers run on.

    Args:
        document: what to draw.
        steps_per_part: steps that a picture may have, at least 2; the cuts are made where the
            calls are least nested, so a picture may have down to half as many.
    """
    drawn = folded(document)
    return tuple(_picture(part, drawn, document) for part in parts_of(drawn, steps_per_part))


def parts_of(document: Document, steps_per_part: int) -> Iterator[Document]:
    """Yield the document in pieces of at most ``steps_per_part`` steps, cut at shallow places."""
    steps, most = document.steps, max(2, steps_per_part)
    begin = 0
    while len(steps) - begin > most:
        # A cut before a request of the outermost calls is best; among equals the longest part.
        places = range(begin + max(1, most // 2), begin + most + 1)
        end = min(places, key=lambda at: (_depth_at(steps, at), -at))
        yield part_of(document, begin, end)
        begin = end
    yield document if begin == 0 else part_of(document, begin, len(steps))


def _depth_at(steps: tuple[Step, ...], at: int) -> float:
    """Return how many calls a cut before ``steps[at]`` goes through."""
    step = steps[at]
    return step.depth if step.kind is StepKind.REQUEST else step.depth + 1


def step_rows(part: Document, layout: Layout, *, linked: bool = False) -> Iterator[str]:
    """Draw everything between the participants' boxes; steps are links to theirs if asked for."""
    columns = layout.columns
    said = {n: [r.text for r in found] for n, found in remarks(part).items()}
    yield from (frame_box(frame, columns) for frame in layout.frames)
    yield from lifelines(layout)
    yield from (bar_box(bar) for bar in layout.bars)
    yield from (frame_title(frame, columns) for frame in layout.frames)
    yield from (note_box(note, columns) for note in layout.notes)
    for row in layout.rows:
        drawn = message(row, columns, said.get(row.step.number, []))
        yield f'<a href="#step-{row.step.number}">{drawn}</a>' if linked else drawn


def part_of(document: Document, begin: int, end: int) -> Document:
    """Return the document with the steps at these places only, and what is around them."""
    steps = document.steps[begin:end]
    first, last = steps[0].number, steps[-1].number
    groups = tuple(
        replace(g, first=max(g.first, first), last=min(g.last, last))
        for g in document.groups
        if g.first <= last and first <= g.last
    )
    notes = tuple(
        replace(note, first=max(note.first, first))
        for note in document.notes
        if note.first <= last and first <= note.last
    )
    return replace(document, steps=steps, groups=groups, notes=notes)


def _picture(part: Document, drawn: Document, whole: Document) -> str:
    layout = laid_out(part)
    columns = layout.columns
    width, height = number(columns.width), number(layout.bottom + FOOTER)
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    fonts = f'font-family="{MONO}" font-size="{number(_FONT)}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {fonts}>',
        f"<title>{_escaped(whole.title)}</title>",
        element("rect", width="100%", height="100%", fill="#ffffff"),
        *_heading(whole, columns),
        *step_rows(part, layout),
        *boxes(columns, layout.bottom + 4, kinds_of(part)),
        _last_line(part, drawn, layout) if len(part.steps) < len(drawn.steps) else "",
        "</svg>\n",
    ]
    return "\n".join(line for line in lines if line)


def _escaped(content: str) -> str:
    return escape(shown(content))


def _heading(document: Document, columns: Columns) -> Iterator[str]:
    title = cut(shown(document.title), columns.room(13))
    timed = document.start_time
    took = f"steps took {spell_duration(document.duration)}"
    facts = [spell_time(timed), took] if timed else []
    steps = counts_line(document) or count(len(document.steps), "step")
    facts += [steps, " ".join(document.trace_ids)]
    yield text(title, x=MARGIN, y=24.0, font_size=13.0, font_weight="700", fill=_INK)
    line = cut(" · ".join(fact for fact in facts if fact), columns.room(_SMALL))
    yield text(line, x=MARGIN, y=42.0, font_size=_SMALL, fill=_SOFT)
    yield from boxes(columns, HEADER - 42, kinds_of(document))


def _last_line(part: Document, whole: Document, layout: Layout) -> str:
    """Return which steps these are."""
    first, last = part.steps[0].number, part.steps[-1].number
    words = f"Steps {first:,} to {last:,} of {count(whole.steps[-1].number, 'step')}"
    y = layout.bottom + FOOTER - 12
    return text(words, x=MARGIN, y=y, font_size=11.0, fill=_SOFT)
