"""What a reader does with a long page: filters it, folds calls, sees times, prints it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from otelhook.cli.main import main
from otelhook.model import SpanId
from otelhook.render.json import from_json
from otelhook.sequence.document import (
    Body,
    Branch,
    Document,
    Group,
    GroupKind,
    Note,
    Redaction,
    SeenBy,
    Step,
    StepKind,
)
from otelhook.sequence.inner_span import InnerSpan, SpanEvent

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(180)]

Open = Callable[..., Any]
MakeStep = Callable[..., Step]
TESTS = Path(__file__).parent.parent
ROWS = "[...document.querySelectorAll('#rows .row.step')].map((row) => Number(row.id.slice(4)))"
MS = 1_000_000


def _loaded(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def order() -> Document:
    document: Document = _loaded(TESTS / "render" / "orders.py").ordered()
    return document


def choose(page: Any, field: str, value: str) -> None:
    page.js(
        f"(() => {{ const node = document.querySelector('#filters select[name={field}]');"
        f" node.value = [...node.options].find((o) => o.textContent === '{value}').value;"
        " node.dispatchEvent(new Event('change')); })()"
    )


# -- filter ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("participant", "postgresql shop"),
        ("protocol", "database"),
        ("outcome", "failed"),
        ("outcome", "answered well"),
    ],
)
def test_a_filter_leaves_whole_exchanges_and_says_how_many(
    opened: Open, order: Document, field: str, value: str
) -> None:
    page = opened(order)
    page.press("x")
    choose(page, field, value)
    left = page.js(ROWS)
    assert 0 < len(left) < len(order.steps)
    assert page.js("document.querySelector('#left').textContent") == f"{len(left)} of 19 steps"
    exchanges = {step.exchange for step in order.steps if step.number in left}
    whole = [step.number for step in order.steps if step.exchange in exchanges]
    assert sorted(left) == whole


def test_filters_narrow_each_other_and_are_cleared(opened: Open, order: Document) -> None:
    page = opened(order)
    page.press("x")
    choose(page, "protocol", "database")
    several = page.js(ROWS)
    choose(page, "outcome", "failed")
    assert set(page.js(ROWS)) < set(several)
    page.click("#clear-filter")
    assert len(page.js(ROWS)) == 19
    assert page.js("document.querySelector('#left').textContent") == ""


def test_a_filter_can_be_what_the_search_found(opened: Open, order: Document) -> None:
    page = opened(order)
    page.press("x")
    page.js("document.querySelector('#only-found').click()")
    page.click("#query")
    page.type("insert")
    page.wait(f"({ROWS}).length < 19")
    found = page.js("[...document.querySelectorAll('#rows .found')].length")
    assert 0 < found <= len(page.js(ROWS))


def test_an_address_of_a_hidden_step_lifts_the_filter(opened: Open, order: Document) -> None:
    page = opened(order)
    page.press("x")
    choose(page, "protocol", "database")
    assert 2 not in page.js(ROWS)
    page.js("location.hash = '#step-2'")
    page.wait(f"({ROWS}).includes(2)")
    assert "lifted" in page.js("document.querySelector('#toast').textContent")


def test_groups_without_a_step_left_are_hidden(opened: Open, image_create: Document) -> None:
    page = opened(image_create)
    page.press("x")
    choose(page, "participant", "swift-proxy-server")
    heads = "document.querySelectorAll('#rows .row.open').length"
    assert page.js(heads) < len(image_create.groups)


# -- calls folded ----------------------------------------------------------------------------------


def test_a_call_folds_away_what_was_called_for_it(opened: Open, image_create: Document) -> None:
    page = opened(image_create, "#step-13")
    page.press("z")
    shown = page.js(ROWS)
    assert 13 in shown
    assert 22 in shown
    assert not set(range(14, 22)) & set(shown)
    assert page.js("document.querySelector('.fold-badge').textContent") == "▸ 8 steps inside"
    page.js("location.hash = '#step-17'")
    page.wait(f"({ROWS}).includes(17)")
    assert page.js("document.querySelectorAll('.fold-badge').length") == 0


def test_arrows_fold_and_unfold_the_call_and_a_click_does(
    opened: Open, image_create: Document
) -> None:
    page = opened(image_create, "#step-16")
    page.press("z")
    assert 17 not in page.js(ROWS)
    page.press("ArrowRight")
    assert 17 in page.js(ROWS)
    page.press("z")
    page.click(".fold-badge")
    page.wait(f"({ROWS}).includes(17)")


# -- times -----------------------------------------------------------------------------------------


def waiting(make: MakeStep) -> Document:
    """Two calls at a time, then one: the longer of the two and the last are waited for."""
    times = {1: 0, 2: 10, 3: 11, 4: 30, 5: 90, 6: 95, 7: 120, 8: 130}
    ends = {1: ("a", "b"), 2: ("b", "c"), 3: ("b", "d"), 6: ("b", "c")}
    answers = {4: 2, 5: 3, 7: 6, 8: 1}
    steps = []
    for number, at in times.items():
        request = answers.get(number, number)
        source, target = ends[request] if request == number else ends[request][::-1]
        changes: dict[str, Any] = {"source": source, "target": target, "exchange": request}
        changes |= {"kind": StepKind.REQUEST, "status_code": None, "method": "GET"}
        changes |= {"time": 1_700_000_000_000 * MS + at * MS}
        if request != number:
            changes |= {"kind": StepKind.RESPONSE, "status_code": 200, "method": ""}
        steps.append(replace(make(number), **changes))
    start = steps[0].time
    return Document(
        trace_ids=(),
        title="x",
        start_time=start,
        duration=130 * MS,
        span_count=4,
        participants=(),
        steps=tuple(steps),
    )


def test_the_path_that_the_answer_waited_for_is_marked(opened: Open, plain_step: MakeStep) -> None:
    page = opened(waiting(plain_step))
    marked = page.js(
        "[...document.querySelectorAll('.time.critical')].map((b) => b.closest('.row').id)"
    )
    assert marked == ["row-1", "row-3", "row-6"]
    bars = page.js("[...document.querySelectorAll('.time')].map((b) => parseFloat(b.style.left))")
    assert bars == sorted(bars)
    facts = "document.querySelector('.step-facts').innerText"
    assert "critical path" in page.js(facts)
    page.js("location.hash = '#step-2'")
    page.wait("document.querySelector('#detail h2').textContent.startsWith('2')")
    assert "critical path" not in page.js(facts)


def test_where_every_call_is_waited_for_nothing_is_marked(
    opened: Open, image_create: Document
) -> None:
    page = opened(image_create)
    assert page.js("document.querySelectorAll('.time').length") == 11
    assert page.js("document.querySelectorAll('.time.critical').length") == 0


# -- two steps, and their addresses ----------------------------------------------------------------


def test_the_response_stands_beside_its_request(opened: Open, image_create: Document) -> None:
    page = opened(image_create, "#step-3")
    headings = "[...document.querySelectorAll('.pair h2 .pill')].map((pill) => pill.textContent)"
    page.press("b")
    assert page.js(headings) == ["3", "4"]
    page.press("j")
    page.wait("location.hash === '#step-4'")
    assert page.js(headings) == ["3", "4"]
    page.press("b")
    assert page.js(headings) == []


def test_a_pinned_step_stays_beside_the_next(opened: Open, image_create: Document) -> None:
    page = opened(image_create, "#step-9")
    page.press("p")
    page.js("location.hash = '#step-4'")
    page.wait("document.querySelectorAll('.pair > section').length === 2")
    text = page.js("document.querySelector('.pair').innerText")
    assert text.index("POST" if "POST" in text else "201") >= 0
    pills = "[...document.querySelectorAll('.pair h2 .pill')].map((pill) => pill.textContent)"
    assert page.js(pills) == ["4", "9"]
    page.js("location.hash = '#step-9'")
    page.wait("!document.querySelector('.pair')")
    page.press("p")
    page.js("location.hash = '#step-4'")
    page.wait("document.querySelector('#detail h2').textContent.startsWith('4')")
    assert page.js(pills) == []


def test_an_address_by_span_leads_to_the_same_step_when_numbers_have_moved(
    opened: Open, order: Document, plain_step: MakeStep
) -> None:
    page = opened(order, "#step-5")
    page.js("navigator.clipboard.writeText = async (text) => { window.copied = text }")
    copy = "[...document.querySelectorAll('button')].find((b) => b.textContent === 'Copy link')"
    page.js(f"{copy}.click()")
    page.wait("window.copied")
    address = re.sub(".*#", "#", page.js("window.copied"))
    assert address.startswith("#span-")
    first = replace(plain_step(1), source="browser", target="front", exchange=99)
    moved = tuple(replace(step, number=step.number + 1) for step in order.steps)
    page = opened(replace(order, steps=(first, *moved), groups=(), notes=()), address)
    assert page.js("document.querySelector('#detail h2 .pill').textContent") == "6"


# -- the map ---------------------------------------------------------------------------------------


def test_a_long_page_has_a_map_that_leads_into_it(opened: Open, many_steps: Document) -> None:
    page = opened(many_steps)
    assert page.js("document.querySelector('#map').hidden") is False
    place = page.js(
        "(() => { const r = document.querySelector('#map').getBoundingClientRect();"
        " return [r.x + r.width / 2, r.y + r.height * 0.75]; })()"
    )
    mouse = {"x": place[0], "y": place[1], "button": "left", "clickCount": 1}
    page.call("Input.dispatchMouseEvent", type="mousePressed", **mouse)
    page.call("Input.dispatchMouseEvent", type="mouseReleased", **mouse)
    pane = "document.querySelector('#diagram')"
    page.wait(f"{pane}.scrollTop > {pane}.scrollHeight * 0.6")
    page.wait("parseFloat(document.querySelector('#map-window').style.top) > 100")


REDDISH = """(() => {
  const canvas = document.querySelector('#map-marks');
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  const tenths = Array(10).fill(0);
  for (let at = 0; at < data.length; at += 4) {
    const [red, green, , alpha] = data.slice(at, at + 4);
    if (red > green + 60) tenths[Math.floor(((at / 4 / width) | 0) / height * 10)] += alpha / 255;
  }
  return tenths;
})()"""
"""How much of the colour of failures is in each tenth of the map's height."""


