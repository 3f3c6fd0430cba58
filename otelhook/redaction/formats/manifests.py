"""Redaction of Kubernetes' Secrets in YAML: whatever is in their data, under whatever name.

JSON has the same in `otelhook.redaction.rules.siblings`. The kind stands before the data or after
it, and one text may hold many objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.policy import Redactor, looks_chosen
from otelhook.redaction.rules.roles import DESCRIBES, role

__all__ = ["hide_in_manifests"]

_KIND = lazy(r"^[ \t-]{0,16}kind:[ \t]{1,8}[\"']?Secret[\"']?[ \t\r]{0,8}$", re.MULTILINE)
_LINE = lazy(
    r"(?P<indent>[ ]{0,64}(?:-[ ]{1,4})?)(?P<key>[\"']?[A-Za-z_.][\w.-]{0,252}[\"']?):"
    r"(?:[ \t]{1,16}(?P<value>\S.*?))?[ \t\r]{0,8}"
)
_BLOCK = lazy(r"[|>][+-]?\d?[+-]?")
_OF_SECRET = ("data", "stringData")


def hide_in_manifests(redactor: Redactor, text: str, places: list[str]) -> str:
    """Hide what Secrets in a YAML text hold, and append the names to ``places``."""
    if _KIND.search(text) is None:
        return text
    lines = text.split("\n")
    out: list[str] = []
    for start, end in _objects(lines):
        part = lines[start:end]
        out += _object(redactor, part, places) if any(map(_KIND.fullmatch, part)) else part
    return "\n".join(out)


def _objects(lines: list[str]) -> Iterable[tuple[int, int]]:
    """Yield the first line of each object and the line after its last."""
    begun = 0
    for at, line in enumerate(lines):
        if at > begun and (line.startswith("---") or line.lstrip(" ").startswith("- apiVersion:")):
            yield begun, at
            begun = at
    yield begun, len(lines)


def _object(redactor: Redactor, lines: list[str], places: list[str]) -> list[str]:
    """Hide the values under ``data`` and ``stringData`` at the depth at which the kind stands."""
    depth = next(_depth(line) for line in lines if _KIND.fullmatch(line))
    within = False
    name = ""
    block = -1
    for at, line in enumerate(lines):
        match = _LINE.fullmatch(line)
        indent = _depth(line)
        if block >= 0 and line.strip() and indent > block:
            lines[at] = line[:indent] + redactor.stand_in(Sensitivity.HUMAN, line[indent:])
            continue
        block = -1
        if match is None:
            continue
        key, value = match["key"].strip("\"'"), match["value"]
        if indent <= depth:
            within = indent == depth and key in _OF_SECRET and not value
            name = key
        elif within and value and _BLOCK.fullmatch(value):
            block = indent
            places.append(f"{name}.{key}")
        elif within and value:
            start = match.start("value")
            bare = value.strip("\"'")
            if redactor.hides(Sensitivity.HUMAN, bare) and not _is_said(name, key, bare):
                start += value.find(bare)
                shown = redactor.stand_in(Sensitivity.HUMAN, bare)
                lines[at] = line[:start] + shown + line[start + len(bare) :]
                places.append(f"{name}.{key}")
    return lines


def _is_said(section: str, key: str, value: str) -> bool:
    """Return whether this is a user's or a host's name, in words that can be read."""
    about = section == "stringData" and role(key) & DESCRIBES and not key.lower().endswith("key")
    return bool(about) and not looks_chosen(value)


def _depth(line: str) -> int:
    """Return how far a line is indented; a mark of a list counts as blanks."""
    return len(line) - len(line.lstrip(" -"))
