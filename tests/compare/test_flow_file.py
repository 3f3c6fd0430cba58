"""A flow's file: written, edited, read, and refused where it cannot be meant."""

from __future__ import annotations

import gc
import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from otelhook.compare.flow.checking import check
from otelhook.compare.flow.common import NamedRun, common_flow
from otelhook.compare.flow.rules import parse_flow
from otelhook.compare.flow.writing import written
from otelhook.errors import ConfigError, DamagedDataError, NotRecordedError
from otelhook.scan.scanner import leftovers_in_file
from otelhook.sequence.document import Document
from tests.compare import editing as e
from tests.compare.record import RECORDED
from tests.compare.runs import Runs, document_in, poll, together
from tests.passes.conftest import Conversation

MAIN = "import sys; from otelhook.cli.main import main; sys.exit(main())"
HEAD = 'version = 1\noperation = "polls"\n'
POLLS = (
    HEAD
    + """
flow = '''
client -> jobs: POST /jobs = 202
repeated 1..4:
  client -> jobs: GET /jobs/{} = 200
'''
"""
)


def flow_of(*documents: Document) -> str:
    return written(common_flow([NamedRun(str(n), d) for n, d in enumerate(documents)]))


def whys(document: Document, text: str) -> list[str]:
    return [f"{m.rule} {m.step}: {m.why}" for m in check(document, parse_flow(text, "flow.toml"))]


def test_runs_fit_the_flow_that_was_mined_of_them() -> None:
    documents = [document_in(file) for file in sorted(RECORDED.glob("[a-r]*-*.json.gz"))]
    text = flow_of(*documents)
    assert [whys(document, text) for document in documents] == [[]] * len(documents)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: e.removed(d, 1), "order 1: not expected here in the run; expected demo-client"),
        (lambda d: e.removed(d, 16), "order 16: not expected here in demo-client -> image: PUT"),
        (lambda d: e.moved(d, 14, 21), "order 14: not expected here"),
        (lambda d: e.removed(d, 13), "order 12: it ends here; expected demo-client -> image: PUT"),
        (lambda d: e.answered(d, 12, 500, "x"), "status 12: answered 500 x; expected 201"),
    ],
)
def test_the_first_step_that_does_not_fit_is_said_and_why(change, expected, tmp_path: Path) -> None:
    text = flow_of(Runs(tmp_path).demo())
    said = whys(change(Runs(tmp_path).demo_again()), text)
    assert said
    assert said[0].startswith(expected), said


@pytest.mark.parametrize(("times", "said"), [(2, []), (3, []), (4, ["order 11: "]), (0, [])])
def test_turns_may_be_limited(times: int, said: list[str]) -> None:
    found = whys(poll(times), POLLS)
    assert [why[: len(start)] for why, start in zip(found, said, strict=True)] == said


def test_calls_in_any_order_fit_in_each() -> None:
    text = flow_of(together("abc"), together("bca"), together("cab"))
    assert "any order:" in text
    assert whys(together("cba"), text) == []
    assert whys(together("ab"), text) != []


