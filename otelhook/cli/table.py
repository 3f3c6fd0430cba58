"""Aligned columns for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from otelhook.render.shared.terminal import cells, cut, printable

__all__ = ["aligned"]


def _unpainted(row: int, column: int, text: str) -> str:  # noqa: ARG001 - as one that paints
    return text


def aligned(
    rows: Sequence[Sequence[str]],
    *,
    right: frozenset[int] = frozenset(),
    widest: int = 60,
    paint: Callable[[int, int, str], str] = _unpainted,
) -> Iterator[str]:
    """Yield one line a row; the columns in ``right`` are right-aligned.

    Captured text can be anything: it is made printable and cut to ``widest`` cells.

    Args:
        rows: texts.
        right: columns.
        widest: cells of a column.
        paint: gives a cell its colour, by its row and column.
    """
    shown = [[cut(printable(cell), widest) for cell in row] for row in rows]
    widths = [max(map(cells, column)) for column in zip(*shown, strict=True)]
    for number, row in enumerate(shown):
        line: list[str] = []
        for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
            pad = " " * (width - cells(cell))
            painted = paint(number, index, cell)
            line.append(pad + painted if index in right else painted + pad)
        yield "  ".join(line).rstrip()
