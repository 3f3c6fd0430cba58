"""The pages of a trace: the folder that ``--out`` makes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from otelhook.cli.files import as_bytes, make_folder, write_file
from otelhook.render import render
from otelhook.sequence.document import Document

__all__ = ["PAGES", "write_pages"]

PAGES: Mapping[str, str] = MappingProxyType(
    {
        "index.md": "markdown",
        "page.html": "html",
        "diagram.mmd": "mermaid",
        "document.json": "json",
    }
)
"""File name to format."""


def write_pages(document: Document, folder: Path) -> tuple[Path, ...]:
    """Write a file for each format and return their paths.

    Raises:
        StorageError: the folder or a file cannot be written.
    """
    make_folder(folder)
    for name, form in PAGES.items():
        write_file(folder / name, as_bytes(render(document, form)))
    return tuple(folder / name for name in PAGES)
