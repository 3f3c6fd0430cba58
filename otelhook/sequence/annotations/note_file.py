"""An author's own words, from a file that outlives every rendering.

The file is TOML. Each ``[[notes]]`` entry says what it is on, and what to say there: ``title``,
``text`` (Markdown, of which renderers write what is safe), ``link``. It is on

- steps, by what they are: ``method``, ``path`` as a template such as ``/v2/images/{image_id}/file``
  where ``*`` is any text, ``from`` and ``to`` of the exchange, ``kind`` (request, response or
  failure), ``status`` (``201`` or ``"4xx"``). Without ``kind`` it is for requests, or for responses
  if it has a ``status``;
- steps by number, ``steps = 6`` or ``steps = "6-9"``, or the frame with a title: ``group``;
- what stands between steps: ``before = 6``;
- ``participant`` or ``variable``, by its name;
- the document: ``document = "introduction"``, ``"diagram"`` (below it) or ``"closing"``.

An entry whose words are empty says nothing, as one of a file that is still to be filled in.
``optional = true`` before the entries makes the file a list for many documents, such as an API's
references: an entry that fits nothing is then nothing to mention.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from otelhook.errors import ConfigError
from otelhook.lazy_patterns import lazy
from otelhook.sequence.document import NotePlace, Step, StepKind
from otelhook.sequence.matching import caller_and_callee, collected, template_pattern
from otelhook.toml_text import parse_toml

__all__ = ["ON_DOCUMENT", "NoteRule", "parse_notes"]

ON_DOCUMENT = (NotePlace.INTRODUCTION, NotePlace.DIAGRAM, NotePlace.CLOSING)
"""Where words on the document itself may stand."""

_MATCHED_BY = ("method", "path", "from", "to", "kind", "status")
_PLACED_BY = ("steps", "group", "before", "participant", "variable", "document")
_SAYS = ("title", "text", "link")
_KEYS = frozenset({*_MATCHED_BY, *_PLACED_BY, *_SAYS})
_STATUS = lazy(r"[1-9](?:\d\d|xx)")
_RANGE = lazy(r"(\d{1,9})(?:\s*(?:-|\u2013)\s*(\d{1,9}))?")


@dataclass(frozen=True, slots=True)
class NoteRule:
    """One entry: what it is on, and what it says there. Empty text fits anything."""

    position: int
    """1..n in its file."""
    kind: StepKind
    method: str = ""
    path: re.Pattern[str] | None = None
    """Matches the whole of a path, as captured or with variables put in."""
    template: str = ""
    """The path as it was written."""
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
    place: NotePlace = NotePlace.STEPS
    steps: tuple[int, int] | None = None
    """The first and last step that it names."""
    group: str = ""
    """A frame's title."""
    subject: str = ""
    """The participant or variable that it is on."""

    @property
    def by_what_steps_are(self) -> bool:
        """Whether it is for all steps of some kind."""
        return self.place is NotePlace.STEPS and self.steps is None and not self.group

    def matches(self, step: Step) -> bool:
        """Return whether an entry by what steps are is for this step."""
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
    data = parse_toml(text, "the notes file is")
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
            entry = replace(_entry(item, number), optional=optional)
            if entry.title or entry.text or entry.link:
                entries.append(entry)
    return tuple(entries)


def _status_fits(wanted: str, found: int | None) -> bool:
    if not wanted:
        return True
    status = str(found)
    return status == wanted or (wanted.endswith("xx") and status[:1] == wanted[:1])


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
    placed = [name for name in _PLACED_BY if name in entry]
    if not placed and not entry.keys() & set(_MATCHED_BY):
        message = f"{where}: say what it is on: {', '.join((*_MATCHED_BY, *_PLACED_BY))}"
        raise ConfigError(message)
    if len(placed) > 1 or (placed and entry.keys() & set(_MATCHED_BY)):
        others = sorted(entry.keys() - {*_SAYS, placed[0]})
        message = f"{where}: {placed[0]!r} says what it is on: leave out {', '.join(others)}"
        raise ConfigError(message)
    if not entry.keys() & set(_SAYS):
        message = f"{where}: it says nothing: give {', '.join(_SAYS)}"
        raise ConfigError(message)
    if placed:
        return _placed(entry, placed[0], number, where)
    status = _status(entry.get("status"), where)
    path = _text(entry, "path", where)
    return NoteRule(
        position=number,
        kind=_kind(_text(entry, "kind", where), status, where),
        method=_text(entry, "method", where),
        path=template_pattern(path) if path else None,
        template=path,
        source=_text(entry, "from", where),
        target=_text(entry, "to", where),
        status=status,
        title=_text(entry, "title", where),
        text=_text(entry, "text", where),
        link=_text(entry, "link", where),
    )


def _placed(entry: Mapping[str, object], by: str, number: int, where: str) -> NoteRule:
    said = NoteRule(
        number,
        StepKind.REQUEST,
        title=_text(entry, "title", where),
        text=_text(entry, "text", where),
        link=_text(entry, "link", where),
    )
    if by == "steps":
        return replace(said, steps=_range(entry[by], where, by))
    if by == "before":
        first, _ = _range(entry[by], where, by)
        return replace(said, place=NotePlace.SECTION, steps=(first, first))
    name = _text(entry, by, where)
    if by == "group":
        return replace(said, group=name)
    if by == "document":
        known = [place.value for place in ON_DOCUMENT]
        if name not in known:
            message = f"{where}: 'document' should be one of {', '.join(known)}"
            raise ConfigError(message)
        return replace(said, place=NotePlace(name))
    return replace(
        said, place=NotePlace(by), subject=name.strip("{}") if by == "variable" else name
    )


def _range(given: object, where: str, key: str) -> tuple[int, int]:
    found = None if isinstance(given, bool) else _RANGE.fullmatch(str(given).strip(" ()"))
    first = int(found[1]) if found else 0
    last = int(found[2] or first) if found else 0
    if not 0 < first <= last:
        message = f'{where}: {key!r} should be a step\'s number, or a range such as "6-9"'
        raise ConfigError(message)
    return first, last


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
