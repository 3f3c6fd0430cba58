"""``otelhook config show``: each setting and where it came from."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import cast

from otelhook.cli.options import add_data_dir, loaded
from otelhook.cli.table import aligned
from otelhook.redaction import Redactor, redact_text
from otelhook.settings import Loaded, Settings

__all__ = ["add_arguments", "run"]

_DESCRIPTION = """\
Show each setting: its value, where it came from, and what it is for.

A setting comes from the first of: an argument; the environment (OTELHOOK_ and
its name in upper case); otelhook.toml in the working folder, or the file that
OTELHOOK_CONFIG names; its default.
"""
_OF_OPENTELEMETRY = ("OTEL_EXPORTER_OTLP_", "OTEL_SDK_DISABLED", "OTEL_RESOURCE_ATTRIBUTES")
_SECRET = ("HEADERS", "KEY")
"""How the names of variables end whose values are never shown."""

_WIDEST = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook config``."""
    parser.description = _DESCRIPTION
    parser.add_argument("action", choices=["show"], help="what to do")
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the settings and OpenTelemetry's own variables."""
    found = loaded(arguments)
    rows = [("SETTING", "VALUE", "FROM", "WHAT IT IS"), *_settings(found)]
    for line in aligned(rows, widest=_WIDEST):
        print(line)
    others = list(_variables(os.environ))
    if others:
        print()
        for line in aligned([("VARIABLE", "VALUE"), *others], widest=_WIDEST):
            print(line)
    return 0


def _settings(found: Loaded) -> Iterator[tuple[str, ...]]:
    for row in fields(Settings):
        value = getattr(found.settings, row.name)
        yield row.name, _shown(value), found.origin[row.name], row.metadata["help"]


def _shown(value: object) -> str:
    if value is None or value in ("", ()):
        return "-"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(map(_item, cast("tuple[object, ...]", value)))
    return str(value.absolute()) if isinstance(value, Path) else _redacted(str(value))


def _item(value: object) -> str:
    if isinstance(value, tuple):  # a rule: what it is of, and what it says
        return "=".join(map(str, cast("tuple[object, ...]", value)))
    return str(value)


def _variables(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the variables that otelhook heeds beside its settings."""
    for name in sorted(environ):
        if name.startswith(_OF_OPENTELEMETRY) or name == "OTELHOOK_REDACTION_KEY":
            secret = name.endswith(_SECRET)
            yield name, "set, not shown" if secret else _redacted(environ[name])


def _redacted(text: str) -> str:
    return redact_text(Redactor.make(), text).value
