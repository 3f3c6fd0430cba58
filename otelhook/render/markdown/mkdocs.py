"""A folder for MkDocs in the form that requestshook's author used: a page, and what it includes.

The page includes its diagrams, steps and log by the snippets extension
(``pymdownx.snippets`` with ``base_path: docs``). MkDocs builds the included files as pages too, so
that each is safe by itself: the log stands in its own fence, a diagram's lines are indented.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from otelhook.errors import ConfigError
from otelhook.render.markdown.all_steps import redacted, steps, tracing_headers
from otelhook.render.markdown.diagrams import DiagramKind, diagrams
from otelhook.render.markdown.fences import defused, fence, indented
from otelhook.render.markdown.flavours import Material
from otelhook.render.markdown.front import (
    closing,
    command_block,
    front,
    hidden_rules,
    introduction,
    listed,
)
from otelhook.render.markdown.log import log_text
from otelhook.render.mermaid.pagination import TARGETS
from otelhook.sequence.document import Document

__all__ = ["mkdocs_pages"]

_PREFIX = re.compile(r"[\w.+@~ -]+(?:/[\w.+@~ -]+)*")
_HEAD = re.compile(r"(?:%%[^\n]*\n)?sequenceDiagram\n(?: +autonumber[0-9 ]*\n)?")


def mkdocs_pages(
    document: Document, prefix: str = "", diagram: DiagramKind = DiagramKind.MERMAID
) -> Mapping[str, str]:
    """Return file names with their texts: ``index.md``, ``diagram.md``, ``body.md``, ``log.md``.

    A diagram in parts is ``diagram.md`` for the overview, and ``diagram-1.md`` and so on.

    Args:
        document: what to show.
        prefix: the folder of these files below the snippets' ``base_path``: ``image/create``.
        diagram: as Mermaid, as pictures within the page, or both.

    Raises:
        ConfigError: the prefix is no such folder.
    """
    prefix = prefix.strip("/")
    if prefix and (not _PREFIX.fullmatch(prefix) or ".." in prefix.split("/")):
        message = f"cannot include from {prefix!r}: give a folder below docs, such as image/create"
        raise ConfigError(message)
    dialect, is_linked = Material(), diagram is not DiagramKind.MERMAID
    pages: dict[str, str] = {}

    def include(name: str, text: str) -> str:
        pages[name] = defused(text) + "\n"
        return f'--8<-- "{prefix}/{name}"' if prefix else f'--8<-- "{name}"'

    blocks = [*front(document, dialect), *introduction(document)]
    if document.command is not None:
        blocks += command_block(document.command, dialect)
    blocks.append("## Sequence diagram")
    blocks = [defused(block) for block in blocks]
    for number, drawn in enumerate(diagrams(document, TARGETS["mkdocs"])):
        head = _HEAD.match(drawn.text)
        begin = "" if head is None else head[0]
        text = ""
        if diagram is not DiagramKind.SVG:
            name = f"diagram-{number}.md" if number else "diagram.md"
            text = defused(begin) + include(name, drawn.text[len(begin) :].rstrip("\n"))
        blocks += [defused(drawn.heading), *drawn.blocks(diagram, text)]
    below = [*listed(document), *hidden_rules(document, dialect)]
    blocks += [defused(block) for block in below]
    if document.steps:
        blocks.append("## Request / Response")
        blocks += [defused(block) for block in tracing_headers(document, dialect)]
        blocks.append(include("body.md", "\n\n".join(steps(document, dialect, linked=is_linked))))
    blocks += [defused(block) for block in (*closing(document), *redacted(document))]
    if document.steps:
        line = include("log.md", fence("text", log_text(document)))
        title = "Every message as it was recorded"
        blocks += ["## Full log", f'??? quote "{title}"\n\n{indented(line)}']
    text = "\n\n".join(block for block in blocks if block) + "\n"
    return {"index.md": text, **pages}
