"""Counts what becomes of a set of texts that the rules have not seen: ``python -m
tests.redaction.unseen.count 2026-11-30-a``, before the rules are changed.

Each text goes through a captured client and server, with redaction and without it. A secret is
hidden if none of its spellings is in any attribute of its spans; it is found if `otelhook scan`
reports anything in the Markdown that shows it unredacted. An innocent text is intact if redaction
leaves no marker in its spans, and mistaken if `otelhook scan` reports anything in it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from otelhook.model import Span
from otelhook.redaction import Redactor
from otelhook.render import render
from otelhook.scan.scanner import leftovers
from otelhook.sequence import compose
from otelhook.settings import load
from otelhook.sources import open_source
from tests.redaction.corpus.entries import Secret, texts_of

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
UNKNOWABLE = "statistics"
"""The family whose texts have neither a name, a place nor a form: only `scan` can find them."""


def exercised(path: Path, redact: str) -> dict[int, list[Span]]:
    """Send the texts of a file through a client and a server, and return their spans by text."""
    environ = {
        name: value for name, value in os.environ.items() if name[:4] not in ("OTEL", "HTTP")
    }
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "tests.redaction.corpus.exercise", str(path)],
            cwd=ROOT,
            env=environ | {"OTELHOOK_DATA_DIR": folder, "OTELHOOK_REDACT": redact},
            capture_output=True,
            check=True,
            timeout=120,
        )
        settings = load({"data_dir": folder}, environ={}, folder=Path(folder)).settings
        source = open_source("store", settings)
        spans: dict[int, list[Span]] = defaultdict(list)
        for trace_id in source.newest(10_000):
            for span in source.trace(trace_id).spans:
                number = span.attributes["http.request.header.x-entry"]
                assert isinstance(number, tuple | list)
                spans[int(str(number[0]))].append(span)
        return spans


def strings(value: object) -> Iterator[str]:
    """Yield all text in a span's attributes."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings(one)


def text_of(spans: list[Span]) -> str:
    """Return all text of these spans, and once more as JSON reads it."""
    text = "\n".join(
        part
        for span in spans
        for part in strings(
            [span.name, dict(span.attributes), [dict(event.attributes) for event in span.events]]
        )
    )
    return "\n".join((text, text.replace("\\\\", "\\"), text.replace('\\"', '"')))


def document(spans: list[Span]) -> str:
    """Return the Markdown of these spans as they are."""
    text = render(compose(spans, redactor=Redactor.make(enabled=False)), "markdown")
    assert isinstance(text, str)
    return text


def found(text: str) -> str:
    """Return what `otelhook scan` reports of a document: ``sure``, ``possible`` or nothing."""
    sure = {leftover.is_sure for leftover in leftovers(enumerate(text.splitlines(), 1))}
    return "sure" if True in sure else ("possible" if sure else "")


def secrets(path: Path) -> Iterator[tuple[Secret, bool, str]]:
    """Yield each text with secrets, whether all are hidden, and what `scan` says of it.

    It says ``unseen`` of what no document shows: bytes are not drawn as text.
    """
    hidden, bare = exercised(path, "on"), exercised(path, "off")
    for number, entry in enumerate(texts_of([path])):
        shown = text_of(hidden[number])
        page = document(bare[number])
        seen = any(
            one in text for one in entry.hidden for text in (page, page.replace("\\\\", "\\"))
        )
        said = found(page) if seen else "unseen"
        yield entry, not any(one in shown for one in entry.hidden), said


def innocents(path: Path) -> Iterator[tuple[Secret, bool, str]]:
    """Yield each innocent text, whether it is intact, and what `scan` says of it."""
    hidden, bare = exercised(path, "on"), exercised(path, "off")
    for number, entry in enumerate(texts_of([path])):
        yield entry, "‹" not in text_of(hidden[number]), found(document(bare[number]))


def main() -> None:
    """Print the figures of a set, by family."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", help="the name of a folder beside this file")
    parser.add_argument("--list", action="store_true", help="print the texts that went wrong too")
    arguments = parser.parse_args()
    folder = FOLDER / arguments.set
    for name, judge, word in (("secrets", secrets, "hidden"), ("innocents", innocents, "intact")):
        well: Counter[str] = Counter()
        said: dict[str, Counter[str]] = defaultdict(Counter)
        for entry, good, scanned in judge(folder / f"{name}.toml"):
            families = [entry.family, "all"]
            if name == "secrets" and entry.family != UNKNOWABLE:
                families.append("all with a name, a place or a form")
            for family in families:
                well[family] += good
                said[family][scanned] += 1
            wrong = [word] * (not good) + [scanned or "missed"] * (
                bool(scanned) == (name == "innocents")
            )
            if arguments.list and wrong:
                print(f"  {entry.id} {wrong} {entry.text!r}")
        print(name)
        for family, counts in said.items():
            print(
                f"  {family}: {word} {well[family]} of {counts.total()}; scan: sure"
                f" {counts['sure']}, possible {counts['possible']}, nothing {counts['']},"
                f" not shown {counts['unseen']}"
            )


if __name__ == "__main__":
    main()
