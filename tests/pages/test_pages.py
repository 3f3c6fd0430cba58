"""The Markdown page as MkDocs with Material and Zensical build it."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from otelhook.render.bodies.registry import shown_body
from otelhook.render.markdown.diagrams import DiagramKind, diagrams
from otelhook.render.markdown.escaping import fence_title
from otelhook.render.markdown.log import log_text
from otelhook.render.markdown.mkdocs import mkdocs_pages
from otelhook.render.markdown.page import render_markdown
from otelhook.render.markdown.steps import HEADING_LIMIT, TITLE_LIMIT, full_title
from otelhook.render.mermaid.pagination import TARGETS
from otelhook.render.shared.fenced_text import fence_text
from otelhook.render.shared.header_names import header_line
from otelhook.render.shared.plain import one_line, shortened
from otelhook.sequence.document import Document, Step

CONFIG = Path(__file__).with_name("mkdocs.yml")
SECRET = "SECRET-CONTENT-OF-A-FILE"
OUR_TAGS = {"<small>", "</small>", "<code>", "</code>", '<span id="step-1">', "</span>"}
OUR_LINKS = ["https://x.example/", "#step-1"]
CODE_TABLE = ("tbody", "tr", "td")
HOSTILE_PAGES = 150
LONG_PAGES = 2_000

Build = Callable[..., Path]
ReadPage = Callable[[str], Any]
Hostile = Callable[..., Document]
Convert = Callable[[str], str]


# -- what should be read back ---------------------------------------------------------------------


def _lines(text: str) -> str:
    """Blanks at the ends of lines are not visible, and not kept by every highlighter."""
    whole = re.sub(r"(\{|-8)\u200b(?=\+\+|--|~~|==|>>|<-|[{%#])", r"\1", text)
    return re.sub(r"[ \xa0]+$", "", whole, flags=re.MULTILINE).strip("\n")


def _step_blocks(step: Step) -> list[str]:
    headers = "\n".join(map(header_line, step.headers)) or "none"
    bodies = [step.body, *([step.other_body] if step.other_body else [])]
    return [headers, *(shown_body(body).text for body in bodies)]


def _blocks(document: Document) -> list[str]:
    blocks = [diagram.text for diagram in diagrams(document, TARGETS["mkdocs"])]
    blocks += [hidden.rule or "(empty)" for hidden in document.hidden]
    for step in document.steps:
        blocks += _step_blocks(step)
    if document.steps:
        blocks.append(log_text(document))
    return [_lines(fence_text(block)) for block in blocks]


def _title(step: Step) -> str:
    title = shortened(one_line(full_title(step)), TITLE_LIMIT) or f"({step.number})"
    return _lines(fence_title(title))


def _titles(document: Document) -> list[str]:
    return [_title(step) for step in document.steps for _ in _step_blocks(step)]


def _heading(step: Step) -> str:
    return f"({step.number}) {shortened(one_line(step.title), HEADING_LIMIT)}".strip()


def _compare(read: Any, document: Document) -> None:
    skipped = (document.command is not None) + (
        document.command is not None and document.command.output is not None
    )
    shown, expected = [_lines(block) for block in read.blocks[skipped:]], _blocks(document)
    assert len(shown) == len(expected)
    for got, wanted in zip(shown, expected, strict=True):
        assert got.split("\n") == wanted.split("\n")
    assert [_lines(title).strip() for title in read.titles[skipped:]] == _titles(document)
    steps = [_lines(heading).strip() for heading in read.headings if heading.startswith("(")]
    assert steps == [_heading(step) for step in document.steps]


def _article(site: Path, name: str) -> str:
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    found = re.search(r"<article[^>]*>(.*?)</article>", text, re.DOTALL)
    assert found is not None
    return found[1]


# -- built by MkDocs, and by Zensical which succeeds Material --------------------------------------


@pytest.fixture(scope="session", params=["mkdocs", "zensical"])
def site(
    request: pytest.FixtureRequest,
    build: Build,
    snapshots: dict[str, Document],
    hostile: Hostile,
) -> Path:
    if find_spec(request.param) is None:
        pytest.skip(f"needs {request.param}: pip install {request.param}")
    pages = {name: render_markdown(document) for name, document in snapshots.items()}
    pages |= {f"hostile-{n}": render_markdown(hostile(n)) for n in range(10)}
    return build(pages | {"index": "# Traces\n"}, engine=request.param)


def test_the_pages_build_in_strict_mode_and_read_back_as_they_are(
    site: Path, snapshots: dict[str, Document], read_page: ReadPage
) -> None:
    for name, document in snapshots.items():
        _compare(read_page(_article(site, name)), document)


def test_hostile_pages_read_back_as_they_are_and_leak_no_file(
    site: Path, hostile: Hostile, read_page: ReadPage
) -> None:
    for number in range(10):
        article = _article(site, f"hostile-{number}")
        assert SECRET not in article
        _compare(read_page(article), hostile(number))


def test_a_page_has_tabs_collapsed_blocks_and_its_diagram(site: Path) -> None:
    article = _article(site, "test_the_seed_as_json")
    assert article.count('class="tabbed-set tabbed-alternate"') == 22
    assert article.count('<pre class="mermaid">') == 1
    assert article.count('<details class="example">') == 1
    assert article.count('<details class="quote">') == 1


def test_lines_that_matter_are_highlighted_and_linked_to_where_they_come_from(site: Path) -> None:
    article = _article(site, "refined")
    marked = re.findall(r'class="hll">(.*?)\n', article)
    assert any("X-Subject-Token" in line for line in marked)
    assert any("X-Auth-Token" in line for line in marked)
    targets = set(re.findall(r'href="#(step-\d+)"', article))
    assert targets
    assert targets <= set(re.findall(r'id="(step-\d+)"', article))


def test_a_folder_builds_into_the_same_page_and_leaks_no_file(
    build: Build, snapshots: dict[str, Document], hostile: Hostile, read_page: ReadPage
) -> None:
    documents = {**snapshots, **{f"hostile-{n}": hostile(n) for n in range(8)}}
    pages = {"index": "# Traces\n"}
    for name, document in documents.items():
        for file, text in mkdocs_pages(document, f"traces/{name}").items():
            pages[f"traces/{name}/{file.removesuffix('.md')}"] = text
    site = build(pages)
    for name, document in documents.items():
        _compare(read_page(_article(site, f"traces/{name}/index")), document)
    assert not [page for page in site.rglob("*.html") if SECRET in page.read_text("utf-8")]


def test_a_folder_includes_its_own_files_and_nothing_else(hostile: Hostile) -> None:
    for number in range(HOSTILE_PAGES):
        index, *others = mkdocs_pages(hostile(number), "a b/c").items()
        assert index[0] == "index.md"
        included = re.findall(r'^ *--8<-- "a b/c/(.*)"$', index[1], re.MULTILINE)
        assert included == [name for name, _ in others]
        assert index[1].count("-8<-") == len(included)
        assert not [name for name, text in others if "-8<-" in text]


@pytest.mark.parametrize("diagram", DiagramKind)
def test_nothing_of_a_folder_opens_a_critic_mark(hostile: Hostile, diagram: DiagramKind) -> None:
    opened = re.compile(r"\{(?:\+\+|--|~~|==|>>)")
    for number in range(8):
        pages = mkdocs_pages(hostile(number), "a b/c", diagram)
        assert [name for name, text in pages.items() if opened.search(text)] == []


def test_what_a_folder_includes_is_safe_where_it_is_a_page_of_its_own(
    hostile: Hostile, convert: Convert, read_page: ReadPage
) -> None:
    for number in range(20):
        for name, text in mkdocs_pages(hostile(number)).items():
            if name.startswith(("diagram", "log")):
                read = read_page(convert(text))
                assert set(read.skeleton) <= {"div", "pre", "code", "span", "table", *CODE_TABLE}
                assert not read.links


def test_the_snippets_extension_would_include_a_file_here(build: Build) -> None:
    site = build({"index": '# x\n\n``` text\n--8<-- "secret.txt"\n```\n'})
    assert SECRET in _article(site, "index")


# -- built by Python-Markdown with the same extensions ---------------------------------------------


@pytest.fixture(scope="session")
def convert(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    folder = tmp_path_factory.mktemp("convert")
    docs = folder / "docs"
    docs.mkdir()
    (docs / "secret.txt").write_text(SECRET)
    (folder / "mkdocs.yml").write_text(CONFIG.read_text())
    config: Any = import_module("mkdocs.config").load_config(str(folder / "mkdocs.yml"))
    options = config["mdx_configs"]
    options["pymdownx.snippets"] = {"base_path": [str(docs)]}
    engine: Any = import_module("markdown").Markdown(
        extensions=config["markdown_extensions"], extension_configs=options
    )

    def converted(text: str) -> str:
        return str(engine.reset().convert(text))

    return converted


def _check(numbers: range, hostile: Hostile, convert: Convert, read_page: ReadPage) -> None:
    for number in numbers:
        wild, tame = hostile(number), hostile(number, tame=True)
        html = convert(render_markdown(wild))
        assert SECRET not in html
        read, plain = read_page(html), read_page(convert(render_markdown(tame)))
        _compare(read, wild)
        assert _without_optional(read.skeleton) == _without_optional(plain.skeleton)
        assert {link for link in read.links if not link.startswith("#")} == {"https://x.example/"}


def _without_optional(skeleton: list[str]) -> list[str]:
    """Leave out what depends on a text's length or emptiness, and is never a danger."""
    # Long names make several diagrams of one, each under its heading.
    begin = [place for place, tag in enumerate(skeleton) if tag == "h2"][1]
    end = skeleton.index("table", begin)
    rest = skeleton[:begin] + skeleton[end:]
    assert set(skeleton[begin:end]) <= {"h2", "h3", "a", "pre", "code"}
    return [tag for tag in rest if tag not in {"code", "span", "strong"}]


