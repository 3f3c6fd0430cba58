"""Reads the corpus: texts with secrets in them, and values that must survive."""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from tests.redaction.corpus.values import make

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Innocent", "Secret", "innocents", "secrets", "texts_of"]

FOLDER = Path(__file__).parent
STAND_IN = "(?:‹redacted›|‹token:[0-9a-f]{16}›)"
_PART = re.compile(r"«(?P<kind>[^»]+)»|⟦(?P<loose>[^⟧]*)⟧")


@dataclass(frozen=True, slots=True)
class Secret:
    """A text with secrets in it."""

    id: str
    place: str
    type: str
    """Of a body: its content type."""
    text: str
    hidden: tuple[str, ...]
    """What must not be seen afterwards, in the forms in which it could be."""
    shape: re.Pattern[str]
    """What the text looks like when the secrets, and nothing else, are gone."""
    family: str = ""
    """The kind of text that it is one of, if its file says so."""
    encoding: str = ""
    """How a body is written: as UTF-8, unless this is ``gzip`` or ``utf-16``."""

    def body(self) -> bytes:
        """Return the text as the bytes of a body."""
        if self.encoding == "gzip":
            return gzip.compress(self.text.encode(), mtime=0)
        return self.text.encode(self.encoding or "utf-8")


@dataclass(frozen=True, slots=True)
class Innocent:
    """A value that must survive where it stands."""

    id: str
    place: str
    name: str
    """A dotted key in JSON, else the name of a header, an element or a parameter, or empty."""
    value: Any


def _groups(paths: Iterable[Path]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(paths):
        groups = tomllib.loads(path.read_text(encoding="utf-8"))["group"]
        for index, group in enumerate(groups, 1):
            yield f"{path.stem}-{index}", group


def secrets() -> list[Secret]:
    """Return all texts with secrets."""
    return texts_of((FOLDER / "secrets").glob("*.toml"))


def texts_of(paths: Iterable[Path]) -> list[Secret]:
    """Return the texts of these files, in order; those without a secret hide nothing."""
    return [
        _secret(f"{group_id}-{index}", group, text)
        for group_id, group in _groups(paths)
        for index, text in enumerate(group["texts"], 1)
    ]


def _secret(entry: str, group: dict[str, Any], text: str) -> Secret:
    out: list[str] = []
    shape: list[str] = []
    hidden: list[str] = []
    done = 0
    joined = False
    for match in _PART.finditer(text):
        plain = text[done : match.start()]
        out.append(plain)
        shape.append(re.escape(plain))
        done = match.end()
        joined = joined and not plain
        if match["kind"] is None:
            out.append(match["loose"])
            shape.append(".*?")
            continue
        value = make(match["kind"], f"{entry}/{len(hidden)}")
        out.append(value)
        shape.append(f"{STAND_IN}?" if joined else STAND_IN)  # two may vanish together
        joined = True
        hidden += dict.fromkeys((value, unquote_plus(value)))
        if "\\n" in value or "\n" in value:
            hidden += value.replace("\\n", "\n").split("\n")[1:2]
    out.append(text[done:])
    shape.append(re.escape(text[done:]))
    return Secret(
        entry,
        group["place"],
        group.get("type", ""),
        "".join(out),
        tuple(hidden),
        re.compile("".join(shape), re.DOTALL),
        group.get("family", ""),
        group.get("encoding", ""),
    )


def innocents() -> list[Innocent]:
    """Return all values that must survive."""
    return [
        Innocent(f"{group_id}-{index}", group["place"], name, value)
        for group_id, group in _groups((FOLDER / "innocents").glob("*.toml"))
        for index, (name, value) in enumerate(group["values"], 1)
    ]
