"""What `otelhook scan` finds of the corpus where redaction is off, and what it mistakes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from otelhook.model import Span
from otelhook.redaction import Redactor
from otelhook.render import FORMATS, render
from otelhook.scan.scanner import leftovers
from otelhook.sequence import compose
from otelhook.settings import load
from otelhook.sources import open_source
from tests.redaction.corpus.applying import written
from tests.redaction.corpus.entries import Secret, innocents, secrets

ROOT = Path(__file__).parents[2]
ENTRIES = [secret for secret in secrets() if secret.place != "command"]
OFF = Redactor.make(enabled=False)


def formats(*quick: str) -> list[object]:
    """Return all formats of text; those that are not quick are for `make long`."""
    return [
        form if form in quick else pytest.param(form, marks=pytest.mark.long)
        for form in FORMATS
        if form != "png"
    ]


def found(text: str) -> list[str]:
    """Return what is found for sure."""
    return [one.kind for one in leftovers(enumerate(text.splitlines(), 1)) if one.is_sure]


def perhaps(text: str) -> list[str]:
    """Return what is only possible."""
    return [one.kind for one in leftovers(enumerate(text.splitlines(), 1)) if not one.is_sure]


def exercised(folder: Path, redact: str) -> dict[int, list[Span]]:
    """Send all entries, and return their spans by entry."""
    environ = {
        name: value for name, value in os.environ.items() if name[:4] not in ("OTEL", "HTTP")
    }
    subprocess.run(
        [sys.executable, "-m", "tests.redaction.corpus.exercise"],
        cwd=ROOT,
        env=environ | {"OTELHOOK_DATA_DIR": str(folder), "OTELHOOK_REDACT": redact},
        capture_output=True,
        check=True,
        timeout=60,
    )
    settings = load({"data_dir": str(folder)}, environ={}, folder=folder).settings
    source = open_source("store", settings)
    spans: dict[int, list[Span]] = defaultdict(list)
    for trace_id in source.newest(10_000):
        for span in source.trace(trace_id).spans:
            number = span.attributes["http.request.header.x-entry"]
            assert isinstance(number, tuple | list)
            spans[int(str(number[0]))].append(span)
    return spans


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[Span]]:
    return exercised(tmp_path_factory.mktemp("bare"), "off")


def is_there(entry: Secret, text: str) -> bool:
    """Say whether a secret of the entry stands in a document, as it is or in JSON's spelling."""
    plain = text.replace("\\\\", "\\").replace('\\"', '"')
    return any(hidden in one for hidden in entry.hidden for one in (text, plain))


@pytest.mark.parametrize("form", formats("markdown"))
def test_every_secret_that_a_document_shows_is_found(
    bare: dict[int, list[Span]], form: str
) -> None:
    shown: list[Secret] = []
    missed: list[str] = []
    for number, entry in enumerate(ENTRIES):
        text = render(compose(bare[number], redactor=OFF), form)
        assert isinstance(text, str)
        if is_there(entry, text):
            shown.append(entry)
            if not found(text):
                missed.append(entry.id)
    print(f"{form}: {len(shown) - len(missed)} of {len(shown)} found")
    assert missed == []
    if form in ("markdown", "json", "har"):
        assert len(shown) > 400


def test_every_secret_of_a_command_line_is_found() -> None:
    lines = [secret for secret in secrets() if secret.place == "command"]
    assert [secret.id for secret in lines if not found(f"$ {secret.text}")] == []


def test_few_innocent_values_are_mistaken_for_secrets() -> None:
    values = innocents()
    mistaken = [one.id for one in values if found(written(one)[2])]
    print(f"{len(mistaken)} of {len(values)} innocent values are mistaken")
    assert len(mistaken) <= 0.01 * len(values), mistaken
    possible = [one.id for one in values if perhaps(written(one)[2])]
    print(f"{len(possible)} of {len(values)} innocent values are possible")
    assert len(possible) <= 0.05 * len(values), possible


@pytest.mark.parametrize("form", formats("markdown", "curl", "html"))
def test_nothing_is_found_in_a_document_whose_secrets_are_hidden(
    hidden: dict[int, list[Span]], form: str
) -> None:
    spans = [span for one in hidden.values() for span in one]
    text = render(compose(spans), form)
    assert isinstance(text, str)
    assert found(text) == []


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[Span]]:
    return exercised(tmp_path_factory.mktemp("hidden"), "on")
