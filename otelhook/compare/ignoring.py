"""Rules for what is not compared, in the language of the notes file.

A file has ``[[ignore]]`` entries. Each says which steps it is for as a note does (``method``,
``path`` as a template such as ``/v2/images/{image_id}`` where ``*`` is any text, ``from`` and
``to`` of the exchange, ``kind``: request, response or failure, ``status``), and what of them:
``place`` (``header.server``, ``body.*.updated``; ``*`` is any text) and ``finding`` (a kind of
finding). An entry needs one of all these; what it leaves out fits anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from otelhook.compare.findings import FindingKind
from otelhook.errors import ConfigError
from otelhook.sequence.document import Step, StepKind
from otelhook.sequence.matching import caller_and_callee, template_pattern
from otelhook.toml_text import parse_toml

__all__ = ["Ignored", "parse_entry", "parse_ignored"]

_STEP_KEYS: Final = ("method", "path", "from", "to", "kind", "status")
_KEYS: Final = (*_STEP_KEYS, "place", "finding")


@dataclass(frozen=True, slots=True)
class Ignored:
    """One rule; empty text fits anything."""

    method: str = ""
    path: re.Pattern[str] | None = None
    source: str = ""
    target: str = ""
    kind: str = ""
    status: str = ""
    place: re.Pattern[str] | None = None
    finding: FindingKind | None = None

    def fits(self, kind: FindingKind, step: Step, place: str) -> bool:
        """Return whether what differs at this place of a step is left out."""
        if self.finding not in (None, kind):
            return False
        if self.place is not None and self.place.fullmatch(place) is None:
            return False
        return self.is_for(step)

    def is_for(self, step: Step) -> bool:
        """Return whether the rule is for this step."""
        caller, callee = caller_and_callee(step)
        status = str(step.status_code)
        wanted = self.status
        return (
            self.method.upper() in ("", step.method.upper())
            and self.source in ("", caller)
            and self.target in ("", callee)
            and self.kind in ("", step.kind.value)
            and (
                not wanted or status == wanted or (wanted[1:] == "xx" and status[:1] == wanted[:1])
            )
            and (
                self.path is None
                or any(self.path.fullmatch(path) for path in (step.path, step.label))
            )
        )


def parse_ignored(text: str, named: str = "the rules to ignore") -> tuple[Ignored, ...]:
    """Read rules from TOML: ``[[ignore]]`` entries, or the keys of one alone.

    Args:
        text: of a file, or one entry such as ``place = "header.server"``.
        named: the file, for messages.

    Raises:
        ConfigError: it is not TOML, or an entry cannot be used; the message says which.
    """
    data = parse_toml(text, f"{named}:")
    listed = data.get("ignore", [data] if data else [])
    if not isinstance(listed, list) or ("ignore" in data and len(data) > 1):
        message = f"{named}: expected [[ignore]] entries and no more"
        raise ConfigError(message)
    entries = cast("list[object]", listed)
    return tuple(parse_entry(item, f"{named}, entry {n}") for n, item in enumerate(entries, 1))


def parse_entry(given: object, where: str, *, needed: bool = True) -> Ignored:
    """Read one entry.

    Args:
        given: a table.
        where: the file and the entry, for messages.
        needed: whether an entry that fits everything is a mistake.

    Raises:
        ConfigError: it cannot be used.
    """
    if not isinstance(given, dict):
        message = f"{where}: expected a table"
        raise ConfigError(message)
    entry = cast("Mapping[str, object]", given)
    for name in entry:
        if name not in _KEYS:
            message = f"{where}: unknown key {name!r}; known: {', '.join(_KEYS)}"
            raise ConfigError(message)
    if needed and not entry:
        message = f"{where}: it would ignore everything; give one of {', '.join(_KEYS)}"
        raise ConfigError(message)
    texts = {name: _text(entry, name, where) for name in _KEYS}
    return Ignored(
        method=texts["method"],
        path=template_pattern(texts["path"]) if texts["path"] else None,
        source=texts["from"],
        target=texts["to"],
        kind=_one_of(texts["kind"], [kind.value for kind in StepKind], "kind", where),
        status=texts["status"].lower(),
        place=re.compile(re.escape(texts["place"]).replace(r"\*", ".*"))
        if texts["place"]
        else None,
        finding=_finding(texts["finding"], where),
    )


def _text(entry: Mapping[str, object], key: str, where: str) -> str:
    value = entry.get(key, "")
    if key == "status" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        message = f"{where}: {key!r} should be text"
        raise ConfigError(message)
    return "" if value == "*" else value


def _finding(word: str, where: str) -> FindingKind | None:
    known = [kind.value for kind in FindingKind]
    return FindingKind(_one_of(word, known, "finding", where)) if word else None


def _one_of(word: str, known: list[str], key: str, where: str) -> str:
    if word and word not in known:
        message = f"{where}: {key!r} should be one of {', '.join(known)}"
        raise ConfigError(message)
    return word
