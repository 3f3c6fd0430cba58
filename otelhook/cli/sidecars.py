"""Files beside a trace: rules, notes, API descriptions, names; read as the user gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from otelhook.cli.complaints import complain
from otelhook.errors import ConfigError, StorageError
from otelhook.sequence import Document

__all__ = ["annotated", "names_in", "referred", "without_hidden"]

_UNUSED = "{}: it fits nothing in this trace"
_TABLES = ("participants", "variables")


def without_hidden(document: Document, names: Sequence[str], problems: list[str]) -> Document:
    """Return the document without what the rules in these files fit.

    Rules that cannot be used are appended to ``problems``, in a line each, and the others hide
    what they fit; the page then says that less is hidden than was meant.
    """
    if not names:
        return document
    from otelhook.sequence.transforms.filters import hide, parse_rules

    wrong: list[str] = []
    by_file = {
        name: parse_rules(_text(name), "toml" if name.endswith(".toml") else "json", wrong)
        for name in names
    }
    problems += wrong
    shown = hide(document, [rule for rules in by_file.values() for rule in rules])
    for name, rules in by_file.items():
        if rules and hide(document, rules) is document:
            complain(_UNUSED.format(name))
    missing = tuple(f"Left unused: {problem}." for problem in wrong)
    return replace(shown, warnings=shown.warnings + missing)


def annotated(document: Document, names: Sequence[str], problems: list[str]) -> Document:
    """Return the document with the notes in these files; its warnings name those that fit nothing.

    Entries that cannot be used, and files that hold none, are appended to ``problems``, in a line
    each: words that are missing are no reason to be without the page.

    Raises:
        StorageError: a file that cannot be read.
    """
    if not names:
        return document
    from otelhook.sequence.annotations.notes import NoteRule, annotate, parse_notes
    from otelhook.sequence.matching import collected

    notes: list[NoteRule] = []
    for name in names:
        with collected(problems):
            notes += parse_notes(_text(name), problems)
    return annotate(document, notes)[0]


def referred(document: Document, names: Sequence[str]) -> Document:
    """Return the document with the summaries and links of the operations in these OpenAPI files."""
    if not names:
        return document
    from otelhook.sequence.annotations.openapi import (
        operations,
        parse_openapi,
        refer,
    )

    by_file = {
        name: list(
            operations(parse_openapi(_text(name), "json" if name.endswith(".json") else "yaml"))
        )
        for name in names
    }
    for name, known in by_file.items():
        named = refer(document, known)
        if (named.notes, named.steps) == (document.notes, document.steps):
            complain(_UNUSED.format(name))
    return refer(document, [operation for known in by_file.values() for operation in known])


def names_in(names: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what these TOML files call participants, by address, and values, by value.

    ``[participants]`` is from an address to a name, in the way of requestshook's table of ports
    and paths; ``[variables]`` is from a name to its value.

    Raises:
        ConfigError: a file that cannot be used.
        StorageError: a file that cannot be read.
    """
    participants: dict[str, str] = {}
    variables: dict[str, str] = {}
    for name in names:
        tables = _tables(name)
        participants |= tables["participants"]
        variables |= {value: called for called, value in tables["variables"].items()}
    return participants, variables


def _tables(name: str) -> dict[str, dict[str, str]]:
    from otelhook.toml_text import parse_toml

    data = parse_toml(_text(name), f"{name}:")
    found: dict[str, dict[str, str]] = {table: {} for table in _TABLES}
    for table, content in data.items():
        if table not in found or not isinstance(content, dict):
            message = f"{name}: {table!r} is none of its tables, which are [participants] "
            message += 'with "address" = "name" and [variables] with name = "value"'
            raise ConfigError(message)
        for left, right in cast("dict[str, object]", content).items():
            if not left or not isinstance(right, str) or not right:
                message = f"{name}: [{table}] {left!r}: expected text between quotes"
                raise ConfigError(message)
            found[table][left] = right
    return found


def _text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        message = f"{name}: not UTF-8 text"
        raise ConfigError(message) from None
    except OSError as error:
        message = f"{name}: cannot be read: {error.strerror}"
        raise StorageError(message) from error