def test_the_map_shows_where_most_of_the_failures_are(opened: Open, many_steps: Document) -> None:
    """Some fail everywhere: so many that each pixel of the map's height has one."""

    def failing(step: Step) -> Step:
        if step.kind is StepKind.REQUEST:
            return step
        often = 2 if 2000 <= step.number < 2500 else 5
        bad = step.number // 2 % often == 0
        return replace(
            step, kind=StepKind.RESPONSE, status_code=500 if bad else 200, error="", marks=()
        )

    steps = tuple(failing(step) for step in many_steps.steps)
    page = opened(replace(many_steps, steps=steps, groups=(), notes=()))
    tenths = page.js(REDDISH)
    rest = [*tenths[:4], *tenths[5:]]
    assert min(rest) > 0
    assert tenths[4] > 2 * max(rest)


def test_the_map_counts_what_is_folded_away_and_leaves_bare_where_nothing_failed(
    opened: Open, many_steps: Document
) -> None:
    def failing(step: Step) -> Step:
        if step.kind is StepKind.REQUEST:
            return step
        bad = 1000 <= step.number < 1500
        return replace(
            step, kind=StepKind.RESPONSE, status_code=500 if bad else 200, error="", marks=()
        )

    steps = tuple(failing(step) for step in many_steps.steps)
    loop = Group(GroupKind.LOOP, "again", 900, 1600)
    page = opened(replace(many_steps, steps=steps, groups=(loop,), notes=()))
    assert page.js("document.querySelectorAll('#map-marks').length") == 1
    tenths = page.js(REDDISH)
    assert sum(amount > 0 for amount in tenths) == 1


