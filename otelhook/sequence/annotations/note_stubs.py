"""A first notes file: an entry for each call that a summary tells of, to be filled in.

Entries name what a call is (method, path, caller, callee) where that is one call's alone, so that
they fit the next run as well, and its numbers where it is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from otelhook.sequence.annotations.summaries import SummaryLine, summaries
from otelhook.sequence.document import Document, Step, StepKind
from otelhook.sequence.toml_text import toml_comment, toml_string

__all__ = ["note_stubs"]

_HEAD: Final = """\
# Notes on: {title}
#
# Write what a reader should know into `text` (Markdown); `title` and `link` may be added. An entry
# whose words are left empty says nothing. Then: otelhook render --notes FILE
"""


def note_stubs(document: Document) -> str:
    """Return a notes file (`otelhook.sequence.annotations.note_file`) without words.

    Args:
        document: with its groups, flows and variables; captured text in it is quoted.
    """
    steps = {step.number: step for step in document.steps}
    known = Counter(_address(step) for step in document.steps if step.kind is StepKind.REQUEST)
    parts = [_HEAD.format(title=toml_comment(document.title)), _entry(document="introduction")]
    parts += ["\n".join(_lines(line, steps, known)) for line in summaries(document)]
    parts.append(_entry(document="closing"))
    return "\n".join(parts)


def _lines(
    line: SummaryLine, steps: dict[int, Step], known: Counter[tuple[tuple[str, str], ...]]
) -> Iterator[str]:
    span = str(line.first) if line.first == line.last else f"{line.first}-{line.last}"
    yield f"# {'  ' * line.level}({span}) {toml_comment(line.text)}"
    step = steps.get(line.first)
    address = () if step is None or step.kind is not StepKind.REQUEST else _address(step)
    if address and known[address] == 1:
        yield _entry(**dict(address))
    else:
        yield _entry(steps=span)


def _address(step: Step) -> tuple[tuple[str, str], ...]:
    """Return what tells a request from all others, as the keys of an entry."""
    path = step.label if step.label.startswith("/") else step.path
    found = {"method": step.method, "path": path, "from": step.source, "to": step.target}
    return tuple((name, value) for name, value in found.items() if value)


def _entry(**keys: str) -> str:
    lines = [f"{name} = {toml_string(value)}" for name, value in keys.items()]
    return "\n".join(["[[notes]]", *lines, 'text = ""', ""])
