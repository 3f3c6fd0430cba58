"""An author's own words on steps, from a file that outlives every rendering.

The file is TOML. Each ``[[notes]]`` entry says which steps it is for (``method``, ``path`` as a
template such as ``/v2/images/{image_id}/file`` where ``*`` is any text, ``from`` and ``to`` of the
exchange, ``kind``: request, response or failure, ``status``: ``201`` or ``"4xx"``) and what to say
there (``title``, ``text``, ``link``). An entry without ``kind`` is for requests, or for responses
if it has a ``status``.

``optional = true`` before the entries makes the file a list for many documents, such as an API's
references: an entry that fits no step is then nothing to mention.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from otelhook.errors import ConfigError
from otelhook.sequence.document import Document, Note, Step, StepKind
from otelhook.sequence.matching import caller_and_callee, collected, template_pattern

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["NoteRule", "annotate", "merged_notes", "parse_notes"]

_MATCHED_BY = ("method", "path", "from", "to", "kind", "status")
_SAYS = ("title", "text", "link")
_KEYS = frozenset({*_MATCHED_BY, *_SAYS})
_STATUS = re.compile(r"[1-9](?:\d\d|xx)")


@dataclass(frozen=True, slots=True)
class NoteRule:
    """One entry: which steps it is for, and what it says there. Empty text fits anything."""

    position: int
    """1..n in its file."""
    kind: StepKind
    method: str = ""
    path: re.Pattern[str] | None = None
    """Matches the whole of a path, as captured or with variables put in."""
    source: str = ""
    """Name of the caller."""
    target: str = ""
    """Name of the callee."""
    status: str = ""
    """Three digits, or one and ``xx``."""
    title: str = ""
    text: str = ""
    link: str = ""
    optional: bool = False
    """Whether it may fit no step, without a word."""

    def matches(self, step: Step) -> bool:
        """Say whether the entry is for this step."""
        caller, callee = caller_and_callee(step)
        return (
            step.kind is self.kind
            and self.method.upper() in ("", step.method.upper())
            and self.source in ("", caller)
            and self.target in ("", callee)
            and _status_fits(self.status, step.status_code)
            and (
                self.path is None
                or any(self.path.fullmatch(path) for path in (step.path, step.label))
            )
        )


def parse_notes(text: str, problems: list[str] | None = None) -> tuple[NoteRule, ...]:
    """Read a notes file.

    Args:
        text: of the file.
        problems: takes a line for each entry that cannot be used, which is then left out.

    Raises:
        ConfigError: the text is not TOML, or an entry cannot be used and there is no list to say
            so; the message says which.
    """
    try:
        data: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"the notes file is not valid TOML: {error}"
        raise ConfigError(message) from None
    listed = data.get("notes", [])
    optional = data.get("optional", False)
    if data.keys() - {"notes", "optional"} or not isinstance(listed, list):
        message = (
            "the notes file should hold [[notes]] entries, 'optional' before them, and no more"
        )
        raise ConfigError(message)
    if not isinstance(optional, bool):
        message = "the notes file: 'optional' should be true or false"
        raise ConfigError(message)
    entries: list[NoteRule] = []
    for number, item in enumerate(cast("list[object]", listed), 1):
        with collected(problems):
            entries.append(replace(_entry(item, number), optional=optional))
    return tuple(entries)


def annotate(
    document: Document, notes: Sequence[NoteRule]
) -> tuple[Document, tuple[NoteRule, ...]]:
    """Put each entry's words on the steps that it is for.

    Returns:
        The document, whose warnings name the entries that should fit a step and fit none, and
        those entries.
    """
    used: set[int] = set()
    found: list[Note] = []
    for step in document.steps:
        for index, note in enumerate(notes):
            if note.matches(step):
                used.add(index)
                found.append(Note(step.number, step.number, note.text, note.title, note.link))
    unmatched = tuple(
        note for index, note in enumerate(notes) if index not in used and not note.optional
    )
    warnings = tuple(_unmatched(note) for note in unmatched)
    noted = merged_notes(document, found)
    return replace(noted, warnings=document.warnings + warnings), unmatched


def merged_notes(document: Document, notes: Sequence[Note]) -> Document:
    """Return the document with further notes, all in the order of their steps."""
    listed = sorted((*document.notes, *notes), key=lambda note: (note.first, note.last))
    return replace(document, notes=tuple(listed))


def _status_fits(wanted: str, found: int | None) -> bool:
    if not wanted:
        return True
    status = str(found)
    return status == wanted or (wanted.endswith("xx") and status[:1] == wanted[:1])


def _unmatched(note: NoteRule) -> str:
    called = f" ({note.title})" if note.title else ""
    return f"Entry {note.position} of the notes file{called} fits no step."


def _entry(given: object, number: int) -> NoteRule:
    where = f"entry {number} of the notes file"
    if not isinstance(given, dict):
        message = f"{where}: expected a table"
        raise ConfigError(message)
    entry = cast("dict[str, object]", given)
    for name in entry:
        if name not in _KEYS:
            message = f"{where}: unknown key {name!r}; known: {', '.join(sorted(_KEYS))}"
            raise ConfigError(message)
    if not entry.keys() & set(_MATCHED_BY):
        message = f"{where}: say which steps it is for: {', '.join(_MATCHED_BY)}"
        raise ConfigError(message)
    if not entry.keys() & set(_SAYS):
        message = f"{where}: it says nothing: give {', '.join(_SAYS)}"
        raise ConfigError(message)
    status = _status(entry.get("status"), where)
    path = _text(entry, "path", where)
    return NoteRule(
        position=number,
        kind=_kind(_text(entry, "kind", where), status, where),
        method=_text(entry, "method", where),
        path=template_pattern(path) if path else None,
        source=_text(entry, "from", where),
        target=_text(entry, "to", where),
        status=status,
        title=_text(entry, "title", where),
        text=_text(entry, "text", where),
        link=_text(entry, "link", where),
    )


def _text(entry: Mapping[str, object], key: str, where: str) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str):
        message = f"{where}: {key!r} should be text"
        raise ConfigError(message)
    return "" if value == "*" and key in _MATCHED_BY else value


def _kind(word: str, status: str, where: str) -> StepKind:
    if not word:
        return StepKind.RESPONSE if status else StepKind.REQUEST
    try:
        return StepKind(word)
    except ValueError:
        kinds = ", ".join(kind.value for kind in StepKind)
        message = f"{where}: 'kind' should be one of {kinds}"
        raise ConfigError(message) from None


def _status(given: object, where: str) -> str:
    if given is None:
        return ""
    status = str(given).lower()
    if isinstance(given, bool) or not _STATUS.fullmatch(status):
        message = f"{where}: 'status' should be a number such as 201, or a class such as \"4xx\""
        raise ConfigError(message)
    return status
