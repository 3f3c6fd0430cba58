"""The formats, and the one way to render in one.

Adding a format is one module with a function ``(Document) -> str | bytes`` and one row here. The
module is imported when its format is first asked for, so that a format nobody uses costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import cast

from otelhook.errors import ConfigError
from otelhook.render.port import Renderer
from otelhook.sequence.document import Document

__all__ = ["FORMATS", "Format", "render"]


@dataclass(frozen=True, slots=True)
class Format:
    """One row: what a format is called elsewhere, and where its renderer lives."""

    media_type: str
    suffix: str
    """What a file of it ends in, with the dot."""
    module: str
    function: str

    def renderer(self) -> Renderer:
        """Import the format's module and return its renderer."""
        return cast("Renderer", getattr(import_module(self.module), self.function))


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "text": Format("text/plain", ".txt", "otelhook.render.text.page", "render_text"),
        "mermaid": Format(
            "text/vnd.mermaid", ".mmd", "otelhook.render.mermaid.diagram", "render_mermaid"
        ),
        "markdown": Format(
            "text/markdown", ".md", "otelhook.render.markdown.page", "render_markdown"
        ),
        "json": Format("application/json", ".json", "otelhook.render.json", "render_json"),
        "json-v1": Format("application/json", ".json", "otelhook.render.json", "render_json_v1"),
        "html": Format("text/html", ".html", "otelhook.render.html", "render_html"),
        "svg": Format("image/svg+xml", ".svg", "otelhook.render.svg.picture", "render_svg"),
        "png": Format("image/png", ".png", "otelhook.render.svg.png", "render_png"),
        "har": Format("application/json", ".har", "otelhook.render.har", "render_har"),
        "curl": Format("application/x-sh", ".sh", "otelhook.render.curl.script", "render_curl"),
        "plantuml": Format("text/plain", ".puml", "otelhook.render.plantuml", "render_plantuml"),
    }
)


def render(document: Document, format: str) -> str | bytes:  # noqa: A002 - the option's own name
    """Return the document in the named format.

    Raises:
        ConfigError: there is no such format; the text lists those there are.
    """
    row = FORMATS.get(format)
    if row is None:
        message = f"unknown format {format!r}: choose one of {', '.join(sorted(FORMATS))}"
        raise ConfigError(message)
    return row.renderer()(document)
