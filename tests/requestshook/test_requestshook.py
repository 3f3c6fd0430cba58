from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from otelhook.cli.main import main
from otelhook.errors import ConfigError, DamagedDataError, NotRecordedError, StorageError
from otelhook.model import TraceId
from otelhook.render import FORMATS, render
from otelhook.scan.scanner import leftovers
from otelhook.sequence import Document, GroupKind, Mark, SeenBy, StepKind, assemble
from otelhook.settings import Settings
from otelhook.sources import open_source
from otelhook.sources.files.requestshook import RequestshookSource

Log = Callable[..., Path]
Read = Callable[[Path], Document]

TOKEN = "gAAAAABjrkD9cqBlaLtF1_FlWZfHjo2u7cJvLXX1HNPG-aFEylyLg7rBQwXEckDcnO"


def _drawn(document: Document) -> list[str]:
    """Write the steps as the author's diagram does."""
    arrows = {StepKind.REQUEST: "->>", StepKind.RESPONSE: "-->>"}
    return [f"{s.source}{arrows[s.kind]}{s.target}: {s.title}" for s in document.steps]


def test_the_authors_log_gives_the_authors_diagram_step_for_step(seed: Path, read: Read) -> None:
    document = read(seed / "log.md")
    lines = (seed / "diagram.md").read_text(encoding="utf-8").splitlines()
    assert _drawn(document) == [line.strip() for line in lines if ">>" in line]
    assert len(document.steps) == 22
    assert (GroupKind.OPT, 6, 9) in [(g.kind, g.first, g.last) for g in document.groups]
    assert [variable.name for variable in document.variables] == ["image_id", "account"]
    assert [s.depth for s in document.steps if s.kind is StepKind.REQUEST] == [
        *(0, 0, 0, 1, 1, 1, 0, 1, 1, 2, 1),
    ]
    assert document.warnings == ()


def _messages(mermaid: str) -> list[str]:
    """Return a diagram's messages and the ends of its frames, without white space and breaks."""
    lines = [line.strip() for line in mermaid.splitlines()]
    kept = [line for line in lines if ">>" in line or line == "end" or line.startswith("opt ")]
    return [re.sub(r"<br/>|\s", "", "opt" if line.startswith("opt ") else line) for line in kept]


def test_the_command_draws_the_authors_diagram_step_for_step(
    seed: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["render", "--from", f"requestshook:{seed / 'log.md'}", "--format", "mermaid"]) == 0
    ours = _messages(capsysbinary.readouterr().out.decode())
    authors = _messages((seed / "diagram.md").read_text(encoding="utf-8"))
    # Beside the author's frame around (6-9), the token of (14-15) has one: it is the same thing.
    second = ours.index("opt", ours.index("opt") + 1)
    assert ours[second + 3] == "end"
    assert [*ours[:second], *ours[second + 1 : second + 3], *ours[second + 4 :]] == authors
    assert len([message for message in authors if ">>" in message]) == 22


def test_what_a_log_does_not_say_is_not_made_up(log: Log, read: Read) -> None:
    """It has no times, and its callees alone wrote it."""
    document = read(log("(u) REQ >>> (a) : GET http://a/1", "(u) RESP <<< (a) : 200 OK GET /1"))
    assert (document.start_time, document.duration) == (0, 0)
    assert {step.duration for step in document.steps} == {None}
    assert {step.seen_by for step in document.steps} == {SeenBy.SERVER}
    for form in ("text", "markdown", "html", "svg"):
        text = str(render(document, form)).partition("<script")[0]
        assert "1970" not in text, form
        assert not re.search(r"\d ms\b", text), form


def test_nothing_secret_of_the_authors_log_is_left_in_any_text_format(
    seed: Path, read: Read
) -> None:
    log = (seed / "log.md").read_text(encoding="utf-8")
    assert list(leftovers(enumerate(log.splitlines(), 1)))
    document = read(seed / "log.md")
    for name, row in FORMATS.items():
        if row.media_type.startswith("image/png"):
            continue
        text = str(render(document, name))
        assert "gAAAA" not in text, name
        assert '"asdf"' not in text, name
        assert list(leftovers(enumerate(text.splitlines(), 1))) == [], name


