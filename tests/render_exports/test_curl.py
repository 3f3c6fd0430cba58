"""The script is run, with a ``curl`` of our own first on the path that writes down what it got."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otelhook.render import render
from otelhook.render.curl.script import render_curl
from otelhook.sequence.document import Address, Body, Document, Header

Make = Callable[..., Document]

FAKE = """\
#!/bin/sh
printf '%s\\0' "$@" >> calls
printf '\\1\\0' >> calls
case " $* " in *" @- "*) cat > stdin ;; esac
"""
SHELLS = [name for name in ("sh", "dash", "bash", "busybox") if shutil.which(name)]
TOKEN = 'it\'s a "token" $(touch pwned) `touch pwned`'


@dataclass
class Ran:
    """What curl was called with, and how the script ended."""

    calls: list[list[str]]
    stdin: str
    code: int
    errors: str

    def options(self, name: str, call: int = 0) -> list[str]:
        words = self.calls[call]
        return [words[i + 1] for i, word in enumerate(words[:-1]) if word == name]


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a script in an empty folder; nothing but curl's record may be left there."""
    programs = tmp_path / "bin"
    programs.mkdir()
    fake = programs / "curl"
    fake.write_text(FAKE)
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    count = 0

    def ran(script: str, shell: str = "sh", **variables: str) -> Ran:
        nonlocal count
        count += 1
        folder = tmp_path / str(count)
        folder.mkdir()
        file = folder / "script.sh"
        file.write_text(script, encoding="utf-8")
        command = [shell, "sh"] if shell == "busybox" else [shell]
        checked = subprocess.run([*command, "-n", str(file)], capture_output=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, b"")
        done = subprocess.run(
            [*command, str(file)],
            cwd=folder,
            env={"PATH": f"{programs}:/usr/bin:/bin", "HOME": "/nowhere", **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        record = folder / "calls"
        words = record.read_bytes().decode().split("\0")[:-1] if record.exists() else []
        calls: list[list[str]] = [[]]
        for word in words:
            if word == "\1":
                calls.append([])
            else:
                calls[-1].append(word)
        stdin = folder / "stdin"
        text = stdin.read_bytes().decode() if stdin.exists() else ""
        assert {path.name for path in folder.iterdir()} <= {"script.sh", "calls", "stdin"}
        return Ran(calls[:-1], text, done.returncode, done.stderr)

    return ran


@pytest.mark.parametrize("shell", SHELLS)
def test_each_exchange_is_one_command_in_order(upload: Document, run: Run, shell: str) -> None:
    ran = run(render_curl(upload), shell, TOKEN_1=TOKEN, SECRET_1=TOKEN)
    assert (ran.code, ran.errors) == (0, "")
    assert [ran.options("--url", call) for call in range(3)] == [
        ["http://10.0.0.1:5000/tokens"],
        ["http://image-api/images/1?a=1&b=&c=x%20y"],
        ["http://store/v1/b"],
    ]
    assert [ran.options("--request", call) for call in range(2)] == [["POST"], ["PUT"]]
    assert "--head" in ran.calls[2]


@pytest.mark.parametrize("shell", SHELLS)
def test_what_was_hidden_is_passed_on_from_variables(
    upload: Document, run: Run, shell: str
) -> None:
    ran = run(render_curl(upload), shell, TOKEN_1=TOKEN, SECRET_1="p'$w`")
    assert ran.options("--data-raw", 0) == ['{"password": "p\'$w`", "name": "it\'s"}']
    assert ran.options("--header", 1) == [
        f"X-Auth-Token: {TOKEN}",
        "Content-Type: application/octet-stream",
    ]
    assert ran.options("--header", 2) == [f"X-Auth-Token: {TOKEN}"]


def test_a_variable_that_is_not_set_stops_the_script_before_it_calls_anyone(
    upload: Document, run: Run
) -> None:
    ran = run(render_curl(upload), SECRET_1="x")
    assert ran.code != 0
    assert "TOKEN_1: set it" in ran.errors
    assert ran.calls == []


def test_the_head_says_what_each_variable_is(upload: Document) -> None:
    head = render_curl(upload).partition("\n\n# (1)")[0]
    assert "# SECRET_1 stands in (1) request.body.password" in head
    assert "# TOKEN_1 stands in (3) header x-auth-token, issued in (2) x-subject-token" in head


def test_a_body_that_is_not_all_here_is_a_file_to_be_put_there(upload: Document, run: Run) -> None:
    script = render_curl(upload)
    note = "# the body (application/octet-stream, of 21233664 bytes) was cut: put all of it in"
    assert f"{note} the file step-3.body" in script
    ran = run(script, TOKEN_1="t", SECRET_1="s")
    assert ran.options("--data-binary", 1) == ["@step-3.body"]


def test_headers_that_curl_sets_itself_and_those_of_the_old_trace_are_left_out(
    make: Make, run: Run
) -> None:
    names = "host content-length connection user-agent transfer-encoding expect traceparent b3"
    headers = [Header(name, "x") for name in names.split()]
    headers += [Header("accept", "*/*"), Header("accept-encoding", "gzip, deflate")]
    headers += [Header("x-requestshook-request-id", "x"), Header("x-kept", "y")]
    ran = run(render_curl(make(headers=tuple(headers))))
    assert ran.options("--header") == ["X-Kept: y"]
    assert "--compressed" in ran.calls[0]


def test_a_header_without_a_value_is_sent_without_one(make: Make, run: Run) -> None:
    ran = run(render_curl(make(headers=(Header("accept", ""), Header("@file", "x")))))
    assert ran.options("--header") == ["Accept;"]


def test_a_body_without_a_type_is_not_made_a_form(make: Make, run: Run) -> None:
    ran = run(render_curl(make(method="POST", body=Body("{}", 2))))
    assert ran.options("--header") == ["Content-Type:"]


def test_a_long_body_is_passed_on_where_arguments_have_no_limit(make: Make, run: Run) -> None:
    body = "long 'text' $HOME\n" * 20_000
    ran = run(render_curl(make(method="POST", body=Body(body, len(body)))))
    assert (ran.code, ran.errors) == (0, "")
    assert ran.options("--data-binary") == ["@-"]
    assert ran.stdin == body


@pytest.mark.parametrize("method", ["$(touch pwned)", "GET; touch pwned", "", "A\nB"])
def test_what_is_no_method_is_left_out_and_said(make: Make, run: Run, method: str) -> None:
    script = render_curl(make(method=method))
    assert "# left out: " in script
    assert run(script).calls == []


@pytest.mark.parametrize("shell", SHELLS)
def test_hostile_text_is_passed_on_and_never_executed(
    hostile: Document, hostile_text: str, run: Run, shell: str
) -> None:
    ran = run(render_curl(hostile), shell)
    assert (ran.code, ran.errors) == (0, "")
    assert len(ran.calls) == 1
    unsent = "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+"
    in_one_line = re.sub(unsent, " ", hostile_text).strip()
    assert ran.options("--header")[0] == (f"X-Thing: {in_one_line}" if in_one_line else "X-Thing;")
    if not set(hostile_text) & {"\0", "\ud800"} and hostile_text:
        assert body_of(ran) == hostile_text
    url = urlsplit(ran.options("--url")[0])
    assert url.scheme == "http"
    assert unquote(url.path).lstrip("/") == hostile_text.replace("\ud800", "?").lstrip("/")
    assert url.geturl().isascii()
    assert not set(url.geturl()) & set(" \n\"'<>`\\") - {"'"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_any_text_arrives_as_it_was(make: Make, run: Run, text: str) -> None:
    assert body_of(run(render_curl(make(method="POST", body=Body(text, 1))))) == text


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "text", ["\x1b]0;pwned\x07", "\x9b31m\\c\\033%s", "a\rb\x7f1\n", "\u202etxt"]
)
def test_what_a_terminal_obeys_is_spelled_and_arrives(
    make: Make, run: Run, text: str, shell: str
) -> None:
    script = render_curl(make(method="POST", body=Body(text, 1)))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", script)
    assert body_of(run(script, shell)) == text


def body_of(ran: Ran) -> str:
    """Return the body that curl was given, as an argument or as its input."""
    given = ran.options("--data-raw")
    if given:
        return given[0]
    assert ran.options("--data-binary") == ["@-"]
    return ran.stdin


@pytest.mark.parametrize(
    ("socket", "option"),
    [
        ("/run/d.sock", ["--unix-socket", "/run/d.sock"]),
        ("/run/$(touch pwned)/'x", ["--unix-socket", "/run/$(touch pwned)/'x"]),
        ("@shim", ["--abstract-unix-socket", "shim"]),
    ],
)
def test_a_request_to_a_socket_goes_there(
    make: Make, run: Run, socket: str, option: list[str]
) -> None:
    ran = run(render_curl(make(path="/info", address=Address("http", "", None, socket))))
    assert ran.options(option[0]) == option[1:]
    assert ran.options("--url") == ["http://localhost/info"]


def test_markers_that_differ_have_variables_that_differ(make: Make, run: Run) -> None:
    other = "‹token:fedcba9876543210›"
    first = "‹token:0123456789abcdef›"
    headers = (
        Header("a", f"{first}, {other}"),
        Header("b", f"x {other}"),
        Header("c", "‹redacted›"),
        Header("d", "‹redacted›"),
        Header("e", "‹token:short›"),
    )
    script = render_curl(make(headers=headers, path=f"/v3/tokens/{first}", query=f"t={other}"))
    variables = {"TOKEN_1": "one", "TOKEN_2": "two", "SECRET_1": "s1", "SECRET_2": "s2"}
    ran = run(script, **variables)
    assert ran.options("--url") == ["http://service/v3/tokens/one?t=two"]
    assert ran.options("--header") == [
        "A: one, two",
        "B: x two",
        "C: s1",
        "D: s2",
        "E: ‹token:short›",
    ]


def test_one_hidden_value_that_recurs_in_the_same_place_is_asked_for_once(
    make: Make,
) -> None:
    one = make(headers=(Header("authorization", "Basic ‹redacted›"),))
    again = tuple(replace(step, number=step.number + 2, exchange=2) for step in one.steps)
    script = render_curl(replace(one, steps=one.steps + again))
    assert script.count("${SECRET_1:?") == 1
    assert "SECRET_2" not in script


def test_rendering_changes_nothing_from_one_time_to_the_next(upload: Document) -> None:
    script = render_curl(upload)
    assert script == render_curl(upload) == render(upload, "curl")
    assert script.startswith("#!/bin/sh\n")
    assert script.endswith("\n")
    assert json.dumps(script).isascii()
