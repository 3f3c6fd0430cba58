"""The texts in which tools print spans for people: how each is told, and who reads it.

A new one is a module with its first line, a reader and an example, and a row here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from otelhook.sources.formats import printed_collector, printed_dotnet

__all__ = ["PRINTED", "PrintedForm", "bare_lines", "printed_form"]

Lines: TypeAlias = Iterable[tuple[int, str]]
ReadText: TypeAlias = Callable[[Lines], Iterator[tuple[int, dict[str, Any]]]]


@dataclass(frozen=True, slots=True)
class PrintedForm:
    """One row."""

    kind: str
    """What a user writes before a file's name to say that it is this."""
    title: str
    """For messages."""
    begins: re.Pattern[str]
    """Matches the first line of spans, without its indentation."""
    read: ReadText
    """Returns the line and the OTLP JSON of each span in numbered lines, to their end."""
    example: str
    """A file of it, small and whole."""


PRINTED: Final = (
    PrintedForm(
        "debug",
        "the Collector's debug exporter",
        printed_collector.BEGINS,
        printed_collector.read_collector_text,
        printed_collector.EXAMPLE,
    ),
    PrintedForm(
        "console",
        "the console of .NET's SDK",
        printed_dotnet.BEGINS,
        printed_dotnet.read_dotnet_console,
        printed_dotnet.EXAMPLE,
    ),
)

_BEFORE: Final = re.compile(
    r"(?:[\w.-]+ +\| |\[\S+\] )?(?:\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) )?"
)
"""What ``docker compose logs`` (``collector-1  | ``), ``kubectl logs --prefix`` (``[pod/x/y] ``)
and their ``--timestamps`` put before each line."""


def printed_form(line: str) -> PrintedForm | None:
    """Return the row whose spans begin with a line; None if it is no row's."""
    bare = _bare(line)
    return next((row for row in PRINTED if row.begins.match(bare)), None)


def bare_lines(lines: Lines) -> Iterator[tuple[int, str]]:
    """Yield lines without their ends and without what a tool for logs put before each."""
    for number, line in lines:
        yield number, _bare(line.rstrip("\r\n"))


def _bare(line: str) -> str:
    match = _BEFORE.match(line)
    return line[match.end() :] if match is not None else line
