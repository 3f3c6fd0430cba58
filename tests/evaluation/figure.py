"""Count over files: how many interactions are shown, wrong and lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.evaluation.comparing import Verdict, compared, extras
from tests.evaluation.drawn import Exchange, drawing_of
from tests.evaluation.feeding import documents_of
from tests.evaluation.interactions import expected_of
from tests.evaluation.reading import read_file
from tests.evaluation.spans import Trace

__all__ = ["Result", "evaluated", "files_of", "judged", "table"]

_HEAD = ("file", "traces", "spans", "interactions", "shown", "wrong", "lost", "extra", "")
_ENDINGS = (".json", ".jsonl", ".ndjson", ".txt", ".md", ".mdx", ".ts")


@dataclass(frozen=True, slots=True)
class Result:
    """One file: its verdicts, and what is drawn beyond them."""

    name: str
    traces: int
    spans: int
    verdicts: tuple[Verdict, ...]
    extra: tuple[Exchange, ...]
    read: bool
    """Whether otelhook read the file itself."""

    def count(self, verdict: str) -> int:
        return sum(1 for each in self.verdicts if each.verdict == verdict)


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield files, and those in folders that can hold traces, in order."""
    for path in paths:
        if path.is_dir():
            found = sorted(each for each in path.rglob("*") if each.suffix in _ENDINGS)
            yield from (each for each in found if each.is_file())
        else:
            yield path


def evaluated(path: Path) -> Result:
    """Read a file, let otelhook draw each of its traces, and compare."""
    return judged(path.name, read_file(path), path)


def judged(name: str, traces: tuple[Trace, ...], path: Path | None = None) -> Result:
    """Compare what otelhook draws of traces with what their spans show."""
    documents, read = documents_of(path, traces)
    verdicts: list[Verdict] = []
    extra: list[Exchange] = []
    for trace in traces:
        expected = expected_of(trace)
        keys = frozenset(span.key for span in trace.spans)
        drawing = drawing_of(documents.get(trace.id, {"steps": []}), keys)
        found = compared(expected, drawing)
        verdicts += found
        extra += extras(found, drawing)
    spans = sum(len(trace.spans) for trace in traces)
    return Result(name, len(traces), spans, tuple(verdicts), tuple(extra), read)


def table(results: Iterable[Result]) -> str:
    """Return the figures as text, one line a file and one for all."""
    rows: list[tuple[str, ...]] = [_HEAD]
    totals = [0] * 7
    for result in results:
        counts = [
            result.traces,
            result.spans,
            len(result.verdicts),
            *(result.count(verdict) for verdict in ("shown", "wrong", "lost")),
            len(result.extra),
        ]
        totals = [have + more for have, more in zip(totals, counts, strict=True)]
        rows.append((result.name, *map(str, counts), "" if result.read else "refused"))
    rows.append(("all", *map(str, totals), ""))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
    return "  ".join([row[0].ljust(widths[0]), *cells]).rstrip()