def test_a_token_has_one_pseudonym_wherever_it_is_used(seed: Path, read: Read) -> None:
    steps = read(seed / "log.md").steps
    found = {
        (step.number, header.name): header.value
        for step in steps
        for header in step.headers
        if header.name in {"x-auth-token", "x-subject-token"}
    }
    assert re.fullmatch("‹token:[0-9a-f]{16}›", found[4, "x-subject-token"])
    assert found[4, "x-subject-token"] == found[5, "x-auth-token"] == found[13, "x-auth-token"]
    assert found[15, "x-subject-token"] == found[16, "x-auth-token"]
    assert found[4, "x-subject-token"] != found[15, "x-subject-token"]


def test_a_call_that_is_made_while_a_request_is_open_is_made_for_it(log: Log, read: Read) -> None:
    document = read(
        log(
            "(user) REQ >>> (a) : GET http://a/1",
            "(a) REQ >>> (b) : GET http://b/2",
            "(b) REQ >>> (c) : GET http://c/3",
            "(b) RESP <<< (c) : 200 OK GET http://c/3",
            "(a) RESP <<< (b) : 200 OK GET http://b/2",
            "(user) RESP <<< (a) : 200 OK GET http://a/1",
            "(user) REQ >>> (a) : GET http://a/4",
            "(user) RESP <<< (a) : 204 No Content GET http://a/4",
        )
    )
    assert [(s.title, s.depth) for s in document.steps] == [
        ("GET /1", 0),
        ("GET /2", 1),
        ("GET /3", 2),
        ("200 OK /3", 2),
        ("200 OK /2", 1),
        ("200 OK /1", 0),
        ("GET /4", 0),
        ("204 No Content /4", 0),
    ]
    assert document.title == "user: GET /4"


def _with_id(number: int) -> tuple[str, ...]:
    return (f"X-Requestshook-Request-Id: {number:032x}",)


def test_answers_find_their_requests_by_id_whatever_their_order(log: Log, read: Read) -> None:
    document = read(
        log(
            ("(user) REQ >>> (a) : GET http://a/same", _with_id(1), "none"),
            ("(user) REQ >>> (a) : GET http://a/same", _with_id(2), "none"),
            ("(user) RESP <<< (a) : 201 First GET http://a/same?more=1", _with_id(1), "none"),
            ("(user) RESP <<< (a) : 202 Second GET http://a/same", _with_id(2), "none"),
        )
    )
    answers = {s.reason: s.exchange for s in document.steps if s.kind is StepKind.RESPONSE}
    assert answers == {"First": 1, "Second": 2}


def test_a_message_keeps_its_headers_body_size_and_status(log: Log, read: Read) -> None:
    document = read(
        log(
            (
                "(user) REQ >>> (a) : POST http://a:8080/x?y=1",
                ("Content-Type: application/json", "Content-Length: 9", "Accept: ", "Via: p: q"),
                '{\n  "k": 1\n}',
            ),
            (
                "(user) RESP <<< (a) : 300 MULTIPLE CHOICES POST http://a:8080/x?y=1",
                ("Content-Length: 70000",),
                "b'QFI\\xfb\\x00'...",
            ),
        )
    )
    request, response = document.steps
    assert [(h.name, h.value) for h in request.headers] == [
        ("content-type", "application/json"),
        ("content-length", "9"),
        ("accept", ""),
        ("via", "p: q"),
    ]
    assert (request.query, request.body and request.body.size) == ("y=1", 9)
    assert request.body is not None
    assert request.body.content == '{\n  "k": 1\n}'
    assert (response.status_code, response.reason) == (300, "MULTIPLE CHOICES")
    assert response.body is not None
    assert response.body.content == b"QFI\xfb\x00"
    assert (response.body.size, response.body.truncated) == (70000, True)
    assert Mark.CUT in response.marks


def test_no_body_is_an_empty_one(log: Log, read: Read) -> None:
    document = read(log(("(u) REQ >>> (a) : HEAD http://a/", ("Content-Length: 5",), "none")))
    body = document.steps[0].body
    assert body is not None
    assert (body.content, body.size) == ("", 0)


