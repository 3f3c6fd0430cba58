"""An author's Markdown on the page: what it may say, and that it may say nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from otelhook.render import render
from otelhook.render.html.payload import build
from otelhook.render.markdown.flavours import GitHub
from otelhook.render.markdown.notes import written
from otelhook.render.markdown.page import render_markdown
from otelhook.render.shared.note_markup import Block, blocks_of, plain_text
from otelhook.sequence.document import Document, Note, NotePlace
from tests.work import FAR_FROM_SQUARE, processor_seconds

WORDS = """\
Sends `disk_format`, see **(12)**, *soon*, and [the docs](https://docs.openstack.org/).
It goes to [step 12](#step-12).

* list item
* another
  with two lines

  1. inner

```json
{"a": 1}
```

> quoted
"""


def noted(seed: Document, text: str, **more: object) -> Document:
    note = Note(5, 5, text, markdown=True)
    return replace(seed, notes=(replace(note, **more),))  # type: ignore[arg-type]


def html_of(text: str) -> str:
    """Return what a Markdown parser that allows raw HTML makes of a note as it is written."""
    return str(MarkdownIt("commonmark").render("\n\n".join(written(blocks_of(text)))))


def test_a_note_is_markdown_on_the_page(seed: Document) -> None:
    assert html_of(WORDS) == (
        "<p>Sends <code>disk_format</code>, see <strong>(12)</strong>, <em>soon</em>, and "
        '<a href="https://docs.openstack.org/">the docs</a>. It goes to '
        '<a href="#step-12">step 12</a>.</p>\n'
        "<ul>\n<li>list item</li>\n<li>\n<p>another with two lines</p>\n"
        "<ol>\n<li>inner</li>\n</ol>\n</li>\n</ul>\n".replace("<li>list item</li>", LOOSE)
        + '<pre><code class="language-json">{&quot;a&quot;: 1}\n</code></pre>\n'
        "<blockquote>\n<p>quoted</p>\n</blockquote>\n"
    )
    page = render_markdown(noted(seed, WORDS))
    assert "Sends `disk_format`, see **&#40;12&#41;**" in page


LOOSE = "<li>\n<p>list item</p>\n</li>"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**Why `queued`?** So.", "<strong>Why</strong> <code>queued</code>? So."),
        ("*a `b` c*", "<em>a</em> <code>b</code> <em>c</em>"),
        ("__`id`: the image's__", "<code>id</code><strong>: the image's</strong>"),
        ("**`all`**", "<code>all</code>"),
        ("**...**", "<strong>...</strong>"),
    ],
)
def test_code_among_strong_or_emphasised_words_is_code(text: str, html: str) -> None:
    assert html_of(text) == f"<p>{html}</p>\n"
    assert "`" not in plain_text(blocks_of(text))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,1)",
        "[x](//evil.example)",
        "![x](https://evil.example/pixel.png)",
        "<img src=x onerror=alert(1)>",
        "[x]: https://evil.example\n\n[x]",
        'a\n===\n\n--8<-- "file"',
        "&lt;b&gt; &#60;i&#62;",
        "[a](<https://x.example/ onclick=y>)",
        "**<b>bold</b>**",
        "`<b>`",
        "- <b>\n\n> <i>",
        "::: danger\n\n!!! note",
        "| a | b |\n|---|---|\n| <b> | c |",
    ],
)
def test_nothing_becomes_active_that_is_not_allowed(seed: Document, text: str) -> None:
    html = html_of(text)
    for tag in ("<script", "<img", "<b>", "<i>", "javascript:alert"):
        assert tag not in html or (tag == "javascript:alert" and "href" not in html)
    assert 'href="data:' not in html
    assert 'href="//' not in html
    data = json.dumps(build(noted(seed, text))["notes"])
    assert '"link", "x", "javascript' not in data


def test_the_words_of_other_formats_have_no_marks(seed: Document) -> None:
    assert plain_text(blocks_of(WORDS)).split("\n")[:2] == [
        "Sends disk_format, see (12), soon, and the docs. It goes to step 12.",
        "list item",
    ]
    svg = render(noted(seed, "Sends **all** of it"), "svg")
    assert "Sends all of it" in str(svg)
    assert "Sends all of it" in str(render(noted(seed, "Sends **all** of it"), "plantuml"))


def test_words_on_the_document_stand_around_it(seed: Document) -> None:
    notes = (
        Note(0, 0, "First *words*.", "Why", markdown=True, place=NotePlace.INTRODUCTION),
        Note(0, 0, "Below it.", "More", markdown=True, place=NotePlace.DIAGRAM),
        Note(0, 0, "Last.", "End", "https://x.example/e", markdown=True, place=NotePlace.CLOSING),
        Note(13, 13, "Now the file.", "Upload", markdown=True, place=NotePlace.SECTION),
        Note(0, 0, "Keeps images.", markdown=True, place=NotePlace.PARTICIPANT, subject="glance"),
        Note(0, 0, "Of the image.", markdown=True, place=NotePlace.VARIABLE, subject="image_id"),
    )
    page = render_markdown(replace(seed, notes=notes))
    places = [
        page.index(words)
        for words in (
            "## Why\n\nFirst *words*.",
            "## Sequence diagram",
            "* `glance` Keeps images.",
            "* <code>&#123;image_id&#125;</code> Of the image."
            if "<code>&#123;image_id" in page
            else "* `{image_id}` Of the image.",
            "## More\n\nBelow it.",
            "### (12)",
            "### Upload\n\nNow the file.\n\n### (13)",
            "## End\n\nLast.\n\n[End](<https://x.example/e>)",
            "## Full log",
        )
    ]
    assert places[:-2] == sorted(places[:-2])
    for form in ("svg", "mermaid", "text", "plantuml"):
        assert "words" not in str(render(replace(seed, notes=notes), form))


def test_a_note_on_several_steps_says_which(seed: Document) -> None:
    page = render_markdown(noted(seed, "Together.", last=9))
    assert "    `(5-9)` Together." in page
    listed = render_markdown(noted(seed, "* a\n* b", last=9))
    assert "    `(5-9)`\n\n    * a\n    * b" in listed


def test_plain_notes_stay_plain(seed: Document) -> None:
    page = render_markdown(replace(seed, notes=(Note(5, 5, "**not** bold"),)))
    assert "&#42;&#42;not&#42;&#42; bold" in page


@given(st.text(alphabet='ab *_`[]()<>#>-+1.\\\n~|!&;:/"{}', max_size=80))
def test_any_note_is_read_and_written(text: str) -> None:
    html = html_of(text)
    assert "<script" not in html
    assert "<img" not in html
    list(written(blocks_of(text)))
    assert isinstance(GitHub().aside("note", "", *written(blocks_of(text))), str)


@pytest.mark.parametrize(
    "text",
    [
        "*" * 200_000,
        "[" * 200_000,
        "`" * 200_000,
        "> " * 100_000,
        "- " * 100_000,
        "a_" * 100_000,
        "**a" * 60_000,
        "[a](" * 60_000,
        "\n- a" * 60_000,
        "```\n" * 60_000,
    ],
)
def test_a_huge_note_is_read_without_going_over_it_again_and_again(text: str) -> None:
    blocks: tuple[Block, ...] = ()

    def read() -> None:
        nonlocal blocks
        blocks = blocks_of(text)

    assert processor_seconds(read) < FAR_FROM_SQUARE
    assert processor_seconds(lambda: "".join(written(blocks))) < FAR_FROM_SQUARE


@pytest.mark.parametrize("begun", ["", "```\n", "- ", "> ", "**"])
def test_a_note_that_is_too_long_says_how_much_of_it_is_missing(seed: Document, begun: str) -> None:
    """Whatever it was in the middle of."""
    text = begun + "x" * (150_000 - len(begun))
    said = "… 50,000 characters left out"
    assert plain_text(blocks_of(text)).endswith(said)
    for form in ("html", "markdown", "rst"):
        page = str(render(noted(seed, text), form))
        assert said in page.replace("\\", ""), form  # of escapes
    whole = str(render(noted(seed, text[:100_000]), "markdown"))
    assert "left out" not in whole
