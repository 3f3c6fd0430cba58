"""What a command printed, found again in the answers that it got: the strongest of it only.

A command prints a table or JSON of what became of its request. Where a line of it is a line of an
answer, by name and value, a reader goes from the one to the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final, cast

from otelhook.sequence.document import Document, Highlight, Step, StepKind
from otelhook.sequence.values.step_values import ValueReader
from otelhook.sequence.values.traceable import is_traceable, spelled

__all__ = ["printed_highlights", "printed_values"]

_MOST: Final = 4
"""Lines of one output: a reader takes in no more, and a whole resource marked is none."""

_LONGEST: Final = 100_000
_HEADLINES: Final = frozenset({"id", "uuid", "name", "status", "state"})
_NOTHING: Final = frozenset({"", "None", "null", "-"})


def printed_highlights(document: Document, reader: ValueReader) -> Iterator[Highlight]:
    """Yield the lines of answers that the command printed, from the last answer that has each."""
    output = document.command.output if document.command is not None else None
    if not output:
        return
    strongest = sorted(printed_values(output).items(), key=_strength)
    answers = [s for s in reversed(document.steps) if s.kind is StepKind.RESPONSE and not s.depth]
    for name, text in strongest[:_MOST]:
        found = _place_of(name, text, answers, reader)
        if found is not None:
            yield Highlight(*found, "printed by the command")


def printed_values(output: str) -> Mapping[str, str]:
    """Return values by name, as `spelled`: of a JSON object, or of a table of two columns."""
    text = output.strip()
    if len(text) > _LONGEST:
        return {}
    if text.startswith("{"):
        return dict(_of_json(text))
    rows = [line.strip().strip("|").split("|") for line in text.splitlines() if "|" in line]
    pairs = [(row[0], row[1]) for row in rows if len(row) == 2]  # noqa: PLR2004 - name and value
    if len(pairs) != len(rows):
        return {}
    # The first row is the table's heading.
    named = ((_name(name), value.strip()) for name, value in pairs[1:])
    return {name: value for name, value in named if value not in _NOTHING}


def _of_json(text: str) -> Iterator[tuple[str, str]]:
    try:
        data = cast("dict[str, object]", json.loads(text))
    except ValueError:
        return
    scalars = (
        (name, value) for name, value in data.items() if isinstance(value, str | int | float)
    )
    yield from ((_name(name), str(value)) for name, value in scalars if str(value) not in _NOTHING)


def _name(name: str) -> str:
    return spelled(name.strip()).replace(" ", "_")


def _strength(printed: tuple[str, str]) -> int:
    name, text = printed
    return 0 if name in _HEADLINES else 1 if is_traceable(text) else 2


def _place_of(
    name: str, text: str, answers: list[Step], reader: ValueReader
) -> tuple[int, str] | None:
    for step in answers:
        for path, value in reader.leaves(step.body):
            if _is(path, value, name, text):
                return step.number, f"body.{path}"
    return None


def _is(path: str, value: object, name: str, text: str) -> bool:
    return spelled(path.rpartition(".")[2]) == name and str(value) == text
