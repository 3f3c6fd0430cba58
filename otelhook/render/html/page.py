"""Put the page together: markup, style, viewer, data, and the policy that binds them.

The Content-Security-Policy allows exactly this style sheet and this script, by their SHA-256, and
nothing from outside: no request leaves the page, and captured text that became markup by mistake
still could not run. ``require-trusted-types-for`` makes a browser that knows it refuse
``innerHTML`` and its like altogether.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from otelhook.render.html.payload import build, embed
from otelhook.render.shared.plain import TURNING, one_line
from otelhook.render.shared.units import spell_time
from otelhook.render.shared.wording import arrow_line, counts_line
from otelhook.sequence.document import Document

__all__ = ["SCRIPTS", "SENDING", "Around", "page_policy", "policy", "render_html"]

SCRIPTS = (
    "dom.js",
    "data.js",
    "curl.js",
    "tree.js",
    "notes.js",
    "inner.js",
    "bodies.js",
    "detail.js",
    "timing.js",
    "links.js",
    "diagram.js",
    "filter.js",
    "minimap.js",
    "paper_diagram.js",
    "paper.js",
    "search.js",
    "around.js",
    "writing.js",
    "page.js",
)
"""The viewer's parts in the order in which they are joined to one module."""

SENDING = "sending.js"
"""The part that a page has only where its server saves notes."""

_SLOT = re.compile(r"@@(\w+)@@")
# Not allowed in an HTML document, not even escaped: shown as the replacement character.
_NOT_HTML = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Around:
    """What a server that shows the document has beside it; a file has nothing."""

    home: str
    """The path of its list of traces."""
    downloads: tuple[tuple[str, str, str], ...]
    """The document's formats: name, path, suffix."""
    notes: tuple[str, str] | None = None
    """Where notes are saved that are written in the page, and the version of their file; None
    where they are downloaded."""


def render_html(document: Document, around: Around | None = None) -> str:
    """Return the document as one HTML page that needs nothing but a browser.

    Args:
        document: what is shown.
        around: the links of the server that shows it; without them it is a file.
    """
    saves = around is not None and around.notes is not None
    style, script = _style(), _script(sends=saves)
    data = build(document)
    if around is not None:
        data["around"] = _links(around)
    slots = {
        "policy": html.escape(policy(style, script, connects=saves)),
        "title": _text(one_line(document.title) or "otelhook"),
        "style": style,
        "plain": _plain(document),
        "data": embed(data),
        "script": script,
    }
    # One pass over the template only: what is put in is never looked at again.
    return _SLOT.sub(lambda match: slots[match.group(1)], _part("page.html"))


def _links(around: Around) -> dict[str, object]:
    links: dict[str, object] = {"home": around.home, "downloads": around.downloads}
    if around.notes is not None:
        links["notes"] = {"path": around.notes[0], "version": around.notes[1]}
    return links


def page_policy(*, connects: bool = False) -> str:
    """Return the Content-Security-Policy of every page, for a server's header.

    Args:
        connects: whether the page may ask its own server, which it does to save notes.
    """
    return policy(_style(), _script(sends=connects), connects=connects)


def policy(style: str, script: str, *, connects: bool = False) -> str:
    """Return the Content-Security-Policy for a page with this style sheet and this script."""
    connect = "connect-src 'self'; " if connects else ""
    return (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; {connect}"
        "img-src data:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


@cache
def _style() -> str:
    return _part("base.css") + _part("page.css")


@cache
def _script(*, sends: bool = False) -> str:
    # Before the last part, which starts the viewer.
    parts = (*SCRIPTS[:-1], *((SENDING,) if sends else ()), SCRIPTS[-1])
    return "\n".join(_part(name) for name in parts)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _part(name: str) -> str:
    # A checkout with CRLF line ends must not change the digest: HTML parsers fold CRLF to LF.
    data = resources.files("otelhook.render.html").joinpath(name).read_bytes()
    return data.decode().replace("\r\n", "\n")


def _text(text: str) -> str:
    shown = TURNING.sub("\ufffd", _NOT_HTML.sub("\ufffd", text.replace("\r", "\n")))
    return html.escape(shown)


def _plain(document: Document) -> str:
    """Return the steps as a plain list for readers without JavaScript."""
    steps = "\n".join(
        f'<li value="{step.number}" id="step-{step.number}">'
        f"{_text(step.source)} → {_text(step.target)}: {_text(arrow_line(step))}</li>"
        for step in document.steps
    )
    when = spell_time(document.start_time)
    facts = " · ".join(fact for fact in (when, counts_line(document)) if fact)
    return f"<h1>{_text(document.title)}</h1>\n<p>{facts}</p>\n<ol>\n{steps}\n</ol>"
