"""Document to text or bytes: one module a format."""

from otelhook.render.registry import FORMATS, Format, render, unknown_format

__all__ = ["FORMATS", "Format", "render", "unknown_format"]
