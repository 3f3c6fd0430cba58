"""A page in Confluence's storage format: XHTML with macros, as its editor and its API keep it.

It is well-formed, which is tested; no Confluence has been asked. The diagram is Mermaid's source,
which several apps of Confluence's marketplace draw.
"""

from __future__ import annotations

import html
from collections.abc import Iterator

from otelhook.render.bodies.registry import shown_body
from otelhook.render.mermaid.diagram import mermaid_parts
from otelhook.render.shared.fenced_text import fence_text
from otelhook.render.shared.header_names import header_line
from otelhook.render.shared.note_markup import note_text
from otelhook.render.shared.plain import one_line
from otelhook.render.shared.token_names import with_token_names
from otelhook.render.shared.wording import arrow_line, content_name, counts_line, headers_name
from otelhook.sequence.annotations.summaries import summaries
from otelhook.sequence.document import Document, Note, NotePlace, Step

__all__ = ["render_confluence"]

_SUMMARY_LIMIT = 60


def render_confluence(document: Document) -> str:
    """Return the page's body; its title is what Confluence asks for apart."""
    return "\n".join(_page(document)) + "\n"


def _page(document: Document) -> Iterator[str]:
    yield f"<p>{_text(counts_line(document) or f'{len(document.steps)} steps')}</p>"
    yield from (_macro("warning", f"<p>{_text(said)}</p>") for said in document.warnings)
    yield from _placed(document, NotePlace.INTRODUCTION)
    if document.command is not None:
        yield _code("bash", document.command.line, "Command")
        if document.command.output is not None:
            yield _code("text", document.command.output, "Console output")
    yield "<h2>Sequence diagram</h2>"
    yield from (_code("text", part, "Mermaid") for part in mermaid_parts(document))
    if document.variables:
        rows = "".join(
            f"<tr><td><code>{_text(v.name)}</code></td><td><code>{_text(v.value)}</code></td></tr>"
            for v in document.variables
        )
        yield f"<table><tbody><tr><th>variable</th><th>value</th></tr>{rows}</tbody></table>"
    told = [
        f"<li>({line.first}-{line.last}) {_text(line.text)}</li>"
        for line in summaries(document, limit=_SUMMARY_LIMIT)
    ]
    if told:
        yield f"<ul>{''.join(told)}</ul>"
    yield from _placed(document, NotePlace.DIAGRAM)
    if document.steps:
        yield "<h2>Request / Response</h2>"
    for step in with_token_names(document).steps:
        yield from _step(step, document)
    yield from _placed(document, NotePlace.CLOSING)


def _step(step: Step, document: Document) -> Iterator[str]:
    yield f"<h3>({step.number}) {_text(arrow_line(step))}</h3>"
    yield f"<p><code>{_text(step.source)}</code> → <code>{_text(step.target)}</code></p>"
    for note in document.notes:
        if note.first == step.number and note.place in (NotePlace.STEPS, NotePlace.SECTION):
            yield from _noted(note)
    rows = "\n".join(header_line(header) for header in step.headers) or "none"
    blocks = _code("text", rows, headers_name(step))
    if step.body is not None:
        shown = shown_body(step.body)
        blocks += _code(
            shown.language if shown.language in ("json", "sql", "xml") else "text",
            shown.text,
            content_name(step),
        )
    yield _macro("expand", blocks, title="Message")


def _placed(document: Document, place: NotePlace) -> Iterator[str]:
    for note in document.notes:
        if note.place is place:
            yield from _noted(note)


def _noted(note: Note) -> Iterator[str]:
    words = "".join(f"<p>{_text(line)}</p>" for line in note_text(note).splitlines() if line)
    title = _text(note.title)
    if note.link.lower().startswith(("http://", "https://")):
        title = f'<a href="{_text(note.link)}">{title or _text(note.link)}</a>'
    yield _macro("info", f"<p><strong>{title}</strong></p>{words}" if title else words or "<p/>")


def _macro(name: str, body: str, title: str = "") -> str:
    told = f'<ac:parameter ac:name="title">{_text(title)}</ac:parameter>' if title else ""
    content = f"<ac:rich-text-body>{body}</ac:rich-text-body>"
    return f'<ac:structured-macro ac:name="{name}">{told}{content}</ac:structured-macro>'


def _code(language: str, text: str, title: str) -> str:
    # A CDATA section ends at its first ]]>, which two sections can hold between them.
    content = fence_text(text).replace("]]>", "]]]]><![CDATA[>")
    return (
        '<ac:structured-macro ac:name="code">'
        f'<ac:parameter ac:name="language">{language}</ac:parameter>'
        f'<ac:parameter ac:name="title">{_text(title)}</ac:parameter>'
        f"<ac:plain-text-body><![CDATA[{content}]]></ac:plain-text-body>"
        "</ac:structured-macro>"
    )


def _text(text: str) -> str:
    return html.escape(one_line(text))
