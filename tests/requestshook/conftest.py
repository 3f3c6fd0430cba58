"""Logs in the form of requestshook, and the one that its author published, where it is at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from otelhook.sequence import Document, assemble
from otelhook.sources.files.requestshook import RequestshookSource

SEED = Path(__file__).parents[3] / "shared" / "seed" / "openstack-image-create"

Log = Callable[..., Path]
Read = Callable[[Path], Document]


@pytest.fixture
def seed() -> Path:
    """The folder of the author's page."""
    if not SEED.is_dir():
        pytest.skip(f"{SEED.name} is not beside the repository")
    return SEED


def entry(heading: str, headers: Sequence[str] = (), body: str = "none") -> str:
    lines = "\n".join(headers) or "Accept: */*"
    return f"\n### {heading}\n{lines}\n\n{body}\n\n"


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Writes a log of entries, each a heading or a tuple of heading, headers and body."""

    def written(*entries: str | tuple[str, Sequence[str], str], end: str = "") -> Path:
        path = tmp_path / "requestshook.log"
        texts = [entry(e) if isinstance(e, str) else entry(*e) for e in entries]
        path.write_bytes("".join([*texts, end]).encode("utf-8", "surrogateescape"))
        return path

    return written


@pytest.fixture
def read() -> Read:
    """Reads a log as ``otelhook render`` does."""

    def document(path: Path) -> Document:
        source = RequestshookSource(path)
        (trace_id,) = source.newest(10)
        return assemble(source.trace(trace_id).spans)

    return document
