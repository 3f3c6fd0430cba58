"""Aligned columns for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from otelhook.render.shared.terminal import cells, cut, printable

__all__ = ["aligned"]


def aligned(
    rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset(), widest: int = 60
) -> Iterator[str]:
    """Yield one line a row; the columns in ``right`` are right-aligned.

    Captured text can be anything: it is made printable and cut to ``widest`` cells.
    """
    shown = [[cut(printable(cell), widest) for cell in row] for row in rows]
    widths = [max(map(cells, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        line: list[str] = []
        for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
            pad = " " * (width - cells(cell))
            line.append(pad + cell if index in right else cell + pad)
        yield "  ".join(line).rstrip()