def test_secrets_are_hidden_as_the_log_is_read_and_said_by_place(log: Log, read: Read) -> None:
    document = read(
        log(
            (
                "(u) REQ >>> (a) : POST http://me:pw@a/v3/auth?token=abc",
                (f"X-Auth-Token: {TOKEN}", "Content-Type: application/json", "Cookie: sid=abcdef"),
                '{"auth": {"password": "hunter2"}}',
            )
        )
    )
    places = [redaction.place for redaction in document.redactions]
    assert places == [
        "url.userinfo",
        "url.query.token",
        "request.header.x-auth-token",
        "request.header.cookie",
        "request.body.auth.password",
    ]
    shown = repr(document)
    assert not [
        secret for secret in (TOKEN, "hunter2", "abcdef", "me:pw", "=abc") if secret in shown
    ]


def test_a_request_without_an_answer_is_a_failure_and_a_warning(
    log: Log, read: Read, caplog: pytest.LogCaptureFixture
) -> None:
    document = read(
        log(
            "(u) REQ >>> (a) : GET http://a/1",
            "(a) REQ >>> (b) : GET http://b/2",
            "(u) RESP <<< (a) : 500 Internal Server Error GET http://a/1",
        )
    )
    assert [(s.kind, s.title) for s in document.steps] == [
        (StepKind.REQUEST, "GET /1"),
        (StepKind.REQUEST, "GET /2"),
        (StepKind.FAILURE, "no response /2"),
        (StepKind.RESPONSE, "500 Internal Server Error /1"),
    ]
    assert "Entry 2 (GET to b) has no response in the log." in caplog.text


def test_an_answer_without_a_request_is_kept_with_a_warning(
    log: Log, read: Read, caplog: pytest.LogCaptureFixture
) -> None:
    document = read(
        log(
            ("(u) RESP <<< (a) : 200 OK GET http://a/1", _with_id(7), "late"),
            ("(u) REQ >>> (a) : GET http://a/1", _with_id(8), "none"),
            ("(u) RESP <<< (a) : 201 Created GET http://a/1", _with_id(8), "none"),
        )
    )
    assert [s.title for s in document.steps] == ["GET /1", "200 OK /1", "GET /1", "201 Created /1"]
    assert "Entry 1 (200 GET by a) answers no request in the log." in caplog.text


@pytest.mark.parametrize(
    "end",
    [
        "\n### (u) REQ >>> (b) : PO",
        "\n### (u) RE",
        "\n### (u) REQ",
        "\n### (u) RESP <<< (a) : 20",
        "\n### (u) REQ >>> (b) : POST http://b/2\nConte",
    ],
)
def test_a_cut_log_loses_only_what_was_cut(
    log: Log, read: Read, caplog: pytest.LogCaptureFixture, end: str
) -> None:
    whole = ("(u) REQ >>> (a) : GET http://a/1", "(u) RESP <<< (a) : 200 OK GET http://a/1")
    document = read(log(*whole, end=end))
    assert [s.title for s in document.steps][:2] == ["GET /1", "200 OK /1"]
    assert document.steps[1].body is not None
    assert document.steps[1].body.content == ""
    assert caplog.text