def test_a_short_page_has_no_map(opened: Open, image_create: Document) -> None:
    page = opened(image_create)
    assert page.js("document.querySelector('#map').hidden") is True


# -- paper -----------------------------------------------------------------------------------------


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_twenty_two_steps_print_on_ten_pages(opened: Open, image_create: Document) -> None:
    page = opened(image_create)
    assert 3 <= pages_of(page.pdf()) <= 10


NOTED_RANGE = Note(6, 9, "It signs in only where\nit has to.", markdown=True)


def test_a_note_on_several_steps_stands_once_on_paper_and_says_which_they_are(
    opened: Open, image_create: Document
) -> None:
    page = opened(replace(image_create, notes=(NOTED_RANGE,)))
    page.js("dispatchEvent(new Event('beforeprint'))")
    noted = "[...document.querySelectorAll('#paper article .note:not(.mark)')]"
    assert page.js(f"{noted}.map((n) => n.closest('article').id)") == ["paper-6"]
    assert page.js(f"{noted}[0].textContent").startswith("(6-9)")
    page.js("location.hash = '#step-8'")
    page.wait("document.querySelector('#detail .note')?.textContent.startsWith('(6-9)')")


def test_the_lines_of_a_note_flow_as_they_do_in_markdown(
    opened: Open, image_create: Document
) -> None:
    page = opened(replace(image_create, notes=(NOTED_RANGE,)))
    page.js("location.hash = '#step-6'")
    page.wait("document.querySelector('#detail .note .words p')")
    style = "getComputedStyle(document.querySelector('#detail .note .words p')).whiteSpaceCollapse"
    assert page.js(style) == "collapse"


