"""The page in a real browser: keys, links, groups, search, copying, and text that attacks it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from otelhook.sequence.document import (
    Address,
    Body,
    Document,
    Group,
    GroupKind,
    Header,
    Note,
    Participant,
    ParticipantKind,
    Step,
)

pytestmark = pytest.mark.chromium

# Classes of devtools.py, which cannot be imported by name: test folders are not packages.
Page = Any
Open = Callable[..., Page]
MakeStep = Callable[..., Step]

HOSTILE = "</script><img src=x onerror='window.hurt=1'>\u202e{{x}}${1}"
HEADING = "document.querySelector('#detail h2').textContent"
WORKED = {"button", "link", "searchbox", "separator"}
CATCH_COPY = "navigator.clipboard.writeText = async (text) => { window.copied = text }"


def _texts(page: Page, selector: str) -> list[str]:
    found = page.js(
        f"[...document.querySelectorAll({json.dumps(selector)})].map((node) => node.textContent)"
    )
    assert isinstance(found, list)
    return found


def _selected(page: Page) -> str:
    """Return the id of the row that a screen reader is told is active."""
    return str(page.js("document.querySelector('#rows').getAttribute('aria-activedescendant')"))


def _press_button(page: Page, text: str) -> None:
    find = "[...document.querySelectorAll('button')].find((b) => b.textContent === "
    page.js(f"{find}{json.dumps(text)}).click()")


def _two(plain_step: MakeStep, **changes: Any) -> Document:
    steps = (plain_step(1, **changes), plain_step(2))
    names = dict.fromkeys(name for step in steps for name in (step.source, step.target))
    return replace(_bare(steps), participants=tuple(_participant(name) for name in names))


def _bare(steps: tuple[Step, ...]) -> Document:
    return Document(
        trace_ids=(steps[0].trace_id,),
        title="two steps",
        start_time=steps[0].time,
        duration=1,
        span_count=len(steps),
        participants=(),
        steps=steps,
    )


def _participant(name: str) -> Participant:
    return Participant(name, ParticipantKind.SERVICE)


# -- what is shown ---------------------------------------------------------------------------------


def test_every_step_is_drawn_in_order_with_its_number(opened: Open, image_create: Document) -> None:
    page = opened(image_create)
    page.resize(1400, 1600)
    page.wait("document.querySelectorAll('.row.step').length === 22")
    assert _texts(page, ".row.step .pill") == [str(n) for n in range(1, 23)]
    labels = _texts(page, ".row.step .label")
    assert labels[11].startswith("201 Created /v2/images")
    assert "body cut" in labels[12]
    assert _texts(page, ".participant .name") == [p.name for p in image_create.participants]


def test_a_step_shows_its_headers_body_and_where_its_values_come_from(
    opened: Open, image_create: Document
) -> None:
    page = opened(image_create, "#step-13")
    assert page.js(HEADING) == "13 PUT /v2/images/{image_id}/file"
    lit = _texts(page, "#detail tr.lit")
    assert lit == ["x-auth-token‹token 1›from (4) x-subject-token token 1"]
    assert "cut at 260 of 21,233,664 bytes" in _texts(page, ".body-facts")[0]
    assert _texts(page, ".hex")[0].startswith("0000  51 46 49 fb 00 01")
    assert "from (12) body id image_id" in _texts(page, ".url-flow")[0]
    page.click("#detail tr.lit a")
    page.wait("location.hash === '#step-4'")
    assert page.js(HEADING).startswith("4 201 Created")
    assert "redacted" in _texts(page, "#detail tr.lit")[0]


def test_both_bodies_are_shown_where_the_sides_differ(opened: Open, image_create: Document) -> None:
    page = opened(image_create, "#step-12")
    heads = [text.partition(" ")[0] for text in _texts(page, "#detail section.body h3")]
    assert len(heads) == 2
    assert "Body as glance-api sent it" in _texts(page, "#detail section.body h3")[1]


def test_numbers_keep_every_digit_in_the_json_tree(opened: Open, image_create: Document) -> None:
    page = opened(image_create, "#step-12")
    assert '"virtual_size": 9007199254740993' in _texts(page, ".tree .leaf")


def test_json_folds_and_can_be_seen_raw(opened: Open, plain_step: MakeStep) -> None:
    body = json.dumps({"list": list(range(1000)), "deep": {"inner": {"leaf": True}}})
    page = opened(_two(plain_step, body=Body(body, len(body))))
    assert len(_texts(page, ".tree .leaf")) < 600
    page.js("[...document.querySelectorAll('.tree summary')][1].click()")
    page.js("document.querySelector('h3 button').click()")
    assert _texts(page, "#detail pre") == [body]
    page.js("document.querySelector('h3 button').click()")
    assert _texts(page, "#detail pre") == []


@pytest.mark.parametrize(
    "body",
    ["[" * 100_000, "[" * 20_000 + "]" * 20_000, '{"cut": "in the mid', "1", "plain"],
    ids=["open", "deep", "cut", "scalar", "text"],
)
def test_what_is_no_readable_json_is_shown_as_it_is(
    opened: Open, plain_step: MakeStep, body: str
) -> None:
    page = opened(_two(plain_step, body=Body(body, len(body))))
    assert _texts(page, "#detail pre") == [body]


def test_about_this_document_lists_what_was_changed_or_hidden(
    opened: Open, image_create: Document
) -> None:
    page = opened(image_create)
    page.click("#about summary")
    page.wait("document.querySelector('#about-body h2')")
    text = _texts(page, "#about-body")[0]
    for words in ("cirros.qcow2", "exit code 0", "controller-2: shifted by -12 ms", "{image_id}"):
        assert words in text
    assert "request.body.auth.identity.password.user.password in (3) (8)" in text
    assert "GET {uuid} to placement: 3 exchanges" in text


def test_a_token_is_read_by_its_name_and_the_page_says_which_it_stands_for(
    opened: Open, plain_step: MakeStep
) -> None:
    mark = "‹token:00000000000000aa›"
    page = opened(_two(plain_step, headers=(Header("x-auth-token", mark),)))
    assert "‹token 1›" in _texts(page, "#detail")[0]
    assert mark not in _texts(page, "#detail")[0]
    page.click("#about summary")
    page.wait("document.querySelector('#about-body h2')")
    assert f"Tokens‹token 1›{mark}" in _texts(page, "#about-body")[0]


# -- keys and links --------------------------------------------------------------------------------


def test_keys_walk_through_the_steps_and_the_address_follows(
    opened: Open, image_create: Document
) -> None:
    page = opened(image_create)
    assert _selected(page) == "row-1"
    page.press("j", "j", "ArrowDown", "k")
    assert (_selected(page), page.js("location.hash")) == ("row-3", "#step-3")
    page.press("End")
    assert page.js("location.hash") == "#step-22"
    page.press("m")
    assert page.js("location.hash") == "#step-13"
    page.press("Home")
    assert page.js("location.hash") == "#step-1"


def test_enter_goes_into_the_panel_and_escape_comes_back(
    opened: Open, image_create: Document
) -> None:
    page = opened(image_create)
    page.press("Enter")
    assert page.js("document.activeElement.id") == "detail"
    page.press("j")
    assert page.js("location.hash") == "#step-2"
    page.press("Escape")
    assert page.js("document.activeElement.id") == "rows"


def test_a_link_to_a_step_opens_it_and_back_returns(opened: Open, image_create: Document) -> None:
    page = opened(image_create, "#step-20")
    assert page.js(HEADING).startswith("20 PUT")
    box = "document.querySelector('#row-20').getBoundingClientRect()"
    assert page.js(f"{box}.top > 0 && {box}.bottom < innerHeight")
    page.click("#row-19")
    page.wait("location.hash === '#step-19'")
    page.js("history.back()")
    page.wait(f"{HEADING}.startsWith('20 ')")
    page.js("location.hash = '#step-3'")
    page.wait(f"{HEADING}.startsWith('3 ')")


@pytest.mark.parametrize("fragment", ["#step-99", "#step-", "#", "#step-1e1", "#<img>"])
def test_a_link_to_nothing_opens_the_first_step(
    opened: Open, image_create: Document, fragment: str
) -> None:
    assert opened(image_create, fragment).js(HEADING).startswith("1 GET")


def test_help_shows_the_keys(opened: Open, image_create: Document) -> None:
    page = opened(image_create)
    page.press("?")
    assert page.js("document.querySelector('#keys').open")
    page.press("Escape")
    page.wait("!document.querySelector('#keys').open")
    page.press("j")
    assert _selected(page) == "row-2"


# -- groups ----------------------------------------------------------------------------------------


def test_groups_fold_and_unfold(opened: Open, image_create: Document) -> None:
    page = opened(image_create, "#step-7")
    page.press("ArrowLeft")
    assert page.js("document.querySelector('#row-7')") is None
    assert _selected(page) == "group-0"
    assert page.js("document.querySelector('#group-0').getAttribute('aria-expanded')") == "false"
    assert "4 steps (6-9)" in _texts(page, "#group-0")[0]
    assert len(_texts(page, ".group-steps li")) == 4
    page.press("j")
    assert _selected(page) == "row-10"
    page.press("k", "Enter", "j")
    assert _selected(page) == "row-6"
    page.press("f")
    assert (_selected(page), len(_texts(page, ".row.step"))) == ("group-0", 16)


def test_a_link_into_a_folded_group_unfolds_it(opened: Open, image_create: Document) -> None:
    page = opened(image_create)
    page.press("f")
    page.js("location.hash = '#step-8'")
    page.wait("document.querySelector('#row-8.selected')")


def test_long_loops_begin_folded(opened: Open, many_steps: Document) -> None:
    loop = Group(GroupKind.LOOP, "every second", 3, 400)
    page = opened(replace(many_steps, groups=(loop,)))
    assert "398 steps (3-400)" in _texts(page, "#group-0")[0]
    page.press("j", "j", "j")
    assert _selected(page) == "row-401"


# -- search ----------------------------------------------------------------------------------------


def test_search_finds_titles_headers_and_bodies(opened: Open, image_create: Document) -> None:
    page = opened(image_create)
    found = "document.querySelector('#found').textContent"
    page.press("/")
    page.type("QCOW2")
    assert page.js(found) == "1 found"
    page.press("Enter")
    assert (page.js(found), page.js("location.hash")) == ("1/1", "#step-12")
    assert page.js("CSS.highlights.get('found').size") == 1
    page.js("document.querySelector('#query').select()")
    page.type("x-auth-token")
    page.press("Escape", "/")
    page.type("x-auth-token")
    page.press("Enter")
    first = page.js("location.hash")
    page.press("Tab")
    page.js("document.querySelector('#rows').focus()")
    page.press("n")
    assert page.js("location.hash") != first
    page.press("N")
    assert page.js("location.hash") == first
    page.press("Escape")
    assert (page.js(found), page.js("document.querySelector('#query').value")) == ("", "")


@pytest.mark.parametrize(
    ("words", "found", "step"),
    [
        ("put images file", "1/1", "#step-13"),
        ("FILE put", "1/1", "#step-13"),
        ("head glance swift-proxy", "1/1", "#step-16"),
        ("post keystone glance-api", "1/3", "#step-5"),
        ("teapot put file", "none", ""),
    ],
)
def test_words_that_no_step_has_in_a_row_find_the_steps_that_have_all_of_them(
    opened: Open, image_create: Document, words: str, found: str, step: str
) -> None:
    page = opened(image_create)
    page.press("/")
    page.type(words)
    page.press("Enter")
    told = "[document.querySelector('#found').textContent, location.hash]"
    assert page.js(told) == [found, step]
    if step:
        marked = "[...CSS.highlights.get('found')].map((range) => range.toString().toLowerCase())"
        assert set(page.js(marked)) <= set(words.lower().split())
        assert page.js(marked)


def test_search_that_finds_nothing_says_so(opened: Open, image_create: Document) -> None:
    page = opened(image_create)
    page.press("/")
    page.type("no such thing")
    page.press("Enter")
    assert page.js("document.querySelector('#found').textContent") == "none"
    assert _selected(page) == "row-1"


# -- copying ---------------------------------------------------------------------------------------


def _arguments(command: str) -> list[str]:
    """Let a shell read a curl command and return its arguments."""
    script = "curl() { printf '%s\\0' \"$@\"; }\n" + command
    ran = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert ran.stderr == b""
    return ran.stdout.decode().split("\0")[:-1]


def test_a_request_is_copied_as_curl_with_placeholders(
    opened: Open, image_create: Document
) -> None:
    page = opened(image_create, "#step-4")
    page.js(CATCH_COPY)
    page.press("c")
    page.wait("window.copied")
    arguments = _arguments(page.js("window.copied"))
    assert arguments[:3] == ["-X", "POST", "http://10.0.0.5/identity/v3/auth/tokens"]
    assert "accept: application/json" in arguments
    assert "--compressed" in arguments
    assert not [a for a in arguments if a.startswith(("host:", "traceparent:"))]
    assert arguments[-2] == "--data-raw"
    assert json.loads(arguments[-1])["auth"]["identity"]["password"]["user"]["password"] == (
        "‹redacted›"
    )
    assert "placeholders" in _texts(page, "#toast")[0]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (Address("https", "b.example", 443), ["https://b.example/info"]),
        (Address("http", "::1", 8080), ["--globoff", "http://[::1]:8080/info"]),
        (
            Address("http", "", None, "/run/$(touch hurt).sock"),
            ["--unix-socket", "/run/$(touch hurt).sock", "http://localhost/info"],
        ),
    ],
)
def test_a_curl_command_goes_where_the_request_went(
    opened: Open, plain_step: MakeStep, address: Address, words: list[str]
) -> None:
    page = opened(_two(plain_step, path="/info", address=address))
    page.js(CATCH_COPY)
    page.press("c")
    page.wait("window.copied")
    assert _arguments(page.js("window.copied")) == words


@pytest.mark.parametrize(
    "nasty",
    ["'; touch hurt; '", "$(touch hurt)`touch hurt`", "!!\\", "a\nb", "\x1b[2J\x07\x9b", '"', "@x"],
)
def test_a_curl_command_quotes_whatever_was_captured(
    opened: Open, plain_step: MakeStep, nasty: str
) -> None:
    headers = (Header("x-nasty", nasty), Header("@/etc/passwd", nasty), Header("host", nasty))
    document = _two(
        plain_step,
        method=nasty,
        path=f"/p{nasty}/../[x]",
        query=f"q={nasty}",
        headers=headers,
        body=Body(nasty, len(nasty.encode())),
    )
    page = opened(document)
    page.js(CATCH_COPY)
    page.press("c")
    page.wait("window.copied")
    command = page.js("window.copied")
    assert not [c for c in command if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160]
    arguments = _arguments(command)
    assert arguments[arguments.index("-X") + 1] == nasty
    assert f"x-nasty: {nasty}" in arguments
    assert {a for a in arguments if a.startswith("@")} <= {nasty}
    assert arguments[-1] == nasty
    assert {"--globoff", "--path-as-is"} <= set(arguments)


def test_link_and_body_are_copied(opened: Open, image_create: Document) -> None:
    page = opened(image_create, "#step-12")
    page.js(CATCH_COPY)
    _press_button(page, "Copy link")
    page.wait("window.copied")
    address = page.js("window.copied")
    assert re.search("page.html#span-[0-9a-f]{16}-answer$", address)
    page.press("k")
    page.js(f"location.hash = new URL('{address}').hash")
    page.wait(f"{HEADING}.startsWith('12')")
    _press_button(page, "Copy body")
    page.wait("window.copied.startsWith('{')")
    body = image_create.steps[11].body
    assert body is not None
    assert page.js("window.copied") == body.content


# -- attacks ---------------------------------------------------------------------------------------


def test_hostile_text_is_shown_and_never_runs(opened: Open, plain_step: MakeStep) -> None:
    step = {"label": HOSTILE, "path": HOSTILE, "source": HOSTILE, "method": HOSTILE}
    document = _two(
        plain_step,
        **step,
        headers=(Header(HOSTILE, HOSTILE), Header("__proto__", HOSTILE)),
        body=Body(json.dumps({HOSTILE: [HOSTILE], "__proto__": {"x": HOSTILE}}), 9),
    )
    links = ("javascript:window.hurt=1", "data:text/html,x", "https://example.org/?<b>")
    document = replace(
        document,
        title=HOSTILE,
        warnings=(HOSTILE,),
        notes=tuple(Note(1, 2, HOSTILE, HOSTILE, link) for link in links),
        groups=(Group(GroupKind.OPT, HOSTILE, 1, 2),),
    )
    page = opened(document)
    page.js("document.querySelector('#about').open = true")
    page.press("j", "k")
    page.wait("document.querySelector('#about-body h2')")
    assert page.js("document.querySelectorAll('img').length") == 0
    assert page.js("window.hurt") is None
    shown = HOSTILE.replace("\u202e", "\ufffd")  # what turns the direction is not obeyed
    assert _texts(page, "h1")[0] == shown
    assert shown in _texts(page, "#detail td .captured")
    outward = page.js("[...document.querySelectorAll('#detail .note a')].map((a) => a.href)")
    assert outward == ["https://example.org/?%3Cb%3E"]


def test_the_policy_stops_what_slipped_through(opened: Open, image_create: Document) -> None:
    page = opened(image_create)
    refused = page.js(
        "(() => { try { document.body.innerHTML = '<b>x</b>'; return false }"
        " catch (error) { return error instanceof TypeError } })()"
    )
    assert refused
    page.said(lambda method: method == "Log.entryAdded")


# -- looks -----------------------------------------------------------------------------------------


def test_the_theme_follows_the_system_until_it_is_switched(
    opened: Open, image_create: Document
) -> None:
    page = opened(image_create)
    paper = "getComputedStyle(document.body).backgroundColor"
    page.emulate(prefers_color_scheme="light")
    assert page.js(paper) == "rgb(255, 255, 255)"
    page.emulate(prefers_color_scheme="dark")
    dark = page.js(paper)
    assert dark != "rgb(255, 255, 255)"
    page.press("t")
    assert page.js(paper) == "rgb(255, 255, 255)"
    page.js("localStorage.clear()")


def test_on_paper_text_is_as_small_as_json(opened: Open, image_create: Document) -> None:
    body = Body("<a><b>1</b></a>", 15, truncated=False, content_type="text/xml")
    steps = (*image_create.steps[:2], replace(image_create.steps[2], body=body))
    page = opened(replace(image_create, steps=(*steps, *image_create.steps[3:])))
    page.emulate_media("print")
    page.js("dispatchEvent(new Event('beforeprint'))")
    sizes = page.js(
        "['#paper article pre', '#paper article .tree', '#paper article .headers'].map("
        "(selector) => getComputedStyle(document.querySelector(selector)).fontSize)"
    )
    assert len(set(sizes)) == 1, sizes


def test_the_heading_says_that_its_duration_is_of_the_steps(
    opened: Open, image_create: Document
) -> None:
    timed = replace(image_create, duration=272_000_000)
    facts = opened(timed).js("document.querySelector('#facts').textContent")
    assert "22 steps in 272 ms" in facts


def test_paper_holds_the_whole_diagram_and_every_step(opened: Open, image_create: Document) -> None:
    page = opened(image_create)
    page.press("f")
    page.js("dispatchEvent(new Event('beforeprint'))")
    assert len(_texts(page, "#paper article")) == 22
    assert len(_texts(page, "#paper .row.step")) == 22
    assert '"virtual_size": 9007199254740993' in _texts(page, "#paper .leaf")
    page.js("dispatchEvent(new Event('afterprint'))")
    assert _texts(page, "#paper *") == []
    assert page.pdf().startswith(b"%PDF")


def test_on_a_narrow_window_the_step_comes_up_from_below(
    opened: Open, image_create: Document
) -> None:
    page = opened(image_create)
    page.resize(390, 800)
    shown = "document.querySelector('#detail').checkVisibility()"
    page.wait(f"!{shown}")
    page.click("#row-3")
    page.wait(shown)
    page.press("Escape")
    page.wait(f"!{shown}")
    assert page.js("document.documentElement.scrollWidth <= innerWidth")


def test_a_screen_reader_is_told_what_each_row_and_button_is(
    opened: Open, image_create: Document
) -> None:
    page = opened(image_create)
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    named = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    ]
    assert ("tree", "Steps") in named
    rows = [name for role, name in named if role == "treeitem"]
    assert rows[0] == "1: GET /identity/ openstack to keystone"
    assert "opt glance-api gets a token for itself 4 steps (6-9)" in rows
    assert [role for role, name in named if role in WORKED and not name] == []


# -- size ------------------------------------------------------------------------------------------


def test_five_thousand_steps_are_ready_soon_and_few_nodes_are_in_the_page(
    opened: Open, many_steps: Document, record_property: Callable[[str, object], None]
) -> None:
    page = opened(many_steps)
    ready = float(page.js("document.documentElement.dataset.ready"))
    worst = page.js(
        """(async () => {
          const pane = document.querySelector('#diagram');
          const frame = () => new Promise(requestAnimationFrame);
          let [most, longest] = [0, 0];
          for (let i = 0; i < 60; i++) {
            const before = performance.now();
            pane.scrollTop = (pane.scrollHeight * ((i * 37) % 60)) / 60;
            await frame();
            await frame();
            most = Math.max(most, document.querySelectorAll('*').length);
            longest = Math.max(longest, performance.now() - before);
          }
          return [most, longest];
        })()"""
    )
    record_property("ready_ms", ready)
    record_property("nodes_and_longest_jump_ms", worst)
    assert worst[0] < 600
    assert ready < 5_000
    assert worst[1] < 1_000
    page.press("End")
    assert _selected(page) == "row-5000"


def test_five_thousand_steps_are_searched_at_once(opened: Open, many_steps: Document) -> None:
    page = opened(many_steps)
    page.press("/")
    page.type("timeout")
    assert page.js("document.querySelector('#found').textContent") == "60 found"