def test_what_comes_before_the_first_entry_is_left_out_with_a_warning(
    tmp_path: Path, read: Read, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "log"
    path.write_text("tail of\na body\n\n### (u) REQ >>> (a) : GET /1\nA: b\n\nnone\n")
    assert read(path).steps[0].title == "GET /1"
    assert "Line 1 comes before the first entry" in caplog.text


def test_many_warnings_are_said_in_short(
    log: Log, read: Read, caplog: pytest.LogCaptureFixture
) -> None:
    read(log(*[f"(u) REQ >>> (a) : GET http://a/{n}" for n in range(20)]))
    assert len(caplog.records) == 6
    assert "and 15 more like these" in caplog.text


def test_a_body_may_hold_lines_that_only_look_like_entries(log: Log, read: Read) -> None:
    body = "### (x) REQ >>> (y) : GET http://evil/\nnot after an empty line\n### heading"
    document = read(log(("(u) REQ >>> (a) : POST http://a/1", ("A: b",), body)))
    assert document.steps[0].body is not None
    assert document.steps[0].body.content == body
    assert len(document.steps) == 2


def test_ids_and_times_come_from_the_log_alone(log: Log) -> None:
    path = log("(u) REQ >>> (a) : GET http://a/1", "(u) RESP <<< (a) : 200 OK GET http://a/1")
    one, two = RequestshookSource(path), RequestshookSource(path)
    (trace_id,) = one.newest(1)
    assert one.trace(trace_id) == two.trace(trace_id)
    longer = log(
        "(u) REQ >>> (a) : GET http://a/1",
        "(u) RESP <<< (a) : 200 OK GET http://a/1",
        "(u) REQ >>> (a) : GET http://a/2",
    )
    assert RequestshookSource(longer).newest(1) == (trace_id,)
    assert RequestshookSource(longer).find(trace_id[:8]) == (trace_id,)
    assert RequestshookSource(longer).find("ffffffffffffffff") == ()
    spans = list(one.trace(trace_id).spans)
    random.Random(1).shuffle(spans)
    assert assemble(spans) == assemble(two.trace(trace_id).spans)


def test_an_empty_log_has_no_traces(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    source = RequestshookSource(tmp_path / "log")
    assert (source.newest(1), source.find("")) == ((), ())
    with pytest.raises(NotRecordedError, match="no trace 0123 in the requestshook log"):
        source.trace(TraceId("0123"))


def test_a_file_that_is_no_such_log_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_bytes(b"# A page\n\x00\xff\xfe\n### heading\n")
    with pytest.raises(DamagedDataError, match="this is not a log of requestshook") as caught:
        RequestshookSource(path).newest(1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["absent", "."])
def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError, match="cannot be read: "):
        RequestshookSource(tmp_path / name).newest(1)


def test_the_source_is_opened_by_its_name(log: Log) -> None:
    path = log("(u) REQ >>> (a) : GET http://a/1")
    source = open_source(f"requestshook:{path}", Settings())
    assert len(source.newest(5)) == 1
    assert source.name == f"the requestshook log {path}"
    with pytest.raises(ConfigError, match="write requestshook:FILE"):
        open_source("requestshook:", Settings())


def test_a_long_hostile_log_is_read_in_time_linear_in_its_length(log: Log) -> None:
    count = 5_000
    asked = [(f"(u) REQ >>> (a) : GET http://a/{n}", _with_id(n), "none") for n in range(count)]
    lost = [
        (f"(u) RESP <<< (a) : 200 OK GET http://a/{n}", _with_id(n + count), "none")
        for n in range(count)
    ]
    source = RequestshookSource(log(*asked, *lost))
    (trace_id,) = source.newest(1)
    assert len(source.trace(trace_id).spans) == 2 * 2 * count + 1


@pytest.mark.parametrize("seed_number", range(20))
def test_a_log_that_was_damaged_anywhere_is_read_or_refused_in_one_line(
    log: Log, seed_number: int
) -> None:
    generator = random.Random(seed_number)
    whole = log(
        ("(u) REQ >>> (a) : GET http://a/1", _with_id(1), '{"a": "b"}'),
        ("(a) REQ >>> (b) : GET http://[b/2?x=y", _with_id(2), "b'\\xff'..."),
        ("(a) RESP <<< (b) : 200 OK GET http://b/2", _with_id(2), "none"),
        ("(u) RESP <<< (a) : 200 OK GET http://a/1", _with_id(1), "none"),
    )
    content = bytearray(whole.read_bytes())
    for _ in range(generator.randrange(1, 40)):
        content[generator.randrange(len(content))] = generator.randrange(256)
    whole.write_bytes(content[: generator.randrange(len(content))])
    source = RequestshookSource(whole)
    try:
        found = source.newest(1)
    except DamagedDataError:
        found = ()
    for trace_id in found:
        steps = assemble(source.trace(trace_id).spans).steps
        assert [s.number for s in steps] == list(range(1, len(steps) + 1))
