"""Pictures within a page: as wide as its column, light or dark as it is, each arrow a link.

They need no script and no network. Their colours are those of the picture that stands alone; a
style sheet of their own turns them where the page is dark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from otelhook.render.shared.folding import folded
from otelhook.render.shared.outline import OutlineLine, outline
from otelhook.render.svg.frame import boxes, kinds_of
from otelhook.render.svg.layout import FOOTER, HEADER, laid_out
from otelhook.render.svg.picture import part_of, step_rows
from otelhook.render.svg.shapes import MONO, element, number
from otelhook.sequence.document import Document, Outcome, Protocol, Step, StepKind

__all__ = ["COLUMN", "embedded_overview", "embedded_part"]

COLUMN: Final = 690.0
"""Pixels of the column of text that Material for MkDocs has on a wide screen."""

_MOST: Final = 8
"""Participants of an overview: as many as the column has room for."""

_NARROWEST: Final = 80.0
"""Pixels between two lifelines: names take two lines, labels reach over their arrows."""

_HEAD: Final = HEADER - 46.0
"""What stands above the boxes of a picture that stands alone, which a page has already."""

_DARK: Mapping[str, str] = MappingProxyType(
    {
        "#1d2026": "#e3e5ea",
        "#646b78": "#98a0ae",
        "#cfd2d8": "#4a505c",
        "#f1f1ee": "#2b2f38",
        "#e8edf7": "#2b3350",
        "#3c4454": "#b5bdcc",
        "#1f7a4d": "#6ccf9c",
        "#5c6472": "#a5adbb",
        "#985500": "#f0b25c",
        "#c0272d": "#ff8a85",
        "#e3e8f6": "#2c3650",
        "#a9b6d6": "#52628a",
        "#dfe6f8": "#202b46",
        "#9fb2e4": "#52628a",
        "#2f57c4": "#8fb0ff",
        "#fff8dc": "#2e2a18",
        "#e3d28f": "#6b5f2c",
    }
)
"""Each colour of a picture with the one that it has on dark paper."""


def _turned() -> str:
    """Return the style sheet for Material's dark scheme, which a reader switches by hand."""
    dark = '[data-md-color-scheme="slate"] .otelhook-picture '
    rules = [
        f'{dark}[{kind}="{light}"]{{{kind}:{shade}}}'
        for light, shade in _DARK.items()
        for kind in ("fill", "stroke")
    ]
    return "".join([*rules, f'{dark}rect[fill="#ffffff"]{{fill:transparent}}'])


def embedded_part(document: Document, first: int, last: int) -> str:
    """Return the steps ``first`` to ``last`` as markup that may stand in an HTML page.

    Args:
        document: all of it; loops are folded here.
        first: number of the first step.
        last: number of the last.
    """
    drawn = folded(document)
    numbers = [step.number for step in drawn.steps]
    begin = next((at for at, n in enumerate(numbers) if n >= first), 0)
    end = next((at for at, n in enumerate(numbers) if n > last), len(numbers))
    return _picture(part_of(drawn, begin, end) if begin < end else drawn)


def embedded_overview(document: Document) -> str:
    """Return the whole of a long document as markup: a line for each call, or several alike."""
    lines = outline(document, lambda told: len(_names(told)) <= _MOST)
    steps = tuple(_step(document, line) for line in lines)
    return _picture(replace(document, steps=steps, groups=(), notes=(), inner_spans=()))


def _names(lines: Sequence[OutlineLine]) -> set[str]:
    return {name for line in lines for name in (line.source, line.target)}


def _step(document: Document, line: OutlineLine) -> Step:
    return replace(
        document.steps[0],
        number=line.first,
        kind=StepKind.RESPONSE if line.is_answer else StepKind.REQUEST,
        exchange=line.first,
        source=line.source,
        target=line.target,
        method="",
        label=f"{line.where} {line.text}",
        # A message that nobody answers has no bar, and may have failed.
        protocol=Protocol.MESSAGING,
        outcome=Outcome.ERROR if line.failed else None,
        status_code=None,
        reason="",
        message="",
        marks=(),
        duration=None,
    )


def _picture(part: Document) -> str:
    used = {name for step in part.steps for name in (step.source, step.target)}
    shown = replace(part, participants=tuple(p for p in part.participants if p.name in used))
    layout = laid_out(shown, COLUMN, _NARROWEST)
    columns = layout.columns
    width, height = number(columns.width), number(layout.bottom + FOOTER - 20 - _HEAD)
    size = f'width="{width}" height="{height}" viewBox="0 {number(_HEAD)} {width} {height}"'
    fonts = f'font-family="{MONO}" font-size="12" style="max-width:none"'
    kinds = kinds_of(part)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="otelhook-picture" {size} {fonts}>',
        f"<style>{_turned()}</style>",
        element("rect", y=_HEAD, width="100%", height="100%", fill="#ffffff"),
        *boxes(columns, HEADER - 42, kinds),
        *step_rows(shown, layout, linked=True),
        *boxes(columns, layout.bottom + 4, kinds),
        "</svg>",
    ]
    return "\n".join(line for line in lines if line)