def test_a_page_whose_steps_are_all_seen_by_the_same_side_says_so_of_none(
    opened: Open, image_create: Document
) -> None:
    def told(document: Document) -> bool:
        page = opened(document)
        return bool(page.js("document.querySelector('#detail').textContent.includes('seen by')"))

    one, *rest = (replace(step, seen_by=SeenBy.SERVER) for step in image_create.steps)
    assert not told(replace(image_create, steps=(one, *rest)))
    assert told(replace(image_create, steps=(replace(one, seen_by=SeenBy.CLIENT), *rest)))


def test_json_whose_text_has_lines_has_them_once_on_paper(
    opened: Open, image_create: Document
) -> None:
    text = '{"trace": "one\\ntwo", "why": "three"}'
    page = opened(with_body(image_create, Body(text, len(text), content_type="application/json")))
    page.emulate_media("print")
    page.js("dispatchEvent(new Event('beforeprint'))")
    assert page.js("document.querySelector('#paper .tree').innerText").split("\n") == [
        "{",
        '"trace":',
        "one",
        "two",
        '"why": "three"',
        "}",
    ]


def test_a_stack_trace_that_each_span_around_noted_stands_once(
    opened: Open, image_create: Document
) -> None:
    def span(name: str, stack: str) -> InnerSpan:
        thrown = (("exception.type", "E"), ("exception.stacktrace", stack))
        events = (SpanEvent(0, "exception", thrown),)
        return InnerSpan(1, SpanId("0123456789abcdef"), name, "a", 0, 1, events=events)

    spans = (span("a", "E\n at one"), span("b", "E\n at one"), span("c", "E\n at two"))
    page = opened(replace(image_create, inner_spans=spans))
    assert page.js("[...document.querySelectorAll('.inner pre')].map((p) => p.textContent)") == [
        "E\n at one",
        "E\n at two",
    ]
    assert page.js("document.querySelectorAll('.inner .thrown').length") == 3


def with_body(document: Document, body: Body) -> Document:
    first, *rest = document.steps
    return replace(document, steps=(replace(first, body=body), *rest))


def test_a_hex_dump_is_no_wider_than_a_column_of_paper(
    opened: Open, image_create: Document
) -> None:
    body = Body(bytes(range(256)), 256, truncated=False, content_type="application/octet-stream")
    page = opened(with_body(image_create, body))
    page.emulate_media("print")
    page.resize(703, 900)  # A4 between its margins
    page.js("dispatchEvent(new Event('beforeprint'))")
    dump = "document.querySelector('#paper pre.hex')"
    assert page.js(f"{dump}.scrollWidth - {dump}.clientWidth") == 0
    assert page.js(f"{dump}.textContent.includes('0010')")


def test_words_of_a_body_in_rows_are_not_broken(opened: Open, image_create: Document) -> None:
    text = "".join(f"event: progress\ndata: {'word ' * 40}\n\n" for _ in range(3))
    body = Body(text, len(text), truncated=False, content_type="text/event-stream")
    page = opened(with_body(image_create, body))
    row = "document.querySelector('#detail .view-table tbody tr td')"
    assert page.js(f"{row}.textContent") == "progress"
    # A box for each line.
    text_of = f"const r = document.createRange(); r.selectNodeContents({row})"
    assert page.js(f"(() => {{ {text_of}; return r.getClientRects().length; }})()") == 1


