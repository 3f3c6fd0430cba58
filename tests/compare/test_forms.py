"""The forms of a comparison: whole, inert whatever was captured, without secrets."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from otelhook.compare import Comparison, FindingKind, compare
from otelhook.compare.flow.checking import Misstep
from otelhook.compare.forms.checked import CHECK_FORMS, CheckedRun
from otelhook.compare.forms.ci import SUMMARY_LIMIT, Result, junit, sarif, within_limit
from otelhook.compare.forms.html import render_html
from otelhook.compare.forms.markdown import render_markdown
from otelhook.compare.forms.mermaid import render_mermaid
from otelhook.compare.forms.registry import FORMS
from otelhook.compare.forms.text import render_text
from otelhook.scan.scanner import leftovers_in_file
from tests.compare import editing as e
from tests.compare.changes import CHANGES
from tests.compare.runs import Runs, poll
from tests.passes.conftest import Conversation

HOSTILE = (
    "</script><script>alert(1)</script>|`*_[x](http://evil)\x1b[31m\n```\n%%{init}%% end; \ufdd0"
)


@pytest.fixture(scope="module")
def all_comparisons(tmp_path_factory) -> list[Comparison]:
    runs = Runs(tmp_path_factory.mktemp("runs"))
    return [compare(*change.make(runs)) for change in CHANGES]


@pytest.fixture(scope="module")
def hostile() -> Comparison:
    before, after = Conversation(), Conversation()
    for talk, value in ((before, HOSTILE), (after, HOSTILE + "!")):
        talk.ask(
            "a\n| b", HOSTILE, f"GET /{HOSTILE}", headers={"x": value}, returned={value: value}
        )
    after.ask("a\n| b", HOSTILE, "POST /new")
    return compare(before.document(), after.document())


@pytest.mark.parametrize("form", FORMS)
def test_no_form_holds_a_secret(form: str, all_comparisons: list[Comparison]) -> None:
    for comparison in all_comparisons:
        made = FORMS[form](comparison).encode()
        assert [left for left in leftovers_in_file(io.BytesIO(made)) if left.is_sure] == []


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_the_same_each_time(form: str, all_comparisons: list[Comparison]) -> None:
    for comparison in all_comparisons[::7]:
        assert FORMS[form](comparison) == FORMS[form](comparison)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_captured_text_is_no_markup_in_the_page(hostile: Comparison) -> None:
    page = render_html(hostile)
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.seen.count("script") == 1
    assert "alert(1)" in page
    assert "\x1b" not in page


def test_captured_text_moves_no_cursor_and_makes_no_line_of_a_terminal(hostile: Comparison) -> None:
    text = render_text(hostile, color=True)
    assert "\x1b[31m|" not in text
    assert "alert(1)" in text
    marked = [line for line in render_text(hostile).splitlines() if line[:2] in ("+ ", "- ", "~ ")]
    assert len(marked) == len(hostile.findings)


def test_captured_text_ends_no_table_and_no_fence_in_markdown(hostile: Comparison) -> None:
    text = render_markdown(hostile)
    rows = [line for line in text.splitlines() if line.startswith("| ") and "Steps" not in line]
    assert len(rows) == len(hostile.findings)
    assert all(row.count("|") == 5 for row in rows)
    assert [line for line in text.splitlines() if line.startswith("```")] == ["```mermaid", "```"]


def test_junit_and_sarif_take_any_text(hostile: Comparison) -> None:
    suite = ET.fromstring(FORMS["junit"](hostile))
    assert len(suite.findall(".//failure")) == len(hostile.findings)
    log = json.loads(FORMS["sarif"](hostile))
    assert len(log["runs"][0]["results"]) == len(hostile.findings)


def test_what_is_right_is_a_case_of_junit_and_no_result_of_sarif() -> None:
    results = [Result("steps", "a", ""), Result("status", "b", "500 where 200 was")]
    suite = ET.fromstring(junit(results, "flow"))
    (found,) = suite.findall("testsuite")
    assert (found.get("tests"), found.get("failures")) == ("2", "1")
    log = json.loads(sarif(results))
    assert [r["ruleId"] for r in log["runs"][0]["results"]] == ["status"]


@pytest.mark.parametrize("long", ["x" * 3_000_000, "é\n" * 900_000, "🙂 " * 600_000])
def test_a_summary_keeps_under_a_mebibyte(long: str) -> None:
    assert within_limit(long, "short") == "short"
    assert len(within_limit(long, long).encode()) <= SUMMARY_LIMIT


def test_a_long_run_is_drawn_around_its_differences_only() -> None:
    talks = [Conversation(), Conversation()]
    for talk in talks:
        for number in range(400):
            talk.ask("a", "b", f"GET /step-{chr(97 + number % 26)}{number}")
    talks[1].ask("a", "b", "GET /new")
    drawn = render_mermaid(compare(talks[0].document(), talks[1].document()))
    assert drawn.count("->>") < 20
    assert "798 steps alike" in drawn


def test_mermaid_frames_what_is_new_in_green_and_what_is_gone_in_red(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    before, after = runs.demo(), runs.demo_again()
    drawn = render_mermaid(compare(e.removed(before, 1), e.removed(after, 16)))
    assert drawn.index("rect rgba(46") < drawn.index("- 16: ") or "rect rgba(248" in drawn
    assert drawn.count("rect ") == drawn.count("    end") == 2


def test_an_ansi_colour_is_for_a_terminal_only(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    found = compare(runs.demo(), e.removed(runs.demo_again(), 1))
    assert "\x1b[31m" in render_text(found, color=True)
    assert "\x1b" not in render_text(found)


def test_a_finding_names_steps_of_both_runs(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    after = e.answered(e.removed(runs.demo_again(), 1), 10, 202, "Accepted")
    text = render_text(compare(runs.demo(), after))
    assert "[step 12, now 10]" in text
    assert "status: 201 Created → 202 Accepted" in text


def test_json_names_kinds_that_fail_on_takes(all_comparisons: list[Comparison]) -> None:
    kinds = {
        finding["kind"]
        for comparison in all_comparisons
        for finding in json.loads(FORMS["json"](comparison))["findings"]
    }
    assert kinds <= {kind.value for kind in FindingKind}
    assert len(kinds) >= 5


def test_runs_with_nothing_in_common_have_one_finding(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    found = compare(runs.demo(), runs.shop())
    assert found.nothing_in_common
    assert len(found.findings) == 1
    assert "nothing in common" in render_text(found)


def test_a_run_that_was_cut_off_says_so_and_claims_no_status(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    after = runs.demo_again()
    cut = e.numbered(after, [s for s in after.steps if s.number not in {12, 22}])
    found = compare(runs.demo(), cut)
    assert [f for f in found.findings if f.kind is FindingKind.STATUS] == []
    assert any("cut off" in remark for remark in found.remarks)


def test_bodies_that_one_run_did_not_record_are_not_compared(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    after = runs.demo_again()
    bare = replace(after, steps=tuple(replace(step, body=None) for step in after.steps))
    found = compare(runs.demo(), bare)
    assert found.findings == ()
    assert any("without bodies" in remark for remark in found.remarks)


def test_a_summary_marks_what_does_not_fit_in_its_diagram(tmp_path: Path) -> None:
    document = Runs(tmp_path).demo()
    said = (Misstep("status", 12, "x", "expected 200"), Misstep("must", 12, "x", "no location"))
    text = CHECK_FORMS["summary"]([CheckedRun("a run", document, said)])
    lines = [line.strip() for line in text.splitlines()]
    note = next(i for i, line in enumerate(lines) if "Note over" in line)
    assert lines[note] == "Note over image: expected 200#59;<br/>no location"
    assert lines[note - 1].startswith("image-->>demo-client: 12: 201 Created")
    assert lines[note - 2].startswith("rect rgba(248")
    assert lines[note + 1] == "end"
    assert sum("->>" in line for line in lines) == len(document.steps)


def test_a_long_run_is_drawn_around_what_does_not_fit() -> None:
    document = poll(200)
    said = (Misstep("status", 301, "x", "expected 200"),)
    text = CHECK_FORMS["summary"]([CheckedRun("a run", document, said)])
    assert [line for line in text.splitlines() if "->>" in line][2].count(" 301: ") == 1
    assert "298 steps alike" in text
