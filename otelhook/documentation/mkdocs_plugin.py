"""MkDocs: ``::: otelhook latest`` in a page becomes the trace when the site is built.

In ``mkdocs.yml``::

    plugins:
      - otelhook:
          options: --notes notes.toml --diagram svg
          commands: true      # for `::: otelhook run -- python example.py`
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mkdocs.config import Config
from mkdocs.config.config_options import Type
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin

from otelhook.documentation.in_place import Building, in_place
from otelhook.errors import OtelhookError

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

__all__ = ["OtelhookPlugin"]

_LINE: Final = re.compile(r"::: otelhook(?: +(\S.*?))? *")
_HEADING: Final = re.compile(r"(#{1,6})(?= )")
_FENCE: Final = re.compile(r" *(?:`{3,}|~{3,})")
_STEP: Final = re.compile(r'(<span id="|\]\(#|href="#)(?=step-\d)')
_DEEPEST: Final = 6


class PluginOptions(Config):
    """What ``mkdocs.yml`` may say."""

    options = Type(str, default="")
    commands = Type(bool, default=False)


class OtelhookPlugin(BasePlugin[PluginOptions]):
    """Puts traces into pages before Markdown is read."""

    def on_page_markdown(
        self,
        markdown: str,
        /,
        *,
        page: Page,
        config: MkDocsConfig,
        files: Files,  # noqa: ARG002 - MkDocs names its arguments
    ) -> str:
        """Return the page's Markdown with its traces.

        Raises:
            PluginError: one cannot be rendered; MkDocs says so in a line and stops.
        """
        folder = Path(config.config_file_path).parent if config.config_file_path else Path.cwd()
        building = Building(folder, "markdown", self.config.options, self.config.commands)
        count = 0

        def made(match: re.Match[str], before: str) -> str:
            nonlocal count
            count += 1
            try:
                text = building.rendered(match[1] or "")
            except (OtelhookError, ValueError) as error:
                message = f"{page.file.src_path}: {match[0].strip()}: {error}"
                raise PluginError(message) from None
            return beneath(text, _level(before), f"trace-{count}-" if count > 1 else "")

        return in_place(markdown, _LINE, made)


def _level(before: str) -> int:
    """Return the level of the last heading, below which the trace stands."""
    levels = [len(found[1]) for row in before.split("\n") if (found := _HEADING.match(row))]
    return levels[-1] if levels else 0


def beneath(text: str, level: int, prefix: str = "") -> str:
    """Return a page as a part of another: its headings deeper, the names of its steps its own."""
    rows: list[str] = []
    is_code = False
    for row in text.split("\n"):
        if _FENCE.match(row):
            is_code = not is_code
        heading = None if is_code else _HEADING.match(row)
        if heading is not None:
            marks = "#" * min(_DEEPEST, len(heading[1]) + level)
            rows.append(_STEP.sub(rf"\g<1>{prefix}", marks + row[heading.end() :]))
        else:
            rows.append(row if is_code else _STEP.sub(rf"\g<1>{prefix}", row))
    return "\n".join(rows)
