"""Looking at what is recorded: one step, some steps, a search, a list that grows, a long text."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otelhook.model import Span, SpanKind
from otelhook.otlp import encode_traces
from otelhook.store import Store
from tests.waiting import wait_until

BODY = '{"name": "disk", "password": "opensesame", "tags": ["a", "b"]}'


def with_body(exchange: Callable[..., tuple[Span, ...]]) -> tuple[Span, ...]:
    client, server = exchange(7)
    added = {
        "http.response.body.content": BODY,
        "http.response.header.content-type": ["application/json"],
        "http.request.header.x-odd": ["\x1b[2Jone\x07"],
    }
    return client, replace(server, attributes={**server.attributes, **added})


def test_show_prints_one_step_with_its_headers_and_its_body_laid_out(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(with_body(exchange))
    done = otelhook("show", "latest", "2")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "(2) 200 OK /v2/images"
    assert lines[1].startswith("stock → shop · after ")
    assert "Content-Type: application/json" in lines
    assert '  "name": "disk",' in lines
    assert "opensesame" not in done.out


def test_show_prints_several_steps_and_nothing_that_moves_the_cursor(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(with_body(exchange))
    done = otelhook("show", "latest", "1-2")
    assert [line for line in done.out.splitlines() if line.startswith("(")] == [
        "(1) GET /v2/images",
        "(2) 200 OK /v2/images",
    ]
    assert "X-Odd: " in done.out
    assert not {"\x1b", "\x07"} & set(done.out)


@pytest.mark.parametrize(
    ("step", "answer"),
    [("3", (3, "the trace has the steps 1 to 2")), ("x", (2, "'x' names no steps"))],
)
def test_show_says_what_there_is_instead(
    otelhook: Any, stored: Any, exchange: Any, step: str, answer: tuple[int, str]
) -> None:
    stored(exchange(7))
    done = otelhook("show", "latest", step)
    assert (done.code, done.err.count("\n")) == (answer[0], 1)
    assert answer[1] in done.err


def test_render_draws_some_of_the_steps_with_their_numbers(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(exchange(7))
    done = otelhook("render", "--steps", "2", "--format", "mermaid")
    assert "autonumber 2 1" in done.out
    assert "200 OK" in done.out
    assert "shop->>stock" not in done.out
    found = json.loads(otelhook("render", "--steps", "2-", "--format", "json").out)
    assert [step["number"] for step in found["steps"]] == [2]
    assert otelhook("render", "--steps", "3").code == 3
    assert otelhook("render", "--steps", "2-1").code == 2


@pytest.fixture
def browser(otelhook: Any) -> Path:
    """A program that notes which page it was asked to show."""
    note = otelhook.home / "shown"
    script = otelhook.home / "browser"
    script.write_text(f'#!/bin/sh\necho "$1" > {note}\n')
    script.chmod(0o755)
    otelhook.environ |= {"BROWSER": f"{script} %s", "TMPDIR": str(otelhook.home)}
    return Path(note)


def test_open_shows_the_page_in_the_users_browser(
    otelhook: Any, stored: Any, exchange: Any, browser: Path
) -> None:
    stored(exchange(7))
    done = otelhook("render", "--open")
    assert done.code == 0
    page = Path(done.out.strip())
    assert page.parent.stat().st_mode & 0o777 == 0o700
    assert "<html" in page.read_text()
    wait_until(lambda: browser.exists() and browser.read_text(), "the browser was started")
    assert browser.read_text().strip() == page.as_uri()


def test_open_shows_the_file_that_is_named(
    otelhook: Any, stored: Any, exchange: Any, browser: Path
) -> None:
    stored(exchange(7))
    assert otelhook("render", "--open", "--steps", "1", "-o", "one.html").out == "one.html\n"
    wait_until(lambda: browser.exists() and browser.read_text(), "the browser was started")
    assert browser.read_text().strip() == (otelhook.home / "one.html").as_uri()
    assert "Shown are 1 of 2 steps" in (otelhook.home / "one.html").read_text()


@pytest.mark.parametrize(
    "words", [["--format", "svg"], ["-o", "page.md"], ["-o", "."], ["-o", "-"]]
)
def test_open_takes_a_page_only(
    otelhook: Any, stored: Any, exchange: Any, browser: Path, words: list[str]
) -> None:
    stored(exchange(7))
    done = otelhook("render", "--open", *words)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert not browser.exists()


def test_without_a_browser_the_file_is_named(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    otelhook.environ |= {"BROWSER": "/bin/false", "PATH": "/nowhere"}
    done = otelhook("render", "--open", "-o", "page.html")
    assert (done.code, done.out) == (0, "page.html\n")
    assert "open that file in one" in done.err


@pytest.fixture
def searched(otelhook: Any, exchange: Any) -> Callable[..., list[str]]:
    """Three traces; returns the paths of those that a search finds, newest first."""
    now = time.time_ns() // 10**9
    made = [
        *exchange(1, started=now - 7_200, path="/old"),
        *exchange(2, started=now - 60, path="/bad", status=503),
        *(replace(s, end_time=s.end_time + 10**10) for s in exchange(3, started=now - 30)),
    ]
    with Store.open(otelhook.data_dir, clock=time.time_ns) as store:
        store.write(made)
    (otelhook.home / "three.otlp").write_bytes(encode_traces(made))

    def search(*words: str) -> list[str]:
        found = json.loads(otelhook("traces", "--json", *words).out)
        return [str(int(row["trace_id"], 16)) for row in found]

    return search


@pytest.mark.parametrize("source", [[], ["--from", "three.otlp"]])
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], ["3", "2", "1"]),
        (["--service", "stock"], ["3", "2", "1"]),
        (["--service", "nobody"], []),
        (["--operation", "GET"], ["3", "2", "1"]),
        (["--status", "5xx"], ["2"]),
        (["--status", "error"], ["2"]),
        (["--status", "200"], ["3", "1"]),
        (["--where", "url.path=/old"], ["1"]),
        (["--where", "url.path=/old", "--where", "http.request.method=GET"], ["1"]),
        (["--where", "url.path=/old", "--status", "503"], []),
        (["--min", "5s"], ["3"]),
        (["--max", "5s"], ["2", "1"]),
        (["--since", "1h"], ["3", "2"]),
        (["--until", "1h"], ["1"]),
        (["--limit", "1", "--since", "1h"], ["3"]),
    ],
)
def test_traces_are_searched_as_the_collectors_page_does(
    searched: Callable[..., list[str]], words: list[str], found: list[str], source: list[str]
) -> None:
    assert searched(*words, *source) == found


@pytest.mark.parametrize(
    "words",
    [["--status", "bad"], ["--where", "url.path"], ["--min", "long"], ["--since", "then"]],
)
def test_a_search_that_cannot_be_read_is_one_line(otelhook: Any, words: list[str]) -> None:
    done = otelhook("traces", *words)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)


def test_a_search_that_finds_nothing_says_so_and_not_that_nothing_is_recorded(
    otelhook: Any, searched: Any
) -> None:
    assert "no such trace in" in otelhook("traces", "--service", "nobody").out


def test_failures_are_red_at_a_terminal_that_wants_colour(
    otelhook: Any, searched: Any, terminal: Any
) -> None:
    otelhook.environ |= {"TERM": "xterm", "NO_COLOR": "", "OTELHOOK_PAGER": ""}
    process = terminal("traces")
    assert process.end() == 0
    assert process.shown.count(b"\x1b[31m1\x1b[0m") == 1
    otelhook.environ["NO_COLOR"] = "1"
    plain = terminal("traces")
    assert plain.end() == 0
    assert b"\x1b" not in plain.shown


def test_watch_prints_traces_as_they_come_until_interrupted(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(exchange(1, path="/first"))
    process = otelhook.start("traces", "--watch")
    assert process.stdout.readline().startswith(b"TRACE")
    assert b"GET" in process.stdout.readline()
    stored(exchange(0xBEEF << 112, started=1_700_000_900))
    assert process.stdout.readline().startswith(b"beef0000")
    process.send_signal(2)
    rest, said = process.communicate(timeout=60)
    assert (process.returncode, rest, said) == (0, b"", b"")


def test_watch_redraws_the_list_at_a_terminal(
    otelhook: Any, stored: Any, exchange: Any, terminal: Any
) -> None:
    process = terminal("traces", "--watch")
    process.wait_for(b"nothing yet")
    stored(exchange(0xBEEF << 112))
    process.wait_for(b"beef0000")
    process.type(b"\x03")
    assert process.end() == 0


def test_a_long_text_goes_through_the_pager_and_a_short_one_does_not(
    otelhook: Any, stored: Any, exchange: Any, terminal: Any
) -> None:
    pager = otelhook.home / "pager"
    pager.write_text('#!/bin/sh\necho "paged by $LESS:"\nexec cat\n')
    pager.chmod(0o755)
    otelhook.environ |= {"PAGER": str(pager)}
    stored(exchange(1))
    short = terminal("traces")
    assert short.end() == 0
    assert b"paged" not in short.shown
    for trace in range(2, 40):
        stored(exchange(trace))
    long = terminal("traces", "--limit", "60")
    assert long.end() == 0
    assert long.shown.startswith(b"paged by FRX:")
    assert long.shown.count(b"GET") == 39
    otelhook.environ |= {"OTELHOOK_PAGER": ""}
    off = terminal("traces", "--limit", "60")
    assert off.end() == 0
    assert b"paged" not in off.shown
    assert b"paged" not in otelhook("traces", "--limit", "60").out.encode()


def test_a_pager_that_is_left_early_is_no_failure(
    otelhook: Any, stored: Any, exchange: Any, terminal: Any
) -> None:
    otelhook.environ |= {"PAGER": "head -c 1"}
    for trace in range(2, 60):
        stored(exchange(trace))
    process = terminal("traces", "--limit", "60")
    assert process.end() == 0
    assert b"Traceback" not in process.shown


def test_headings_have_the_command_without_its_folder(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    root = replace(
        exchange(7)[0],
        kind=SpanKind.INTERNAL,
        name="openstack",
        attributes={"process.command_args": ["/opt/venv/bin/openstack", "image", "list"]},
    )
    stored([root])
    listed = json.loads(otelhook("traces", "--json").out)
    assert listed[0]["root"] == "openstack image list"
    page = otelhook("render").out
    assert page.startswith("# openstack image list\n")
    assert "$ /opt/venv/bin/openstack image list" in page
