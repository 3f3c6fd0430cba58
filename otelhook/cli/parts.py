"""A folder of diagrams in one format: one file, or as many as a long trace has parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from otelhook.cli.files import as_bytes, make_folder, write_file
from otelhook.render import FORMATS
from otelhook.sequence.document import Document

__all__ = ["IN_PARTS", "write_parts"]


def _svg(document: Document) -> Sequence[str]:
    from otelhook.render.svg.picture import svg_parts

    return svg_parts(document)


def _png(document: Document) -> Sequence[bytes]:
    from otelhook.render.svg.png import png_parts

    return png_parts(document)


def _mermaid(document: Document) -> Sequence[str]:
    from otelhook.render.mermaid.diagram import mermaid_parts
    from otelhook.render.mermaid.pagination import TARGETS

    return mermaid_parts(document, room=TARGETS["mkdocs"])


IN_PARTS: Mapping[str, Callable[[Document], Sequence[str | bytes]]] = MappingProxyType(
    {"mermaid": _mermaid, "svg": _svg, "png": _png}
)
"""Formats whose files may be several, with what draws them."""


def write_parts(document: Document, form: str, folder: Path) -> tuple[Path, ...]:
    """Write ``diagram.svg``, or ``diagram-1.svg``, ``diagram-2.svg`` and so on.

    Raises:
        ConfigError: what the format needs is not installed.
        StorageError: the folder or a file cannot be written.
    """
    parts = IN_PARTS[form](document)
    make_folder(folder)
    digits = len(str(len(parts)))
    paths: list[Path] = []
    for number, part in enumerate(parts, 1):
        stem = "diagram" if len(parts) == 1 else f"diagram-{number:0{digits}}"
        paths.append(folder / f"{stem}{FORMATS[form].suffix}")
        write_file(paths[-1], as_bytes(part))
    return tuple(paths)
