"""What the user says of a document beside the trace: what to hide, to name, and to add."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from otelhook.errors import ConfigError, StorageError
from otelhook.model import Span
from otelhook.redaction import Redactor
from otelhook.sequence import Document, Options, compose
from otelhook.settings import Settings

__all__ = ["add_composing", "composed", "redactor_of"]


def add_composing(parser: argparse.ArgumentParser) -> None:
    """Declare the options that shape a document."""
    group = parser.add_argument_group("the document")
    group.add_argument(
        "--hide",
        metavar="FILE",
        action="append",
        default=[],
        help="leave out what the rules in FILE fit (.toml, or should_not_hook.json)",
    )
    group.add_argument(
        "--notes",
        metavar="FILE",
        action="append",
        default=[],
        help="put the notes in FILE (TOML) on the steps that they are for",
    )
    group.add_argument(
        "--openapi",
        metavar="FILE",
        action="append",
        default=[],
        help="give each request its summary and link from an OpenAPI file",
    )
    group.add_argument(
        "--name",
        metavar="ADDRESS=NAME",
        action="append",
        default=[],
        help="call what answers at host, host:port, :port or /path so",
    )
    group.add_argument(
        "--variable",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="show {NAME} for this value in paths",
    )
    group.add_argument(
        "--parallel", action="store_true", help="draw frames around calls made at once"
    )


def redactor_of(settings: Settings) -> Redactor:
    """Return the rules of redaction at rendering, the same as at capture."""
    return Redactor.configured(
        os.environ, further_names=settings.redact_names, enabled=settings.redact
    )


def composed(spans: Iterable[Span], arguments: argparse.Namespace, settings: Settings) -> Document:
    """Return the document of the spans, shaped as the options of `add_composing` say.

    Raises:
        ConfigError: an option or a file that cannot be used.
        StorageError: a file that cannot be read.
    """
    options = Options(
        participants=dict(_pairs(arguments.name, "--name ADDRESS=NAME")),
        variables={
            value: name for name, value in _pairs(arguments.variable, "--variable NAME=VALUE")
        },
    )
    document = compose(
        spans, redactor=redactor_of(settings), options=options, parallel=arguments.parallel
    )
    document = _hidden(document, arguments.hide)
    document = _annotated(document, arguments.notes)
    return _referred(document, arguments.openapi)


def _hidden(document: Document, names: Sequence[str]) -> Document:
    if not names:
        return document
    from otelhook.sequence.filters import hide, parse_rules  # noqa: PLC0415 - only if asked for

    rules = [
        rule
        for name in names
        for rule in parse_rules(_text(name), "toml" if name.endswith(".toml") else "json")
    ]
    return hide(document, rules)


def _annotated(document: Document, names: Sequence[str]) -> Document:
    if not names:
        return document
    from otelhook.sequence.notes import annotate, parse_notes  # noqa: PLC0415 - only if asked for

    notes = [note for name in names for note in parse_notes(_text(name))]
    return annotate(document, notes)[0]


def _referred(document: Document, names: Sequence[str]) -> Document:
    if not names:
        return document
    from otelhook.sequence.openapi import (  # noqa: PLC0415 - only if asked for
        operations,
        parse_openapi,
        refer,
    )

    known = [
        operation
        for name in names
        for operation in operations(
            parse_openapi(_text(name), "json" if name.endswith(".json") else "yaml")
        )
    ]
    return refer(document, known)


def _pairs(given: Sequence[str], form: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for text in given:
        left, sign, right = text.partition("=")
        if not (left and sign and right):
            message = f"expected {form}, got {text!r}"
            raise ConfigError(message)
        pairs.append((left, right))
    return pairs


def _text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        message = f"{name}: not UTF-8 text"
        raise ConfigError(message) from None
    except OSError as error:
        message = f"{name}: cannot be read: {error.strerror}"
        raise StorageError(message) from error
