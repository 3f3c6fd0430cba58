"""The pages in a real Chromium: as they arrive, by keyboard, with hostile names, in any width."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from otelhook.model import Span

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(180)]

TITLES = "[...document.querySelectorAll('#traces .title')].map((title) => title.innerText)"
FOCUS = "document.activeElement.closest('li')?.querySelector('.title').lastChild.textContent"
ID = f"{0xABC0001:032x}"


def _titles(page: Any, expected: list[str]) -> None:
    """Wait until the rows are these; the method stands before each title."""
    wanted = json.dumps([f"GET\n{title}" for title in expected])
    page.wait(f"JSON.stringify({TITLES}) === {json.dumps(wanted.replace(', ', ','))}")


def test_an_empty_list_says_how_to_begin_and_traces_arrive_by_themselves(
    page: Any, collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    page.open(collector.address)
    said = page.js("document.getElementById('nothing').innerText")
    assert "Nothing is recorded yet" in said
    assert "otelhook run --service NAME -- COMMAND" in said
    assert f"OTEL_EXPORTER_OTLP_ENDPOINT={collector.address}" in said
    collector.send(make_trace(1, "/first"))
    _titles(page, ["/first"])
    assert page.js("document.getElementById('nothing').hidden")
    collector.send(make_trace(2, "/second"))
    _titles(page, ["/second", "/first"])
    assert page.js("document.getElementById('count').textContent") == "2 traces"
    assert page.js("document.getElementById('news').textContent") == "1 new trace"
    assert page.js("document.querySelector('#traces li').className") == "fresh"


def test_a_trace_that_grows_is_said_anew_and_keeps_the_focus(
    page: Any, collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    first, *rest = make_trace(1, "/grows")
    collector.send([first])
    page.open(collector.address)
    page.press("j")
    assert page.js(FOCUS) == "/grows"
    collector.send([*rest, *make_trace(2, "/newer")])
    _titles(page, ["/newer", "/grows"])
    page.wait("document.activeElement.innerText.includes('3 spans')")
    assert page.js(FOCUS) == "/grows"


def test_paused_shows_nothing_new_until_it_goes_on(
    page: Any, collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    collector.send(make_trace(1, "/first"))
    page.open(collector.address)
    # What is due later is seen at once: nothing here waits for nothing to happen.
    page.js("""
        window.later = [];
        const schedule = window.setTimeout;
        window.setTimeout = (action, delay) => later.push(delay) && schedule(action, delay);
        undefined""")
    page.wait("later.some((delay) => delay >= 1000)")
    page.press("p")
    page.wait("document.getElementById('live-text').textContent === 'Paused'")
    page.js("later.length = 0")
    collector.send(make_trace(2, "/second"))
    page.wait("later.length > 1")  # those of waiting itself
    assert page.js("later.filter((delay) => delay >= 1000)") == []
    assert page.js(TITLES) == ["GET\n/first"]
    page.press("p")
    _titles(page, ["/second", "/first"])


def test_everything_is_reached_by_keyboard(
    page: Any, collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    for number, path in enumerate(["/one", "/two", "/three"], 1):
        collector.send(make_trace(number, path))
    page.open(collector.address)
    page.press("j", "j", "j", "j", "k")
    assert page.js(FOCUS) == "/two"
    page.press("Home")
    assert page.js(FOCUS) == "/three"
    page.press("End")
    assert page.js(FOCUS) == "/one"
    assert page.js("document.activeElement.matches(':focus-visible')")
    page.press("/")
    page.type("test.number=2")
    page.press("Enter")
    _titles(page, ["/two"])
    assert page.js("location.search") == "?what=test.number%3D2"
    page.press("Escape")
    assert page.js(FOCUS) == "/two"
    page.press("Enter")
    page.wait("document.getElementById('home') && document.documentElement.dataset.ready")
    assert page.js("location.pathname") == f"/trace/{0xABC0002:032x}"
    page.press("j", "j")
    assert page.js("location.hash") == "#step-3"
    page.press("d")
    assert page.js("document.activeElement.getAttribute('href')").endswith("/text")
    page.press("Escape")
    assert page.js("document.getElementById('downloads').open") is False
    page.press("Escape")
    page.wait("document.getElementById('traces')")
    assert page.js("location.search") == "?what=test.number%3D2"
    _titles(page, ["/two"])
    page.press("Escape")
    _titles(page, ["/three", "/two", "/one"])
    page.press("?")
    assert page.js("document.getElementById('keys').open")


def test_the_search_is_in_the_address_and_the_browser_goes_back(
    page: Any, collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    collector.send(make_trace(1, "/fine"))
    collector.send(make_trace(2, "/bad", status=503, name="GET", services=("billing", "image")))
    page.open(f"{collector.address}/?status=5xx&min=1ms")
    _titles(page, ["/bad"])
    assert page.js("document.getElementById('status').value") == "5xx"
    page.wait("document.getElementById('service').options.length === 4")
    page.js("""
        document.getElementById("service").value = "identity";
        document.getElementById("service").dispatchEvent(new Event("change", {bubbles: true}))""")
    page.wait("document.getElementById('nothing').innerText.includes('No trace fits this search')")
    assert page.js("location.search") == "?service=identity&status=5xx&min=1ms"
    page.js("history.back()")
    _titles(page, ["/bad"])
    page.click("#clear")
    _titles(page, ["/bad", "/fine"])
    assert page.js("location.search") == ""
    page.press("/")
    page.type("nonsense")
    page.press("Enter")
    page.wait("document.getElementById('problem').textContent.includes('write attribute=value')")
    assert len(page.js(TITLES)) == 2
    # The browser itself says that an answer was 400.
    page.said(lambda method: method == "Log.entryAdded")


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "\u202e\u2066 rtl",
    "javascript:alert(1)",
    "@@title@@ ${1} &lt;",
    "x" * 3_000,
)


def test_hostile_names_are_shown_as_they_are(
    page: Any, collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    for number, text in enumerate(HOSTILE, 1):
        collector.send(make_trace(number, "", name=text, services=(text, f"{text}2")))
    page.open(collector.address)
    page.wait(f"document.querySelectorAll('#traces li').length === {len(HOSTILE)}")
    shown = page.js("[...document.querySelectorAll('.title')].map((t) => t.lastChild.textContent)")
    obeyed = str.maketrans("\u202e\u2066", "\ufffd\ufffd")  # not here: they are shown
    assert shown == [text[:200].translate(obeyed) for text in reversed(HOSTILE)]
    assert page.js("document.querySelectorAll('#traces img, #traces script').length") == 0
    assert page.js("document.documentElement.scrollWidth <= innerWidth")
    for number in range(1, len(HOSTILE) + 1):
        page.open(f"{collector.address}/trace/{0xABC0000 + number:032x}")
        assert page.js("document.querySelectorAll('img').length") == 0
        assert page.js("document.getElementById('home').textContent") == "‹ Traces"


def test_a_link_from_jaeger_opens_the_step_of_a_span(
    page: Any, collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    spans = make_trace(1)
    collector.send(spans)
    page.open(f"{collector.address}/trace/{ID}?span={spans[2].span_id}")
    assert page.js("location.hash") == "#step-2"
    assert page.js("location.search") == ""
    assert page.js("document.querySelector('.row.selected .pill').textContent") == "2"


def test_the_collector_going_away_and_coming_back_is_said(
    page: Any, collect: Callable[..., Any], collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    collector.send(make_trace(1, "/first"))
    page.open(collector.address)
    _titles(page, ["/first"])
    collector.process.terminate()
    collector.process.wait(30)
    page.wait("document.getElementById('live-text').textContent === 'Not answering'")
    _titles(page, ["/first"])
    again = collect("--http", collector.address.removeprefix("http://"))
    again.send(make_trace(2, "/second"))
    _titles(page, ["/second", "/first"])
    page.said(lambda method: method == "Log.entryAdded")  # that it did not answer


@pytest.mark.parametrize("width", [400, 820, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_width_in_light_and_dark(
    page: Any, collector: Any, make_trace: Callable[..., list[Span]], width: int, scheme: str
) -> None:
    for number in range(1, 4):
        collector.send(
            make_trace(number, "/a/rather/long/path" * number, status=100 + 100 * number)
        )
    page.resize(width, 800)
    page.emulate(prefers_color_scheme=scheme)
    for path in ("/?since=between", f"/trace/{ID}", "/trace/ffff"):
        page.call("Page.navigate", url=collector.address + path)
        page.wait(f"location.pathname === {json.dumps(path.partition('?')[0])}")
        page.wait("document.readyState === 'complete'")
        assert page.js("document.documentElement.scrollWidth <= innerWidth"), path
        paper = page.js("getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") is (scheme == "light")
    page.said(lambda method: method == "Log.entryAdded")  # 404, on purpose


def test_every_control_has_a_name(
    page: Any, collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    collector.send(make_trace(1))
    page.open(f"{collector.address}/?since=between")
    page.wait("document.querySelector('#traces a')")
    page.call("Accessibility.enable")
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    wanted = {"button", "link", "textbox", "searchbox", "combobox", "list", "form", "search"}
    unnamed = [
        node["role"]["value"]
        for node in nodes
        if not node["ignored"]
        and node.get("role", {}).get("value") in wanted
        and not node.get("name", {}).get("value")
    ]
    assert unnamed in ([], ["search"])  # the one search of the page needs no name
