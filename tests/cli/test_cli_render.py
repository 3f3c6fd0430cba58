from __future__ import annotations

import json
import resource
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from otelhook.otlp import encode_traces, frame


def test_nothing_recorded_yet_says_how_to_begin(otelhook: Any) -> None:
    done = otelhook("render")
    assert done.code == 3
    assert done.err == (
        f"otelhook: nothing is recorded in the store in {otelhook.data_dir}; "
        "record with: otelhook run --service NAME -- COMMAND\n"
    )
    assert not otelhook.data_dir.exists()


def test_the_only_trace_needs_no_id(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    done = otelhook("render")
    assert done.code == 0
    assert "shop->>stock: GET /v2/images" in done.out


def test_of_more_than_one_trace_the_newest_few_are_listed(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored([span for n in range(1, 9) for span in exchange(n, started=1_700_000_000 + n)])
    done = otelhook("render")
    assert done.code == 3
    assert done.err.count("\n") == 1
    assert f"more than one trace: name one of {8:032x}, {7:032x}, " in done.err
    assert "latest" in done.err


def test_latest_is_the_newest(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored([*exchange(1, started=200, path="/new"), *exchange(2, started=100, path="/old")])
    assert "/new" in otelhook("render", "latest").out


def test_a_unique_prefix_is_enough(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored([*exchange(0xA1 << 120, path="/one"), *exchange(0xA2 << 120, path="/two")])
    assert "/two" in otelhook("render", "A2").out


def test_an_ambiguous_prefix_names_the_traces(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored([*exchange(0xA1 << 120), *exchange(0xA2 << 120)])
    done = otelhook("render", "a")
    assert done.code == 3
    assert "a is the beginning of more than one trace: a1" in done.err
    assert done.err.count("\n") == 1


def test_an_unknown_id_is_one_line(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    done = otelhook("render", "feed")
    assert done.code == 3
    assert done.err.startswith("otelhook: no trace feed in the store in ")
    assert done.err.count("\n") == 1


def test_the_format_follows_the_files_suffix(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    for name, beginning in (
        ("a.mmd", "%% 2 spans: 2 in 2 steps\nsequenceDiagram"),
        ("a.md", "# GET"),
        ("a.json", "{"),
        ("a.txt", "GET"),
        ("a.page", "# GET"),
    ):
        done = otelhook("render", "-o", name)
        assert (done.code, done.out) == (0, "")
        assert (otelhook.home / name).read_text().startswith(beginning), name


def test_a_folder_gets_all_pages(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    done = otelhook("render", "-o", "docs/new/")
    assert done.out.split() == [
        "docs/new/index.md",
        "docs/new/page.html",
        "docs/new/diagram.mmd",
        "docs/new/document.json",
    ]
    assert json.loads((otelhook.home / "docs/new/document.json").read_text())["steps"]


def test_a_folder_takes_no_format(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    done = otelhook("render", "-o", ".", "--format", "text")
    assert done.code == 2
    assert "leave out --format" in done.err


def test_on_a_terminal_the_diagram_fits_its_width(
    stored: Any, exchange: Any, terminal: Any
) -> None:
    stored(exchange(7))
    process = terminal("render")
    assert process.end() == 0
    lines = process.shown.decode().splitlines()
    assert any("┌" in line for line in lines)
    assert max(map(len, lines)) <= 90


def test_into_a_pipe_goes_the_whole_page(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    assert "## Request / Response" in otelhook("render").out


def test_hostile_text_is_utf8_whatever_the_locale_is(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(exchange(7, path="/größe/日本"))
    done = otelhook(
        "render", "--format", "json", environ={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    )
    assert done.code == 0
    assert "/größe/日本" in done.out


def test_a_disk_that_is_full_while_writing_leaves_the_old_file(
    otelhook: Any, exchange: Any
) -> None:
    (otelhook.home / "spans.otlp").write_bytes(frame(encode_traces(exchange(7))))
    old = otelhook.home / "page.md"
    old.write_text("the old page")
    done = otelhook(
        *("render", "--from", "otlp:spans.otlp", "-o", "page.md"),
        # Nothing else may be cut short: bytecode would be, and stay.
        environ={"PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64)),
    )
    assert done.err == "otelhook: page.md: cannot be written: File too large\n"
    assert done.code == 5
    assert old.read_text() == "the old page"
    assert sorted(path.name for path in otelhook.home.iterdir()) == ["page.md", "spans.otlp"]


def test_a_trace_may_come_through_a_pipe(otelhook: Any, exchange: Any, tmp_path: Path) -> None:
    (tmp_path / "spans.otlp").write_bytes(frame(encode_traces(exchange(7))))
    with (tmp_path / "spans.otlp").open("rb") as piped:
        done = otelhook("render", "--from", "otlp:-", "--format", "mermaid", stdin=piped)
    assert (done.code, done.err) == (0, "")
    assert "shop->>stock" in done.out


def test_where_traces_are_read_from_can_be_a_setting(otelhook: Any, exchange: Any) -> None:
    (otelhook.home / "spans.otlp").write_bytes(frame(encode_traces(exchange(7))))
    (otelhook.home / "otelhook.toml").write_text('source = "otlp:spans.otlp"\n')
    assert "shop->>stock" in otelhook("render", "--format", "mermaid").out
    named = otelhook("render", "--from", "store")
    assert (named.code, "nothing is recorded in the store" in named.err) == (3, True)


def test_a_full_device_is_one_line(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    done = otelhook("render", "-o", "/dev/full")
    assert done.code == 5
    assert done.err == "otelhook: /dev/full: cannot be written: No space left on device\n"
    assert Path("/dev/full").is_char_device()


def test_a_store_of_a_newer_version_says_to_upgrade(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    path = stored(exchange(7))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    for words in (["render"], ["traces"]):
        done = otelhook(*words)
        assert done.code == 4
        assert "a store of version 99, this otelhook reads up to" in done.err
        assert done.err.count("\n") == 1


def test_a_damaged_store_says_what_to_do(otelhook: Any, stored: Any, exchange: Any) -> None:
    path = stored(exchange(7))
    path.write_bytes(b"no database at all, whatever its name says" * 100)
    for other in path.parent.glob("*-*"):
        other.unlink()
    for words in (["render"], ["traces"]):
        done = otelhook(*words)
        assert done.code == 4
        assert "damaged store" in done.err
        assert done.err.count("\n") == 1


def test_a_file_that_is_no_store_is_not_taken_for_one(otelhook: Any) -> None:
    (otelhook.home / "notes.txt").write_text("milk, bread")
    done = otelhook("render", "--from", "store:notes.txt")
    assert done.code == 4
    assert done.err.count("\n") == 1
    assert (otelhook.home / "notes.txt").read_text() == "milk, bread"


def test_a_cut_spool_loses_only_the_cut_record(otelhook: Any, exchange: Any) -> None:
    spools = otelhook.data_dir / "spool"
    spools.mkdir(parents=True)
    whole = frame(encode_traces(exchange(7, path="/whole")))
    (spools / "shop-1-aa.otlp").write_bytes(whole + whole[: len(whole) // 2])
    done = otelhook("traces")
    assert done.code == 0
    assert done.err.count("\n") == 1
    assert "truncated record" in done.err
    assert "/whole" in otelhook("render", f"{7:032x}").out
    assert otelhook("traces").err == ""


def test_a_page_that_cannot_be_written_names_its_folder(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(exchange(7))
    (otelhook.home / "file").write_text("")
    done = otelhook("render", "-o", "file/")
    assert done.code == 5
    assert done.err.count("\n") == 1
    assert "file" in done.err
    done = otelhook("render", "-o", "nowhere/page.md")
    assert done.err == "otelhook: nowhere/page.md: cannot be written: No such file or directory\n"
    assert done.code == 5


def test_a_link_stays_a_link(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    target, link = otelhook.home / "target.md", otelhook.home / "link.md"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to("target.md")
    assert otelhook("render", "-o", "link.md").code == 0
    assert link.is_symlink()
    assert target.read_text().startswith("# ")
    assert target.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("no_color", ["", "1"])
def test_colour_is_for_terminals_that_want_it(
    otelhook: Any, stored: Any, exchange: Any, terminal: Any, no_color: str
) -> None:
    stored(exchange(7, status=500))
    otelhook.environ |= {"TERM": "xterm", "NO_COLOR": no_color}
    process = terminal("render")
    assert process.end() == 0
    assert (b"\x1b[" in process.shown) is not bool(no_color)
    assert "\x1b" not in otelhook("render", "--format", "text").out


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_a_terminal_that_knows_only_ascii_gets_ascii(
    otelhook: Any, stored: Any, exchange: Any, terminal: Any, encoding: str
) -> None:
    stored(exchange(7))
    otelhook.environ |= {"PYTHONIOENCODING": encoding}
    process = terminal("render")
    assert process.end() == 0
    assert process.shown.isascii() is (encoding == "ascii")