MUST = POLLS + '[[must]]\npath = "/jobs"\n'
SAME = '[[must]]\npath = "/jobs"\nheader = "a"\n'


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ('header = "host"', ""),
        ('header = "X-Token"', "header.x-token is missing"),
        ('header = "host"\nis = "jobs.test"', ""),
        ('header = "host"\nis = "other"', "header.host is 'jobs.test', not 'other'"),
        ('header = "host"\nmatches = "^j"', ""),
        ('header = "host"\nmatches = "^x"', "'^x' does not match"),
        ('header = "host"\nabsent = true', "header.host is there"),
        ('header = "x-token"\nabsent = true', ""),
        ('status = 202\nbody = "id"', ""),
        ('status = "2xx"\nbody = "state"', "body.state is missing"),
        ('status = 202\nbody = "id"\nmatches = "^[0-9a-f-]{36}$"', ""),
        ("seconds = 0.0000000001", "longer than"),
    ],
)
def test_what_must_hold_of_headers_and_bodies(rule: str, why: str) -> None:
    said = whys(poll(1), MUST + rule + "\n")
    assert len(said) == bool(why)
    assert not why or why in said[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = 1\nflow = ", "not valid TOML"),
        (POLLS + 'colour = "red"\n', "unknown key 'colour'"),
        (POLLS + "[limits]\nbytes = 4\n", "unknown key 'bytes'"),
        (POLLS + "[limits]\nsteps = 1\n", "contradicts itself: no run has fewer than 2 steps"),
        (POLLS.replace("1..4", "4..1"), "1 is fewer than 4"),
        (POLLS.replace("1..4", "0..0"), "0 is fewer than 0, or none at all"),
        (POLLS.replace("repeated 1..4", "repeated often"), "expected CALLER -> CALLEE"),
        (POLLS.replace("repeated 1..4", "or"), "there is no either: before it"),
        (POLLS.replace("  client", ""), "expected CALLER -> CALLEE"),
        (MUST, "it needs header or body"),
        (MUST + 'header = "a"\nbody = "b"\n', "it needs header or body"),
        (MUST + 'header = "a"\nis = "1"\nabsent = true\n', "contradicts itself: give one of"),
        (MUST + 'header = "a"\nmatches = "("\n', "cannot be used"),
        (MUST + 'header = "a"\nplanet = "x"\n', "unknown key 'planet'"),
        (POLLS.replace("version = 1\n", ""), "it has no version"),
        (POLLS.replace("version = 1\n", "version = 0\n"), "0 is not a valid version"),
        (POLLS.replace("version = 1\n", 'version = "1"\n'), "'1' is not a valid version"),
        (MUST + 'header = "a"\nis = "b"\n' + SAME + 'is = "c"\n', "[[must]] 1 and [[must]] 2"),
        (MUST + 'header = "a"\nis = "b"\n' + SAME + "absent = true\n", "it contradicts itself"),
        (MUST + 'header = "a"\nabsent = true\n' + SAME + 'matches = "b"\n', "nothing can fit"),
        (MUST + 'header = "a"\nmatches = "^x"\n' + SAME + 'is = "b"\n', "nothing can fit both"),
        ("version = 1\n", "should be the outline as text"),
        (POLLS.replace("repeated 1..4:", "optional:\nclient -> jobs: GET /x"), "it is empty"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_in_a_line(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_flow(text, "flow.toml")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('is = "b"', 'is = "b"'),
        ('is = "b"', 'matches = "b"'),
        ('matches = "b"', 'matches = "c"'),
        ("absent = true", "absent = true"),
        ('status = 200\nis = "b"', 'status = 404\nis = "c"'),
    ],
)
def test_rules_that_something_can_fit_are_read(first: str, second: str) -> None:
    text = MUST + f'header = "a"\n{first}\n{SAME}{second}\n'
    assert len(parse_flow(text, "flow.toml").musts) == 2


def test_a_newer_version_is_not_read() -> None:
    with pytest.raises(DamagedDataError, match="its version is 9"):
        parse_flow(POLLS.replace("version = 1", "version = 9"), "flow.toml")


@pytest.mark.parametrize(
    "name", ["a -> b: c", "'''", "x = 200", "#", "\n", "\x00\ud800", "a: b = 1", ""]
)
def test_any_name_and_path_can_be_written_and_read_back(name: str) -> None:
    talk = Conversation()
    talk.ask(name, f"to {name}", f"GET /{name}")
    talk.ask(name, f"to {name}", "POST /next", 201)
    document = talk.document()
    assert whys(document, flow_of(document)) == []


def test_runs_of_another_operation_are_left_out_and_counted(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    listed = [NamedRun(str(n), runs.demo()) for n in range(5)]
    listed += [NamedRun("shop", runs.shop()), NamedRun("none", replace(runs.demo(), steps=()))]
    found = common_flow(listed)
    assert found.runs == 5
    assert " ".join(found.remarks) == (
        "1 run without a step left out. "
        f"1 run of another operation left out: {runs.shop().title} (run shop)."
    )


def test_a_run_is_not_held_while_the_next_is_read(tmp_path: Path) -> None:
    # A store may have ten thousand: what a flow needs of one is a hundredth of its document.
    demo = Runs(tmp_path).demo()
    held: list[int] = []

    def runs() -> Iterator[NamedRun]:
        for number in range(8):
            yield NamedRun(str(number), replace(demo, title=f"run {number}"))
            held.append(sum(isinstance(one, Document) for one in gc.get_objects()))

    assert common_flow(runs()).runs == 8
    assert max(held) - min(held) <= 1


def test_no_run_at_all_is_said() -> None:
    with pytest.raises(NotRecordedError):
        common_flow([])


def test_a_flow_file_holds_no_secret(tmp_path: Path) -> None:
    text = flow_of(Runs(tmp_path).demo(), Runs(tmp_path).shop_again())
    assert list(leftovers_in_file(io.BytesIO(text.encode()))) == []


def otelhook(home: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", MAIN, *map(str, words)]
    environ = {"HOME": str(home), "XDG_STATE_HOME": str(home), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command, cwd=home, env=environ, capture_output=True, text=True, check=False
    )


def test_the_commands_write_a_flow_and_check_runs_against_it(tmp_path: Path) -> None:
    same = [RECORDED / f"{name}.json.gz" for name in ("as-it-is", "again", "warm")]
    done = otelhook(tmp_path, "flow", *same, "-o", "flow.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "optional:  # in 2 of 3 runs" in (tmp_path / "flow.toml").read_text(encoding="utf-8")
    assert otelhook(tmp_path, "check", "flow.toml", *same).returncode == 0
    done = otelhook(tmp_path, "check", "flow.toml", same[0], RECORDED / "changed-status.json.gz")
    assert done.returncode == 1
    assert "answered 202 Accepted; expected 204" in done.stdout
    drawn = otelhook(tmp_path, "flow", *same, "--format", "mermaid")
    assert "opt in 2 of 3 runs" in drawn.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("check", "nowhere.toml", "x"), 5, "nowhere.toml: cannot be read"),
        (("flow", "nowhere.json"), 2, "there is no file nowhere.json"),
        (("flow",), 3, "no run fits"),
        (("flow", RECORDED / "warm.json.gz", "--operation", "zebra"), 3, "no run fits"),
    ],
)
def test_what_the_commands_cannot_use_is_one_line(words, code, said, tmp_path: Path) -> None:
    done = otelhook(tmp_path, *words)
    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
