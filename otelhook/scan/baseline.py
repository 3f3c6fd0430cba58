"""Findings that somebody looked at and accepted, kept in a file beside the documents.

A finding is known by a fingerprint of its line and kind, so that it is known wherever the line
stands, and never by its value. A fingerprint of a short line could be tried out by whoever has the
file; accept what is no secret, and replace what is one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from otelhook.errors import ConfigError
from otelhook.scan.scanner import Leftover

__all__ = ["accepted_in", "baseline_of"]

_VERSION: Final = 1


def baseline_of(found: Iterable[tuple[str, Leftover]]) -> str:
    """Return the text of a baseline that accepts these findings, each with the file it is in."""
    accepted = sorted({(leftover.fingerprint, leftover.kind, file) for file, leftover in found})
    rows = [{"fingerprint": mark, "kind": kind, "file": file} for mark, kind, file in accepted]
    return json.dumps({"version": _VERSION, "accepted": rows}, indent=2, ensure_ascii=False) + "\n"


def accepted_in(text: str) -> frozenset[str]:
    """Return the fingerprints that a baseline accepts.

    Raises:
        ConfigError: the text is not a baseline that this version wrote.
    """
    try:
        document = json.loads(text)
        rows = document["accepted"]
        marks = frozenset(str(row["fingerprint"]) for row in rows)
    except (ValueError, TypeError, KeyError):
        message = "this is not a baseline: write one with otelhook scan --write-baseline"
        raise ConfigError(message) from None
    if document.get("version") != _VERSION:
        message = f"this baseline is of version {document.get('version')}: write it anew"
        raise ConfigError(message)
    return marks