def test_the_authors_page_prints_on_ten_pages_with_all_its_notes(
    opened: Open, tmp_path: Path
) -> None:
    log = TESTS.parents[1] / "shared" / "seed" / "openstack-image-create" / "log.md"
    if not log.is_file():
        pytest.skip("the author's page is not beside the repository")
    notes = TESTS / "requestshook" / "image_create_notes.toml"
    document = tmp_path / "document.json"
    asked = ["render", "--from", f"requestshook:{log}", "--notes", str(notes)]
    assert main([*asked, "--format", "json", "-o", str(document)]) == 0
    page = opened(from_json(document.read_text(encoding="utf-8")))
    assert 8 <= pages_of(page.pdf()) <= 10


def test_paper_has_no_pair_of_columns_for_all_steps_and_nothing_that_stands_on_each_page(
    opened: Open, many_steps: Document
) -> None:
    """Chromium lays columns out anew, and draws what is fixed, for each page that it prints."""
    page = opened(replace(many_steps, steps=many_steps.steps[:200], groups=(), notes=()))
    page.emulate_media("print")
    page.js("dispatchEvent(new Event('beforeprint'))")
    columns = page.js(
        "[...document.querySelectorAll('#paper *')]"
        ".filter((node) => getComputedStyle(node).columnCount === '2')"
        ".map((node) => node.querySelectorAll('article').length)"
    )
    assert sum(columns) == 200
    assert max(columns) <= 25
    fixed = (
        "[...document.querySelectorAll('#paper *')]"
        ".filter((node) => getComputedStyle(node).position === 'fixed').length"
    )
    assert page.js(fixed) == 0


POSITIONED = (
    "[...document.querySelectorAll('#paper *')]"
    ".filter((node) => getComputedStyle(node).position !== 'static').length"
)


def test_paper_has_as_many_positioned_boxes_for_four_hundred_steps_as_for_twenty(
    opened: Open, many_steps: Document
) -> None:
    """Chromium asks each of them for each page that it prints."""
    counts: list[int] = []
    for steps in (20, 400):
        page = opened(replace(many_steps, steps=many_steps.steps[:steps], groups=(), notes=()))
        page.emulate_media("print")
        page.js("dispatchEvent(new Event('beforeprint'))")
        assert page.js("document.querySelectorAll('#paper .row.step').length") == steps
        counts.append(page.js(POSITIONED))
    assert counts[0] == counts[1]


def test_links_on_paper_lead_to_the_step_on_paper(opened: Open, image_create: Document) -> None:
    """Where one leads nowhere, Chromium looks through the whole document for it."""
    page = opened(image_create)
    page.js("dispatchEvent(new Event('beforeprint'))")
    found = page.js(
        "[...document.querySelectorAll('#paper .step-link')].map((link) =>"
        " [link.textContent, document.getElementById(link.hash.slice(1))?.tagName])"
    )
    assert len(found) > 30
    assert {tag for _, tag in found} == {"ARTICLE"}
    assert b"/Dests" in page.pdf()


def test_the_diagram_on_paper_stays_within_its_width_and_marks_what_it_cuts(
    opened: Open, image_create: Document
) -> None:
    long = replace(image_create.steps[12], label="/v2/" + "x" * 200)
    steps = (*image_create.steps[:12], long, *image_create.steps[13:])
    page = opened(replace(image_create, steps=steps))
    page.emulate_media("print")
    page.js("dispatchEvent(new Event('beforeprint'))")
    beyond = page.js(
        "[...document.querySelectorAll('#paper svg text')].filter((text) => {"
        " const own = text.getBoundingClientRect();"
        " const row = text.closest('svg').getBoundingClientRect();"
        " return own.left < row.left || own.right > row.right + 1; })"
        ".map((text) => text.textContent)"
    )
    assert beyond == []
    label = page.js("document.querySelectorAll('#paper svg.step .said')[12].textContent")
    assert label.startswith("/v2/xxx")
    assert label.endswith("x…")


def test_of_more_steps_than_a_browser_prints_the_rest_is_named(
    opened: Open, many_steps: Document
) -> None:
    """A hundred thousand would be 17,000 pages."""
    twice = [replace(step, number=step.number + 5000) for step in many_steps.steps[:40]]
    hidden = (Redaction(5001, "request.header.x-request"),)
    page = opened(
        replace(many_steps, steps=(*many_steps.steps, *twice), groups=(), redactions=hidden)
    )
    page.js("dispatchEvent(new Event('beforeprint'))")
    for what in ("#paper article", "#paper .row.step"):
        assert page.js(f"document.querySelectorAll('{what}').length") == 5000
    said = page.js("document.querySelector('#paper > .paper-cut').textContent")
    assert said.startswith("… 40 more steps, from (5001) on, too many to print")
    assert "otelhook render --steps 5001-5040" in said
    astray = (
        "[...document.querySelectorAll('#paper .step-link[href]')]"
        ".filter((link) => !document.getElementById(link.hash.slice(1))).length"
    )
    assert page.js(astray) == 0
    assert page.js("document.querySelectorAll('#paper .step-link:not([href])').length") > 0


