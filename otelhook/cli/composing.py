"""What the user says of a document beside the trace: what to hide, to name, and to add."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from otelhook.cli.complaints import complain
from otelhook.cli.sidecars import annotated, names_in, referred, without_hidden
from otelhook.errors import ConfigError
from otelhook.model import Span
from otelhook.redaction import Redactor
from otelhook.render.shared.inner_work import with_detail
from otelhook.sequence import Document, Options, compose
from otelhook.settings import Settings

__all__ = ["Composed", "add_composing", "composed", "redactor_of"]


class Composed(NamedTuple):
    """A document, and whether all that was said of it could be used."""

    document: Document
    whole: bool

    @property
    def exit_code(self) -> int:
        """What the command ends with once the document is rendered."""
        return 0 if self.whole else ConfigError.exit_code


def add_composing(parser: argparse.ArgumentParser) -> None:
    """Declare the options that shape a document."""
    group = parser.add_argument_group("the document")
    group.add_argument("--title", metavar="TEXT", help="its heading (default: the command)")
    for name, text in (
        ("--hide", "leave out what the rules in FILE fit (.toml, or should_not_hook.json)"),
        ("--notes", "put the notes in FILE (TOML) on the steps that they are for"),
        ("--openapi", "give each request its summary and link from an OpenAPI file"),
        ("--names", "names in FILE (TOML), as many --name and --variable"),
    ):
        group.add_argument(name, metavar="FILE", action="append", default=[], help=text)
    group.add_argument(
        "--name",
        metavar="ADDRESS=NAME",
        action="append",
        default=[],
        help="call what answers at host, host:port, :port or /path so, or who calls as ADDRESS",
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
    group.add_argument(
        "--detail",
        action="store_true",
        help="draw what services did between their messages: internal spans and their events",
    )


def redactor_of(settings: Settings) -> Redactor:
    """Return the rules of redaction at rendering, the same as at capture."""
    return Redactor.configured(os.environ, settings)


def composed(spans: Iterable[Span], arguments: argparse.Namespace, settings: Settings) -> Composed:
    """Return the document of the spans, shaped as the options of `add_composing` say.

    A rule, an entry or a file of notes that cannot be used, and a note that fits no step, are
    reported in a line each; the rest is used.

    Raises:
        ConfigError: an option, or a whole file other than of notes, that cannot be used.
        StorageError: a file that cannot be read.
    """
    document = compose(
        spans,
        redactor=redactor_of(settings),
        options=_options(arguments),
        parallel=arguments.parallel,
    )
    if arguments.title:
        document = replace(document, title=arguments.title)
    problems: list[str] = []
    document = without_hidden(document, arguments.hide, problems)
    before = len(document.warnings)
    document = annotated(document, arguments.notes, problems)
    for line in (*problems, *document.warnings[before:]):
        complain(line)
    document = referred(document, arguments.openapi)
    if arguments.detail:
        document = with_detail(document)
    return Composed(document, whole=not problems)


def _options(arguments: argparse.Namespace) -> Options:
    participants, variables = names_in(arguments.names)
    participants |= dict(_pairs(arguments.name, "--name ADDRESS=NAME"))
    variables |= {
        value: name for name, value in _pairs(arguments.variable, "--variable NAME=VALUE")
    }
    return Options(participants=participants, variables=variables)


def _pairs(given: Sequence[str], form: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for text in given:
        left, sign, right = text.partition("=")
        if not (left and sign and right):
            message = f"expected {form}, got {text!r}"
            raise ConfigError(message)
        pairs.append((left, right))
    return pairs
