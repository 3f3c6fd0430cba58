"""A page: the diagram, then every message with its headers and body.

For MkDocs (Material, Zensical) it has tabs, collapsible blocks and admonitions; for GitHub, GitLab
and Gitea what those show.
"""

from __future__ import annotations

from collections.abc import Iterator

from otelhook.errors import ConfigError
from otelhook.render.markdown.all_steps import redacted, steps, tracing_headers
from otelhook.render.markdown.diagrams import DiagramKind, diagrams
from otelhook.render.markdown.fences import defused
from otelhook.render.markdown.flavours import Dialect, GitHub, Material
from otelhook.render.markdown.front import (
    closing,
    command_block,
    front,
    hidden_rules,
    introduction,
    listed,
)
from otelhook.render.markdown.log import folded_log
from otelhook.render.mermaid.pagination import TARGETS, DiagramLimits
from otelhook.render.shared.pieces import joined
from otelhook.sequence.document import Document

__all__ = ["render_markdown", "target_room"]


def target_room(target: str) -> DiagramLimits:
    """Return what a diagram may hold where the page is to be shown.

    Raises:
        ConfigError: there is no such target; the text lists those there are.
    """
    room = TARGETS.get(target)
    if room is None:
        message = f"unknown target {target!r}: choose one of {', '.join(sorted(TARGETS))}"
        raise ConfigError(message)
    return room


def render_markdown(
    document: Document, target: str = "mkdocs", diagram: DiagramKind = DiagramKind.MERMAID
) -> str:
    """Return the whole page.

    Args:
        document: what to show.
        target: where: ``mkdocs``, ``github``, ``gitlab`` or ``gitea``.
        diagram: as Mermaid, as pictures within the page, or both.

    Raises:
        ConfigError: there is no such target, or it shows no pictures within a page.
    """
    room = target_room(target)
    if diagram is not DiagramKind.MERMAID and target != "mkdocs":
        message = f"{target} shows no picture within a page: leave out --diagram, or --for {target}"
        raise ConfigError(message)
    dialect: Dialect = Material() if target == "mkdocs" else GitHub()
    return joined(_pieces(document, dialect, room, diagram))


def _pieces(
    document: Document, dialect: Dialect, room: DiagramLimits, kind: DiagramKind
) -> Iterator[str]:
    """Yield the page in pieces; no mark that is taken apart goes over the end of one."""
    apart = ""
    for block in _page(document, dialect, room, kind):
        if block:
            yield apart + defused(block)
            apart = "\n\n"
    if document.steps:
        yield apart
        yield from map(defused, folded_log(document, dialect))
    yield "\n"


def _page(
    document: Document, dialect: Dialect, room: DiagramLimits, kind: DiagramKind
) -> Iterator[str]:
    yield from front(document, dialect)
    yield from introduction(document)
    if document.command is not None:
        yield from command_block(document.command, dialect)
    yield "## Sequence diagram"
    for diagram in diagrams(document, room):
        yield diagram.heading
        yield from diagram.blocks(kind)
    yield from listed(document)
    yield from hidden_rules(document, dialect)
    if document.steps:
        yield "## Request / Response"
        yield from tracing_headers(document, dialect)
        yield from steps(document, dialect, linked=kind is not DiagramKind.MERMAID)
    yield from closing(document)
    yield from redacted(document)
    if document.steps:
        yield "## Full log"
