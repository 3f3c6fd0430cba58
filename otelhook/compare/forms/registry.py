"""The forms of a comparison, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from otelhook.compare.findings import Comparison
from otelhook.compare.forms.ci import Result, junit, sarif, within_limit
from otelhook.compare.forms.html import render_html
from otelhook.compare.forms.json import render_json
from otelhook.compare.forms.markdown import render_markdown
from otelhook.compare.forms.mermaid import render_mermaid
from otelhook.compare.forms.text import render_text
from otelhook.compare.forms.words import headline, what, where

__all__ = ["FORMS", "SUFFIXES"]


def _summary(comparison: Comparison) -> str:
    return within_limit(render_markdown(comparison), f"# What differs\n\n{headline(comparison)}\n")


def _sarif(comparison: Comparison) -> str:
    return sarif(_results(comparison))


def _junit(comparison: Comparison) -> str:
    results = _results(comparison) or [Result("diff", "no difference", "")]
    return junit(results, "otelhook diff")


def _results(comparison: Comparison) -> list[Result]:
    run = comparison.after.trace_ids[0] if comparison.after.trace_ids else comparison.after.title
    return [
        Result(f.kind.value, " ".join(filter(None, (f.where, where(f)))), what(f), run)
        for f in comparison.findings
    ]


FORMS: Mapping[str, Callable[[Comparison], str]] = MappingProxyType(
    {
        "text": render_text,
        "markdown": render_markdown,
        "html": render_html,
        "mermaid": render_mermaid,
        "json": render_json,
        "summary": _summary,
        "sarif": _sarif,
        "junit": _junit,
    }
)
"""Each takes a comparison and returns text."""

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        ".md": "markdown",
        ".html": "html",
        ".mmd": "mermaid",
        ".json": "json",
        ".sarif": "sarif",
        ".xml": "junit",
        ".txt": "text",
    }
)
"""What a file's name asks for."""
