"""The page as a file: one piece, bound by its policy, whatever text it holds."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otelhook.render import render
from otelhook.render.html import render_html
from otelhook.render.html.page import SCRIPTS, SENDING, Around, page_policy
from otelhook.render.html.payload import build
from otelhook.sequence.document import (
    Command,
    Document,
    Header,
    Note,
    Participant,
    ParticipantKind,
    Step,
)

HOSTILE = "</script></style></noscript><img src=x onerror=alert(1)><!-- @@data@@ & \x00\r\ud800 \"'"


class _Reader(HTMLParser):
    """Collects elements, and the text inside style, script and noscript's list."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[int, str] = {}
        self.closed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.closed = len(self.elements)

    def handle_data(self, data: str) -> None:
        if (at := len(self.elements) - 1) >= self.closed:
            self.inside[at] = self.inside.get(at, "") + data

    def texts(self, tag: str) -> list[str]:
        return [self.inside.get(i, "") for i, (name, _) in enumerate(self.elements) if name == tag]


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader


def _data(reader: _Reader) -> dict[str, object]:
    found = json.loads(reader.texts("script")[0])
    assert isinstance(found, dict)
    return found


def test_the_registry_knows_the_page(image_create: Document) -> None:
    assert render(image_create, "html") == render_html(image_create)


def test_the_same_document_gives_the_same_page(image_create: Document) -> None:
    assert render_html(image_create) == render_html(image_create)


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(
    image_create: Document,
) -> None:
    reader = _read(render_html(image_create))
    metas = [a for tag, a in reader.elements if tag == "meta" and "http-equiv" in a]
    policy = dict(p.strip().split(" ", 1) for p in (metas[0]["content"] or "").split(";"))
    style, script = reader.texts("style"), reader.texts("script")
    assert len(style) == 1
    assert len(script) == 2
    assert policy["default-src"] == "'none'"
    for name, text in (("style-src", style[0]), ("script-src", script[1])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert policy[name] == f"'sha256-{digest}'"


def test_the_page_refers_to_nothing_outside_and_has_no_inline_handlers(
    image_create: Document,
) -> None:
    for tag, attributes in _read(render_html(image_create)).elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        assert "src" not in attributes
        assert (attributes.get("href") or "data:").startswith("data:")


def test_the_viewer_never_makes_markup_of_text() -> None:
    folder = resources.files("otelhook.render.html")
    scripts = {part.name for part in folder.iterdir() if part.name.endswith(".js")}
    assert scripts == {*SCRIPTS, SENDING}
    dangerous = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|"
        r"createContextualFragment|DOMParser|srcdoc|fetch\(|XMLHttpRequest|import\("
    )
    for name in SCRIPTS:
        assert not dangerous.findall(folder.joinpath(name).read_text("utf-8")), name
    # What saves notes asks the server that shows the page, and is in no other page.
    assert dangerous.findall(folder.joinpath(SENDING).read_text("utf-8")) == ["fetch("]


def test_only_a_page_whose_server_saves_notes_can_send(image_create: Document) -> None:
    around = Around("/", (), ("/notes", '"1"'))
    sending, silent = render_html(image_create, around), render_html(image_create, Around("/", ()))
    assert "fetch(" in sending
    assert "connect-src &#x27;self&#x27;" in sending
    assert "fetch(" not in silent
    assert "connect-src" not in silent
    assert page_policy() != page_policy(connects=True)


def test_without_javascript_the_steps_are_a_list(image_create: Document) -> None:
    page = render_html(image_create)
    plain = page[page.index("<noscript>") : page.index("</noscript>")]
    assert plain.count("<li ") == 22
    assert '<li value="5" id="step-5">openstack → glance-api: POST /v2/images</li>' in plain


def test_an_empty_document_is_a_page_too(image_create: Document) -> None:
    empty = replace(
        image_create, steps=(), participants=(), groups=(), notes=(), flows=(), redactions=()
    )
    assert _data(_read(render_html(empty)))["steps"] == []
    assert "<title>otelhook</title>" in render_html(replace(empty, title=" \n "))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.one_of(st.just(HOSTILE), st.text(st.characters(codec=None), max_size=40)))
def test_hostile_text_stays_text(text: str, plain_step: Callable[..., Step]) -> None:
    step = plain_step(
        1, source=text, target=text, path=text, label=text, headers=(Header(text, text),)
    )
    document = Document(
        trace_ids=(step.trace_id,),
        title=text,
        start_time=1,
        duration=1,
        span_count=1,
        participants=(Participant(text, ParticipantKind.SERVICE),),
        steps=(step,),
        notes=(Note(1, 1, text, text, text),),
        command=Command((text,), 0, text),
        warnings=(text,),
    )
    page = render_html(document)
    page.encode()
    reader = _read(page)
    assert _data(reader) == json.loads(json.dumps(build(document)))
    assert "img" not in [tag for tag, _ in reader.elements]
    assert len(reader.texts("script")) == 2