def test_no_text_becomes_active_or_changes_the_pages_structure(
    hostile: Hostile, convert: Convert, read_page: ReadPage
) -> None:
    _check(range(100, 100 + HOSTILE_PAGES), hostile, convert, read_page)


@pytest.mark.long
def test_no_text_of_many_more_becomes_active(
    hostile: Hostile, convert: Convert, read_page: ReadPage
) -> None:
    _check(range(10_000, 10_000 + LONG_PAGES), hostile, convert, read_page)


# -- as GitHub reads it ---------------------------------------------------------------------------


def test_github_finds_no_html_and_no_link_that_is_not_ours(hostile: Hostile) -> None:
    commonmark = pytest.importorskip("markdown_it", reason="needs markdown-it-py")
    parser = commonmark.MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for number in range(HOSTILE_PAGES):
        document = hostile(number)
        tokens = parser.parse(render_markdown(document))
        assert not [t for t in tokens if t.type == "html_block"]
        inner = [child for token in tokens for child in token.children or ()]
        assert {t.content for t in inner if t.type == "html_inline"} <= OUR_TAGS
        assert {t.type for t in inner} <= {
            *("text", "code_inline", "html_inline", "softbreak", "hardbreak", "text_special"),
            *("strong_open", "strong_close", "link_open", "link_close"),
        }
        links = [t.attrs["href"] for t in inner if t.type == "link_open"]
        assert links in (OUR_LINKS, OUR_LINKS[1:])
        headings = [
            _lines(
                "".join(
                    c.content for c in tokens[index + 1].children or () if c.type != "html_inline"
                )
            )
            for index, token in enumerate(tokens)
            if token.type == "heading_open" and token.tag == "h3"
        ]
        steps = [heading for heading in headings if heading.startswith("(")]
        assert steps == [_heading(step) for step in document.steps]


