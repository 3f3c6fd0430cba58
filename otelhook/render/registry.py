"""The formats, and the one way to render in one.

Adding a format is one module with a function ``(Document) -> str | bytes`` and one row here. The
module is imported when its format is first asked for, so that a format nobody uses costs nothing.
Another package adds one by an entry point of the group ``otelhook.renderers``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import cast

from otelhook.errors import ConfigError
from otelhook.plug_ins import RENDERERS, installed, plug_in_named
from otelhook.render.port import Renderer
from otelhook.sequence.document import Document
from otelhook.spelling import meant

__all__ = ["FORMATS", "Format", "render", "unknown_format"]


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
        "rst": Format("text/x-rst", ".rst", "otelhook.render.rst", "render_rst"),
        "confluence": Format(
            "application/xhtml+xml", ".xhtml", "otelhook.render.confluence", "render_confluence"
        ),
        "plantuml": Format("text/plain", ".puml", "otelhook.render.plantuml", "render_plantuml"),
    }
)


def render(document: Document, format: str) -> str | bytes:  # noqa: A002 - the option's own name
    """Return the document in the named format, which may be an installed plug-in's.

    Raises:
        ConfigError: there is no such format; the text lists those there are. Or it is a plug-in's,
            which cannot be loaded, fails or returns something else.
    """
    row = FORMATS.get(format)
    if row is not None:
        return row.renderer()(document)
    plug_in = plug_in_named(RENDERERS, format)
    if plug_in is None:
        raise unknown_format(format)
    renderer = plug_in.load()
    if not callable(renderer):
        message = (
            f"{plug_in.title} is something of type {type(renderer).__name__}, expected a function"
        )
        raise ConfigError(message)
    try:
        made: object = renderer(document)
    except (Exception, SystemExit) as error:
        raise plug_in.failed(error) from error
    if isinstance(made, str | bytes):
        return made
    returned = "nothing" if made is None else f"something of type {type(made).__name__}"
    message = f"{plug_in.title} returned {returned}, expected text or bytes"
    raise ConfigError(message)


def unknown_format(name: str, *further: str) -> ConfigError:
    """Return the error for a format that is none; it lists those there are, and further ones."""
    names = sorted({*FORMATS, *further, *(plug_in.name for plug_in in installed(RENDERERS))})
    listed = f"choose one of {', '.join(names)}"
    return ConfigError(f"unknown format {name!r}: {listed}{meant(name, names)}")
