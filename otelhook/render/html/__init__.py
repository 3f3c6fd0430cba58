"""The interactive page: one self-contained HTML file with a small viewer of our own."""

from __future__ import annotations

from otelhook.render.html.page import render_html

__all__ = ["render_html"]
