"""What a command printed, found again in the answers that it got: the strongest of it only.

A command prints a table or JSON of what became of its request. Where a line of it is a line of an
answer, by name and value, a reader goes from the one to the other. Where nobody recorded what was
printed, a command that only reads prints what it was answered last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from otelhook.sequence.annotations.printed_rows import Row, printed_rows
from otelhook.sequence.changing import changes_something
from otelhook.sequence.document import Document, Highlight, Step, StepKind
from otelhook.sequence.values.json_leaves import Leaf
from otelhook.sequence.values.step_values import ValueReader
from otelhook.sequence.values.traceable import is_traceable, spelled

__all__ = ["printed_highlights"]

_MOST: Final = 4
"""Lines of one output: a reader takes in no more, and a whole resource marked is none."""

_HEADLINES: Final = frozenset({"id", "uuid", "name", "status", "state"})
_READS: Final = frozenset({"GET", "HEAD"})
_OK: Final = 200

_Place = tuple[int, str]
"""The number of an answer, and the path of a leaf in its body."""


def printed_highlights(document: Document, reader: ValueReader) -> Iterator[Highlight]:
    """Yield the lines of answers that the command printed, from the last answer that has each."""
    output = document.command.output if document.command is not None else None
    if output is None:
        for number, path in _last_read(document.steps, reader):
            yield Highlight(number, f"body.{path}", "what was asked for")
        return
    answers = [s for s in reversed(document.steps) if s.kind is StepKind.RESPONSE and not s.depth]
    for rows in printed_rows(output):
        places = list(_places_of(rows, answers, reader))
        if places:
            for number, path in places[:_MOST]:
                yield Highlight(number, f"body.{path}", "printed by the command")
            return


def _places_of(
    rows: Sequence[Row], answers: Sequence[Step], reader: ValueReader
) -> Iterator[_Place]:
    if len(rows) == 1:
        for name, text in sorted(rows[0].items(), key=_strength)[:_MOST]:
            yield from _place_of(name, text, answers, reader)
        return
    for row in rows[:_MOST]:
        yield from _item_of(row, answers, reader)


def _item_of(row: Row, answers: Sequence[Step], reader: ValueReader) -> Iterator[_Place]:
    """Yield where one row of a list stands: its cells in the item that has its id.

    Other items have the same status, so that only a cell that is one item's own leads to it.
    """
    if not row:
        return
    for number, path in _place_of(*min(row.items(), key=_ownness), answers, reader):
        within = path.rpartition(".")[0]
        step = next(step for step in answers if step.number == number)
        item = [leaf for leaf in reader.leaves(step.body) if leaf[0].rpartition(".")[0] == within]
        for name, text in sorted(row.items(), key=_strength):
            yield from ((number, path) for path, value in item if _is(path, value, name, text))


def _strength(printed: tuple[str, str]) -> int:
    name, text = printed
    return 0 if name in _HEADLINES else 1 if is_traceable(text) else 2


def _ownness(printed: tuple[str, str]) -> tuple[bool, int]:
    return not is_traceable(printed[1]), _strength(printed)


def _place_of(
    name: str, text: str, answers: Sequence[Step], reader: ValueReader
) -> Iterator[_Place]:
    for step in answers:
        for path, value in reader.leaves(step.body):
            if _is(path, value, name, text):
                yield step.number, path
                return


def _is(path: str, value: object, name: str, text: str) -> bool:
    return spelled(path.rpartition(".")[2]) == name and str(value) == text


# -- what was printed where only the answers are known


def _last_read(steps: Sequence[Step], reader: ValueReader) -> Iterator[_Place]:
    """Yield the headlines of what a program read last, if it changed nothing and read in turns."""
    asked = [s for s in steps if s.kind is StepKind.REQUEST and not s.depth]
    last = next((s for s in reversed(steps) if not s.depth), None)
    if last is None or last.kind is not StepKind.RESPONSE or last.method.upper() not in _READS:
        return
    if len({s.source for s in asked}) > 1 or len(asked) == 1 or any(map(changes_something, asked)):
        return
    if last.status_code == _OK:
        yield from ((last.number, path) for path in _headlines(reader.leaves(last.body)))


def _headlines(leaves: Sequence[Leaf]) -> list[str]:
    """Return what names the resource, or the first of a list, and says how it is."""
    ids = [path for path, value in leaves if _names(path, value)]
    if not ids:
        return []
    within = min(ids, key=lambda path: path.count(".")).rpartition(".")[0]
    found = [path for path, value in leaves if path.rpartition(".")[0] == within and value]
    ranks: Mapping[str, int] = {path: _rank(path) for path in found}
    return sorted((path for path in found if ranks[path]), key=lambda p: -ranks[p])[:_MOST]


def _names(path: str, value: object) -> bool:
    name = spelled(path.rpartition(".")[2])
    return (name in ("id", "uuid") or name.endswith("_id")) and is_traceable(str(value))


def _rank(path: str) -> int:
    name = spelled(path.rpartition(".")[2])
    return 2 if name in _HEADLINES else 1 if name.endswith("_id") else 0
