"""A notes file that the collector's pages show and save to: off by default, and only from there."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from otelhook.collector.pages.note_file import ChangedFileError, NoteFile
from otelhook.errors import ConfigError, StorageError
from otelhook.model import Span

ID = f"{0xABC0001:032x}"
ENTRY = '[[notes]]\nmethod = "GET"\npath = "/v2/images"\ntext = "All of them."\n'
NONE = f'"{hashlib.sha256(b"").hexdigest()[:32]}"'


def post(collector: Any, text: str, **headers: str | None) -> tuple[int, str]:
    """Return status and message of an attempt to save; a header that is None is left out."""
    given = {
        "origin": collector.address,
        "content-type": "application/toml",
        "if-match": NONE,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    request = urllib.request.Request(
        f"{collector.address}/notes",
        text.encode("utf-8", "surrogateescape"),
        {name: value for name, value in given.items() if value is not None},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())["message"]
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode()
            return error.code, json.loads(text)["message"] if text.startswith("{") else text


def test_nothing_is_saved_where_no_file_is_named(
    collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    collector.send(make_trace(1))
    assert post(collector, ENTRY)[0] == 404
    _, headers, page = collector.get(f"/trace/{ID}")
    assert b'"notes":{"path"' not in page
    assert "connect-src" not in headers["content-security-policy"]


def test_what_is_saved_stands_on_the_page_and_in_the_file(
    collect: Callable[..., Any], make_trace: Callable[..., list[Span]], tmp_path: Path
) -> None:
    file = tmp_path / "notes.toml"
    collector = collect("--notes", str(file))
    collector.send(make_trace(1))
    assert post(collector, ENTRY) == (200, "1 saved")
    assert file.read_text() == ENTRY
    assert file.stat().st_mode & 0o777 == 0o600
    _, headers, page = collector.get(f"/trace/{ID}")
    assert b"All of them." in page
    assert "connect-src 'self'" in headers["content-security-policy"]
    assert b"All of them." in collector.get(f"/trace/{ID}/markdown")[2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "log", "notes.toml"]


@pytest.mark.parametrize(
    ("text", "headers", "refusal"),
    [
        (ENTRY, {"origin": None}, (403, "no Origin")),
        (ENTRY, {"origin": "https://evil.example"}, (403, "another site")),
        (ENTRY, {"origin": "null"}, (403, "another site")),
        (ENTRY, {"host": "evil.example", "origin": "http://evil.example"}, (403, "not served")),
        (ENTRY, {"content_type": "text/plain"}, (415, "application/toml")),
        (ENTRY, {"if_match": None}, (428, "If-Match")),
        (ENTRY, {"if_match": '"other"'}, (412, "has changed since the page was shown")),
        ("[[notes]\n", {}, (400, "not valid TOML")),
        ('[[notes]]\nbefore = 1\nscript = "x"\n', {}, (400, "unknown key")),
        ("", {}, (400, "no words")),
        ("\udcff", {}, (400, "not UTF-8")),
        (f"{ENTRY}# {'x' * 300_000}", {}, (413, "262,144 bytes")),
    ],
)
def test_what_may_not_be_saved_is_refused_in_a_line(
    collect: Callable[..., Any],
    tmp_path: Path,
    text: str,
    headers: dict[str, str | None],
    refusal: tuple[int, str],
) -> None:
    collector = collect("--notes", str(tmp_path / "notes.toml"))
    found, message = post(collector, text, **headers)
    assert found == refusal[0]
    assert refusal[1] in message
    assert not (tmp_path / "notes.toml").exists()


def test_a_collector_with_a_token_takes_notes_from_those_who_have_it(
    collect: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "notes.toml"
    collector = collect("--notes", str(file), OTELHOOK_COLLECTOR_TOKEN="s3cret-of-this-test")
    assert post(collector, ENTRY)[0] == 401
    assert not file.exists()
    assert post(collector, ENTRY, authorization="Bearer s3cret-of-this-test")[0] == 200


def test_a_file_that_an_editor_changed_keeps_what_the_editor_wrote(tmp_path: Path) -> None:
    path = tmp_path / "notes.toml"
    path.write_text(f"# mine\noptional = true\n\n{ENTRY}")
    path.chmod(0o640)
    file = NoteFile(path)
    seen = file.version()
    path.write_text(f"# mine, again\n{ENTRY}")
    with pytest.raises(ChangedFileError, match=r"notes\.toml has changed"):
        file.add(ENTRY, seen)
    assert path.read_text() == f"# mine, again\n{ENTRY}"
    assert file.add('[[notes]]\nbefore = 2\ntext = "x"', file.version()) == 1
    assert path.read_text() == f'# mine, again\n{ENTRY}\n[[notes]]\nbefore = 2\ntext = "x"\n'
    assert path.stat().st_mode & 0o777 == 0o640


def test_of_two_who_saw_the_same_file_one_saves(tmp_path: Path) -> None:
    file = NoteFile(tmp_path / "notes.toml")
    seen = file.version()
    file.add(ENTRY, seen)
    with pytest.raises(ChangedFileError):
        file.add(ENTRY, seen)
    assert (tmp_path / "notes.toml").read_text() == ENTRY


def test_entries_do_not_reach_into_the_file_before_them(tmp_path: Path) -> None:
    path = tmp_path / "notes.toml"
    path.write_text(ENTRY)
    file = NoteFile(path)
    with pytest.raises(ConfigError):
        file.add(f"optional = true\n{ENTRY}", file.version())
    with pytest.raises(ConfigError):
        file.add(f'link = "x"\n{ENTRY}', file.version())
    assert path.read_text() == ENTRY


def test_behind_a_link_the_file_is_written_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    path, link = tmp_path / "real" / "notes.toml", tmp_path / "notes.toml"
    path.write_text("")
    link.symlink_to(path)
    NoteFile(link).add(ENTRY, NoteFile(link).version())
    assert link.is_symlink()
    assert path.read_text() == ENTRY


def test_a_file_that_cannot_be_used_is_a_warning_and_the_page_is_there(
    collect: Callable[..., Any], make_trace: Callable[..., list[Span]], tmp_path: Path
) -> None:
    file = tmp_path / "notes.toml"
    file.write_bytes(b"\xff")
    collector = collect("--notes", str(file))
    collector.send(make_trace(1))
    assert b"notes.toml cannot be read: not UTF-8 text" in collector.get(f"/trace/{ID}")[2]
    file.write_text("[[notes]\n")
    assert b"the notes file is not valid TOML" in collector.get(f"/trace/{ID}")[2]
    with pytest.raises(ConfigError):
        NoteFile(file).add(ENTRY, NoteFile(file).version())
    folder = NoteFile(tmp_path / "data")
    with pytest.raises(StorageError, match="cannot be read: Is a directory"):
        folder.add(ENTRY, folder.version())


@pytest.mark.chromium
@pytest.mark.timeout(180)
def test_a_note_is_written_in_the_page_and_stands_there_for_good(
    browser: Any, collect: Callable[..., Any], make_trace: Callable[..., list[Span]], tmp_path: Path
) -> None:
    file = tmp_path / "notes.toml"
    collector = collect("--notes", str(file))
    collector.send(make_trace(1))
    page = browser.page()
    page.open(f"{collector.address}/trace/{ID}")
    for words in ("The *first*.", "The second."):
        page.press("w")
        page.js(f"document.querySelector('#writing').text.value = {json.dumps(words)}")
        page.js("document.querySelector('#writing').requestSubmit()")
    page.js("window.before = true")
    page.click("#save-notes")
    page.wait("window.before === undefined && document.querySelector('#detail .note') !== null")
    shown = page.js("[...document.querySelectorAll('#detail .note')].map((n) => n.innerHTML)")
    assert "<em>first</em>" in shown[0]
    assert "The second." in shown[1]
    assert page.js("document.querySelector('#save-notes').hidden") is True
    assert file.read_text().count("[[notes]]") == 2
    page.press("w")
    page.js("document.querySelector('#writing').text.value = 'Late.'")
    page.js("document.querySelector('#writing').requestSubmit()")
    file.write_text(ENTRY)
    page.click("#save-notes")
    page.wait("document.querySelector('#toast').textContent.includes('has changed since')")
    assert page.js("document.querySelector('#save-notes').textContent") == "Save 1 note"
    assert file.read_text() == ENTRY
    page.close()
