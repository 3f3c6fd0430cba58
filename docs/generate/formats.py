"""The reference of the formats, from their registry."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from otelhook.render import FORMATS
from otelhook.sequence import SCHEMA_VERSION

__all__ = ["page"]

_HEAD = """# Formats

`otelhook render --format NAME`, or `-o FILE`: the file's suffix chooses as well. `-o FOLDER/`
writes the pages together. In Python: `otelhook.render_document(document, NAME)`.

| format | suffix | media type | what it is |
|---|---|---|---|
"""

_TAIL = f"""
`mkdocs` writes a folder for a MkDocs site. `markdown` is written for a reader: `--for mkdocs`
(the default), `github`, `gitlab` or `gitea`, in that dialect and under its limits. `svg`, `png`
and `mermaid` with `-o FOLDER/` write a long trace as a file for each part.

`json` is version {SCHEMA_VERSION} of the document, field by field, with a JSON Schema; `json-v1` is
for readers of version 1, which knew HTTP only. Both versions are read.

[A package can add a format](../how-to/python.md#extend-it).
"""


def page() -> str:
    """Return the page."""
    return _HEAD + "\n".join(_rows()) + "\n" + _TAIL


def _rows() -> Iterator[str]:
    for name, row in FORMATS.items():
        says = (getattr(import_module(row.module), row.function).__doc__ or "").strip()
        summary = " ".join(says.partition("\n\n")[0].split()).replace("|", "\\|")
        summary = summary.removeprefix("Return ").replace("``", "`")
        summary = summary[0].upper() + summary[1:]
        yield f"| `{name}` | `{row.suffix}` | `{row.media_type}` | {summary} |"
