from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from otelhook.errors import ConfigError
from otelhook.render.markdown.flows import LINE_LIMIT
from otelhook.render.markdown.page import render_markdown
from otelhook.render.markdown.steps import TITLE_LIMIT
from otelhook.render.shared.folding import folded
from otelhook.sequence.document import Document, Flow, Header, Hidden, Note


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


def _times(seed: Document, times: int) -> Document:
    steps = tuple(
        replace(
            step,
            number=step.number + turn * 22,
            exchange=step.exchange + turn * 11,
            headers=(),
            body=None,
        )
        for turn in range(times)
        for step in seed.steps
    )
    return replace(seed, steps=steps, groups=())


def test_a_diagram_in_parts_has_an_overview_and_a_fence_for_each(seed: Document) -> None:
    text = render_markdown(_times(seed, 4))
    headings = re.findall(r"^### (?:Overview|Steps .*)\n\n``` mermaid$", text, re.MULTILINE)
    assert len(headings) == text.count("\n``` mermaid\n") == 4
    assert headings[0].startswith("### Overview\n")
    assert headings[1].startswith("### Steps 1 to 34: POST /v2/images of glance")
    assert headings[3].startswith("### Steps 71 to 88: ")


def test_lines_are_highlighted_at_both_ends_of_a_value_and_linked(seed: Document) -> None:
    login = next(step for step in seed.steps if step.number == 4)
    use = next(step for step in seed.steps if step.number == 5)
    flows = (
        Flow(5, "header.x-auth-token", 4, "header.x-subject-token", "token 1"),
        Flow(5, "header.x-auth-token", 4, "body.token.user.id", "token 1"),
        Flow(5, "body.name", 0, "", "image_id"),
    )
    text = render_markdown(replace(seed, flows=flows))
    assert (
        "* `X-Auth-Token` `\u2039token 1\u203a` from [(4)](#step-4)"
        " `X-Subject-Token`, `token.user.id`\n"
        "* `name` `{image_id}` issued before the trace\n"
    ) in text
    assert "* `X-Subject-Token`, `token.user.id` is `\u2039token 1\u203a`\n" in text
    assert '### (4) 201 CREATED /identity/v3/auth/tokens<span id="step-4"></span>\n' in text
    for step, name in ((login, "x-subject-token"), (use, "x-auth-token")):
        line = [header.name for header in step.headers].index(name) + 1
        title = f"{step.status_code} {step.reason}" if step.status_code else step.method
        assert f'``` http title="{title} {step.path}" linenums="1" hl_lines="{line}"' in text
    assert 'json title="POST /v2/images" linenums="1" hl_lines="5"' in text


def test_more_lines_than_anyone_reads_are_counted(seed: Document) -> None:
    flows = tuple(Flow(5, f"body.{number}", 4, "path", "") for number in range(30))
    text = render_markdown(replace(seed, flows=flows))
    assert text.count(" from [(4)](#step-4) path\n") == LINE_LIMIT
    assert f"* and {30 - LINE_LIMIT} more\n" in text


def test_headers_that_tracing_added_are_said_to_be_so_before_the_steps(seed: Document) -> None:
    _, _, after = render_markdown(seed).partition("## Request / Response\n\n")
    assert after.startswith('??? warning "Headers that tracing added"\n\n    `traceparent`: ')
    plain = tuple(replace(step, headers=()) for step in seed.steps)
    assert "tracing added" not in render_markdown(replace(seed, steps=plain))


def test_what_was_left_out_is_shown_with_its_rule_as_it_was_written(seed: Document) -> None:
    hidden = (Hidden('{"from": "a", "urls": ["/x/{uuid}"]}', 3), Hidden("GET /health", 1))
    text = render_markdown(replace(seed, hidden=hidden))
    _, _, after = text.partition('??? warning "Omitted sequences"\n\n')
    assert after.startswith('    ``` json\n    {\n      "from": "a",\n')
    assert "    * 3 exchanges left out by this rule.\n" in after
    assert "    ``` text\n    GET /health\n    ```\n\n    * 1 exchange left out" in after


def test_a_note_on_several_steps_is_set_off_and_one_with_a_link_is_a_reference(
    seed: Document,
) -> None:
    notes = (
        Note(1, 4, "Only without a token.", "Sign in"),
        Note(2, 2, "Said.", "Show it", "https://docs.example/"),
    )
    text = render_markdown(replace(seed, notes=notes))
    assert '!!! note "Sign in"\n\n    `(1-4)` Only without a token.\n' in text
    link = "    [Show it](<https://docs.example/>)\n\nSaid.\n"
    assert f'!!! reference "Reference"\n\n{link}' in text


def test_githubs_page_has_details_and_no_attribute_that_it_would_not_show(seed: Document) -> None:
    text = render_markdown(seed, "github")
    assert text.count("<summary>Header</summary>") == text.count("<summary>Body</summary>") == 22
    assert text.count("<details>") == text.count("</details>") == 22 * 2 + 3
    assert not re.search(r"^(?:\?\?\?|!!!|===) |title=|linenums|hl_lines", text, re.MULTILINE)
    assert "<code>HEAD /v1/AUTH_7c4cda7e4807414bbdfcb22b535a9802/glance?format&#61;" in text


def test_gitlabs_diagrams_are_below_its_limit(seed: Document) -> None:
    text = render_markdown(_times(seed, 30), "gitlab")
    found = re.findall(r"^``` mermaid\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert len(found) > 10
    assert max(map(len, found)) < 5_000


def test_a_target_that_is_unknown_is_said_with_those_there_are(seed: Document) -> None:
    with pytest.raises(ConfigError, match="'sourcehut': choose one of gitea, github, gitlab"):
        render_markdown(seed, "sourcehut")


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
    assert len(re.findall(r"^### \(\d+\) ", fenced, re.MULTILINE)) == len(folded(document).steps)
    assert len(re.findall(r"^# ", fenced, re.MULTILINE)) == 1
    assert "```" not in fenced
