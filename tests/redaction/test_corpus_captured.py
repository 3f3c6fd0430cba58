"""The corpus through the real thing: captured client and server, spool files, store, documents."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from otelhook.model import Span
from otelhook.redaction import Redactor
from otelhook.render import FORMATS, render
from otelhook.sequence import Document, compose
from otelhook.settings import load
from otelhook.sources import open_source
from tests.redaction.corpus.entries import Secret, secrets

ROOT = Path(__file__).parents[2]
ENTRIES = [secret for secret in secrets() if secret.place != "command"]
LONG_ENOUGH = 8
"""Characters of a secret that stand nowhere by chance: a CVV does."""


def exercise(folder: Path, **settings: str) -> None:
    """Run the program that sends all entries, with its data in a folder."""
    environ = {
        name: value for name, value in os.environ.items() if name[:4] not in ("OTEL", "HTTP")
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.redaction.corpus.exercise"],
        cwd=ROOT,
        env=environ | {"OTELHOOK_DATA_DIR": str(folder)} | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def read(folder: Path) -> list[Span]:
    """Take the spools into the store, and read all spans back from it."""
    settings = load({"data_dir": str(folder)}, environ={}, folder=folder).settings
    source = open_source("store", settings)
    return [span for trace_id in source.newest(10_000) for span in source.trace(trace_id).spans]


def leaks(text: str, entries: list[Secret]) -> list[tuple[str, str]]:
    """Return entries whose secrets stand in a text, or in what JSON makes of it."""
    texts = (text, text.replace("\\\\", "\\"), text.replace('\\"', '"'))
    return [
        (entry.id, hidden)
        for entry in entries
        for hidden in entry.hidden
        if len(hidden) >= LONG_ENOUGH and any(hidden in one for one in texts)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus")
    exercise(path)
    return path


@pytest.fixture(scope="module")
def spool(folder: Path) -> bytes:
    """The spools' bytes, before they are taken into the store."""
    files = sorted((folder / "spool").iterdir())
    assert len(files) == 2
    return b"".join(file.read_bytes() for file in files)


@pytest.fixture(scope="module")
def spans(folder: Path, spool: bytes) -> list[Span]:
    assert spool
    return read(folder)


@pytest.fixture(scope="module")
def document(spans: list[Span]) -> Document:
    """All of it on one page, not redacted a second time."""
    return compose(spans, redactor=Redactor.make(enabled=False))


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


def test_both_sides_of_every_entry_are_recorded(spans: list[Span]) -> None:
    assert len(spans) == 2 * len(ENTRIES)


def test_no_secret_is_in_a_spool_file(spool: bytes) -> None:
    assert leaks(spool.decode("utf-8", "replace"), ENTRIES) == []


def test_no_secret_is_in_a_span(spans: list[Span]) -> None:
    for span in spans:
        events = [(event.name, dict(event.attributes)) for event in span.events]
        text = "\n".join(strings([span.name, span.status.message, dict(span.attributes), events]))
        assert leaks(text, ENTRIES) == []


def test_no_secret_is_in_the_store(folder: Path, spans: list[Span]) -> None:
    assert spans
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert files
    for file in files:
        assert leaks(file.read_bytes().decode("utf-8", "replace"), ENTRIES) == [], file


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "png"])
def test_no_secret_is_in_a_document(document: Document, form: str) -> None:
    content = render(document, form)
    assert isinstance(content, str)
    assert len(document.steps) >= 2 * len(ENTRIES)
    assert leaks(content, ENTRIES) == []


def test_switched_off_by_name_the_secrets_are_there(tmp_path: Path) -> None:
    exercise(tmp_path, OTELHOOK_REDACT="off")
    text = "\n".join(text for span in read(tmp_path) for text in strings(dict(span.attributes)))
    seen = {entry for entry, _ in leaks(text, ENTRIES)}
    unseen = {entry.id for entry in ENTRIES if len(entry.hidden[0]) >= LONG_ENOUGH} - seen
    # What an application raises is an event's, and userinfo never reaches the wire.
    assert {entry.place for entry in ENTRIES if entry.id in unseen} <= {"exception"}