def test_paper_marks_what_it_leaves_out_unless_all_is_asked_for(
    opened: Open, image_create: Document
) -> None:
    long = Body('{"list": [' + ", ".join(str(n) for n in range(70)) + "]}", 300)
    steps = (replace(image_create.steps[0], body=long), *image_create.steps[1:])
    page = opened(replace(image_create, steps=steps))
    leaves = "document.querySelector('#paper article').querySelectorAll('.leaf').length"
    page.js("dispatchEvent(new Event('beforeprint'))")
    assert page.js(leaves) == 22
    cuts = page.js("document.querySelector('#paper article .paper-cut').textContent")
    assert cuts == "… 48 more values"
    page.js("dispatchEvent(new Event('afterprint'))")
    page.click("#about summary")
    page.wait("document.querySelector('.print-choice input')")
    page.js("document.querySelector('.print-choice input').click()")
    page.js("dispatchEvent(new Event('beforeprint'))")
    assert page.js(leaves) == 70


# -- people ----------------------------------------------------------------------------------------

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Any) -> list[str]:
    """Return what axe finds, each with the beginning of the first element that it is about."""
    fetch = _loaded(TESTS / "browser" / "fetch_scripts.py")
    axe = fetch.cache_folder() / f"axe-core-{fetch.AXE}.min.js"
    if not axe.is_file():
        pytest.skip("no axe: run python tests/browser/fetch_scripts.py (needs npm)")
    page.js(f"{axe.read_text(encoding='utf-8')};0")
    found: list[str] = page.js(
        f"axe.run(document, {{runOnly: {RULES}}}).then((result) => result.violations.map("
        "(each) => `${each.id}: ${each.nodes[0].html.slice(0, 100)}`))"
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("which", ["image_create", "many_steps", "order"])
def test_axe_finds_nothing_that_keeps_people_out(
    opened: Open, request: pytest.FixtureRequest, which: str, width: int, scheme: str
) -> None:
    page = opened(request.getfixturevalue(which))
    page.resize(width, 900)
    page.emulate(prefers_color_scheme=scheme)
    page.press("x")
    page.js("document.querySelector('#about').open = true")
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_axe_finds_nothing_in_bytes_and_in_a_table_with_a_picture(
    opened: Open, image_create: Document, width: int, scheme: str
) -> None:
    data = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154"
        "789c6360000002000001e221bc330000000049454e44ae426082"
    )
    parts = Body(
        b'--XX\r\nContent-Disposition: form-data; name="f"\r\n\r\n' + data + b"\r\n--XX--\r\n",
        100,
        content_type="multipart/form-data; boundary=XX",
    )
    steps = image_create.steps
    asked = replace(steps[0], body=parts, query="a=1&b=%20")
    document = replace(
        image_create, steps=(asked, replace(steps[1], body=Body(bytes(96), 96)), *steps[2:])
    )
    page = opened(document, "#step-1")
    page.resize(width, 900)
    page.emulate(prefers_color_scheme=scheme)
    page.wait("document.querySelector('#detail td img')?.naturalWidth === 1")
    assert violations(page) == []
    page.js("location.hash = '#step-2'")
    page.wait("document.querySelector('#detail .hex')")
    assert violations(page) == []


# -- alternatives ----------------------------------------------------------------------------------


def test_a_further_branch_of_an_alternative_has_a_row_that_keys_pass_over(
    opened: Open, image_create: Document
) -> None:
    group = Group(GroupKind.ALT, "in 3 of 9 runs", 6, 9, branches=(Branch(8, "in 6 of 9 runs"),))
    page = opened(replace(image_create, groups=(group,)), "#step-7")
    turns = "[...document.querySelectorAll('#rows .row.turn')].map((row) => row.innerText)"
    assert page.js(turns) == ["else\nin 6 of 9 runs"]
    page.press("j")
    page.wait("location.hash === '#step-8'")
    page.press("f")
    assert page.js(turns) == []