def test_githubs_own_page_has_no_html_that_is_not_ours(hostile: Hostile) -> None:
    commonmark = pytest.importorskip("markdown_it", reason="needs markdown-it-py")
    parser = commonmark.MarkdownIt("commonmark").enable(["table", "strikethrough"])
    block = re.compile(r"<details>\n<summary>[^<>\n]*</summary>\n?|</details>\n?")
    for number in range(HOSTILE_PAGES):
        document = hostile(number)
        tokens = parser.parse(render_markdown(document, "github"))
        assert all(block.fullmatch(t.content) for t in tokens if t.type == "html_block")
        fences = [_lines(t.content) for t in tokens if t.type == "fence"]
        wanted = [_lines(fence_text(text)) for s in document.steps for text in _step_blocks(s)]
        start = fences.index(wanted[0])
        assert fences[start : start + len(wanted)] == wanted
        assert all(re.fullmatch(r"\w+", t.info.strip()) for t in tokens if t.type == "fence")
        inner = [child for token in tokens for child in token.children or ()]
        assert {t.content for t in inner if t.type == "html_inline"} <= OUR_TAGS
        links = [t.attrs["href"] for t in inner if t.type == "link_open"]
        assert links == OUR_LINKS


def test_github_finds_no_bare_address_to_make_a_link_of(hostile: Hostile) -> None:
    for number in range(HOSTILE_PAGES):
        text = render_markdown(hostile(number))
        running = re.sub(r"^( *)(`{3,}) .*?\n\1\2$", "", text, flags=re.DOTALL | re.MULTILINE)
        running = re.sub(r"`[^`\n]*`|\]\(<[^>\n]*>\)", "", running)
        assert not re.search(r"https?://|\bwww\.", running, re.IGNORECASE)
