"""``otelhook diff`` as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from otelhook.render.json import render_json
from tests.compare.record import RECORDED
from tests.compare.runs import document_in

MAIN = "import sys; from otelhook.cli.main import main; sys.exit(main())"
SAME = (RECORDED / "as-it-is.json.gz", RECORDED / "again.json.gz")
STATUS = (RECORDED / "as-it-is.json.gz", RECORDED / "changed-status.json.gz")


def diff(home: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", MAIN, "diff", *map(str, words)]
    environ = {"HOME": str(home), "XDG_STATE_HOME": str(home), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command, cwd=home, env=environ, capture_output=True, text=True, check=False
    )


def test_runs_that_are_the_same_end_with_0(tmp_path: Path) -> None:
    done = diff(tmp_path, *SAME)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No difference" in done.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 1),
        (("--fail-on", "status"), 1),
        (("--fail-on", "steps,body"), 0),
        (("--ignore", 'finding = "status"'), 0),
        (("--ignore", 'method = "PUT"; place = "st*"'), 0),
        (("--ignore", 'method = "POST"; place = "status"'), 1),
        (("--ignore", 'path = "/v2/images/{id}/file"'), 0),
        (("--ignore", "place = 'header.*'"), 1),
    ],
)
def test_a_difference_ends_with_1_unless_nobody_asks_for_it(
    words: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    assert diff(tmp_path, *STATUS, *words).returncode == code


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nowhere.json", SAME[0]), 2, "there is no file nowhere.json"),
        ((SAME[0], "latest"), 3, "nothing is recorded"),
        ((*SAME, "--fail-on", "colours"), 2, "'colours' is not a kind of finding"),
        ((*SAME, "--ignore", "planet = 'x'"), 2, "unknown key 'planet'"),
        ((*SAME, "--ignore", "nowhere.toml"), 5, "nowhere.toml: cannot be read"),
        ((*SAME, "--durations", "-5"), 2, "above 0"),
        ((*SAME, "--ignore", "status = 'a' ="), 2, "not valid TOML"),
        (("", SAME[0]), 2, "a run needs a name"),
    ],
)
def test_what_cannot_be_used_is_one_line(words, code: int, said: str, tmp_path: Path) -> None:
    done = diff(tmp_path, *words)
    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_document_in_json_is_a_run_too(tmp_path: Path) -> None:
    file = tmp_path / "document.json"
    file.write_text(render_json(document_in(SAME[0])), encoding="utf-8")
    assert diff(tmp_path, file, SAME[1]).returncode == 0


def test_a_files_suffix_says_the_form(tmp_path: Path) -> None:
    for name, begin in (
        ("a.md", "# What differs"),
        ("a.html", "<!doctype html>"),
        ("a.mmd", "sequenceDiagram"),
        ("a.json", "{"),
        ("a.xml", "<?xml"),
        ("a.sarif", "{"),
    ):
        diff(tmp_path, *STATUS, "-o", name)
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(begin)


def test_rules_in_a_file_are_as_in_notes(tmp_path: Path) -> None:
    rules = tmp_path / "ignore.toml"
    rules.write_text('[[ignore]]\nfrom = "demo-client"\nstatus = "2xx"\n', encoding="utf-8")
    assert diff(tmp_path, *STATUS, "--ignore", rules).returncode == 0


def test_durations_are_compared_on_request(tmp_path: Path) -> None:
    done = diff(tmp_path, *SAME, "--durations", "0.01", "--format", "json")
    kinds = {finding["kind"] for finding in json.loads(done.stdout)["findings"]}
    assert kinds == {"duration"}
    assert done.returncode == 1
