from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from otelhook.render.markdown import render_markdown
from otelhook.render.markdown_steps import TITLE_LIMIT
from otelhook.render.mermaid import mermaid_parts
from otelhook.sequence.document import Document, Header, Note


def test_the_seeds_page(seed: Document, page: SnapshotAssertion) -> None:
    assert render_markdown(seed) == page


def test_the_page_of_what_went_wrong(troubled: Document, page: SnapshotAssertion) -> None:
    assert render_markdown(troubled) == page


def test_a_document_without_steps_is_still_a_page(seed: Document) -> None:
    text = render_markdown(replace(seed, steps=(), groups=(), notes=(), redactions=()))
    assert text.startswith("# openstack image create\n\n0 steps · 4 participants")
    assert "## Request / Response" not in text


def test_every_step_has_its_heading_arrow_and_tabs(seed: Document) -> None:
    text = render_markdown(seed)
    headings = re.findall(r"^### \((\d+)\) (.*)$", text, re.MULTILINE)
    assert [int(number) for number, _ in headings] == list(range(1, 23))
    assert headings[0][1] == "GET /identity/"
    assert headings[18][1] == r"204 No Content /v1/\{account\}/glance"
    assert text.count('=== "Header"\n') == text.count('=== "Body"\n') == 22
    assert "`openstack` --> `keystone`" in text
    assert "`openstack` <-- `keystone`" in text


def test_the_fences_title_has_the_path_as_captured_with_its_query(seed: Document) -> None:
    title = "HEAD /v1/AUTH_7c4cda7e4807414bbdfcb22b535a9802/glance?format=json&states=listing"
    assert f'``` http title="{title}" linenums="1"' in render_markdown(seed)


def test_a_target_that_is_too_long_for_a_title_stands_whole_among_the_facts(
    seed: Document,
) -> None:
    step = replace(seed.steps[0], query="marker=" + "x" * 300)
    text = render_markdown(replace(seed, steps=(step,), groups=(), redactions=()))
    assert f"`GET /identity/?marker={'x' * 300}`</small>" in text
    assert max(map(len, re.findall(r'title="([^"]*)"', text))) <= TITLE_LIMIT


def test_the_log_at_the_end_has_every_message_in_the_form_of_the_ancestor(seed: Document) -> None:
    _, _, log = render_markdown(seed).partition("## Full log")
    lines = [line.strip() for line in log.splitlines() if line.strip().startswith("### ")]
    assert len(lines) == 22
    assert lines[0] == "### (openstack) REQ >>> (keystone) : GET /identity/"
    assert lines[1] == "### (openstack) RESP <<< (keystone) : 300 MULTIPLE CHOICES GET /identity/"


def test_what_was_redacted_is_listed_by_place(seed: Document) -> None:
    _, _, after = render_markdown(seed).partition("## Redacted")
    assert "| `response.header.x-subject-token` | (4) (9) (15) |" in after


def test_a_link_is_made_of_web_addresses_only(seed: Document) -> None:
    def noted(link: str) -> str:
        note = Note(1, 1, "see there", "Reference", link)
        return render_markdown(replace(seed, notes=(note,)))

    assert "](<https://docs.example/a_b?c=1#d>)" in noted("https://docs.example/a_b?c=1#d")
    assert "](<https://x/%3E%29%20%5B>)" in noted("https://x/>) [")
    assert "](" not in noted("javascript:alert(1)")
    assert "](" not in noted("")


def test_a_diagram_in_parts_has_a_fence_for_each(seed: Document) -> None:
    steps = tuple(
        replace(step, number=step.number + turn * 22, headers=(), body=None)
        for turn in range(40)
        for step in seed.steps
    )
    document = replace(seed, steps=steps, groups=())
    parts = mermaid_parts(document)
    text = render_markdown(document)
    assert text.count("\n``` mermaid\n") == len(parts) > 1
    assert f"\nPart {len(parts)} of {len(parts)}\n" in text


def test_a_header_cannot_add_lines_to_its_block(seed: Document) -> None:
    step = replace(seed.steps[0], headers=(Header("x-a", "1\n```\n\n# Heading\n--8<-- 'f'"),))
    text = render_markdown(replace(seed, steps=(step,), groups=(), redactions=()))
    assert "X-A: 1 ``` # Heading --8\u200b<-- 'f'" in text


@given(data=st.data())
def test_no_line_of_any_page_begins_something_that_is_not_ours(
    documents: st.SearchStrategy[Document], data: st.DataObject
) -> None:
    document = data.draw(documents)
    text = render_markdown(document)
    text.encode()
    assert "-8<-" not in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", text)
    fenced = re.sub(r"^( *)(`{3,}) .*?\n\1\2$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert len(re.findall(r"^### \(\d+\) ", fenced, re.MULTILINE)) == len(document.steps)
    assert len(re.findall(r"^# ", fenced, re.MULTILINE)) == 1
    assert "```" not in fenced
