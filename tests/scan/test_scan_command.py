"""``otelhook scan`` as a process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = "from otelhook.cli.main import main; raise SystemExit(main())"


def _scan(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, "scan", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clean.md").write_text("X-Auth-Token: ‹redacted›\n", encoding="utf-8")
    (tmp_path / "leak.md").write_text("# page\nX-Auth-Token: hunter2\npassword=hunter2\n")
    pages = tmp_path / "pages"
    (pages / "inner").mkdir(parents=True)
    (pages / "inner" / "log.md").write_text('"password": "hunter2"\n')
    (pages / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    return tmp_path


def test_leftovers_are_printed_by_file_line_and_kind_and_end_with_1(folder: Path) -> None:
    done = _scan("clean.md", "leak.md", folder=folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == [
        "leak.md:2: value of X-Auth-Token",
        "leak.md:3: value of password",
    ]


def test_a_clean_file_ends_with_0_and_says_nothing(folder: Path) -> None:
    done = _scan("clean.md", folder=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_folder_is_looked_through_and_its_pictures_are_named(folder: Path) -> None:
    done = _scan("pages", folder=folder)
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["pages/inner/log.md:1: value of password"]
    assert done.stderr.splitlines() == [
        "otelhook: pages/picture.png: this is not text: nothing can be said of what it holds"
    ]
    (folder / "pages" / "inner" / "log.md").unlink()
    assert _scan("pages", folder=folder).returncode == 0


def test_a_file_that_cannot_be_read_keeps_no_other_from_being_read(folder: Path) -> None:
    done = _scan("absent.md", "clean.md", folder=folder)
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == "otelhook: absent.md: cannot be read: No such file or directory\n"
    assert _scan("absent.md", "leak.md", folder=folder).returncode == 1
    assert _scan("pages/picture.png", "clean.md", folder=folder).returncode == 4


def test_no_secret_is_ever_printed(folder: Path) -> None:
    done = _scan("leak.md", "pages", folder=folder)
    assert "hunter2" not in done.stdout + done.stderr


def test_the_users_own_names_and_patterns_count(folder: Path) -> None:
    (folder / "otelhook.toml").write_text(
        "redact_keep = ['x-auth-token']\nredact_patterns = ['# pa.e']\n"
    )
    done = _scan("leak.md", folder=folder)
    assert done.stdout.splitlines() == [
        "leak.md:1: what redact_patterns says",
        "leak.md:3: value of password",
    ]


RANDOM = "q" + "Qw7pO5avZbyp0S21fOHrM8JX9p7T6uAj2Blhry9p"


def test_what_only_looks_random_is_possible_and_changes_the_exit_code_if_asked(
    folder: Path,
) -> None:
    (folder / "perhaps.md").write_text(f"handed over {RANDOM} to worker 3\n")
    done = _scan("perhaps.md", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["perhaps.md:1: possible secret: a long random text"]
    assert _scan("--strict", "perhaps.md", folder=folder).returncode == 1


def test_a_finding_is_accepted_for_good_wherever_its_line_goes(folder: Path) -> None:
    written = _scan("--write-baseline", "accepted.json", "leak.md", folder=folder)
    assert (written.returncode, written.stdout) == (0, "")
    assert "hunter2" not in (folder / "accepted.json").read_text()
    assert _scan("--baseline", "accepted.json", "leak.md", folder=folder).returncode == 0

    (folder / "moved.md").write_text("\n\n  X-Auth-Token:   hunter2\npassword=another1\n")
    done = _scan("--baseline", "accepted.json", "moved.md", folder=folder)
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["moved.md:4: value of password"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "this is not a baseline: write one with otelhook scan --write-baseline"),
        ("not json", "this is not a baseline: write one with otelhook scan --write-baseline"),
        ('{"version": 9, "accepted": []}', "this baseline is of version 9: write it anew"),
    ],
)
def test_what_is_no_baseline_is_refused_in_one_line(folder: Path, text: str, said: str) -> None:
    (folder / "accepted.json").write_text(text)
    done = _scan("--baseline", "accepted.json", "clean.md", folder=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"otelhook: accepted.json: {said}\n"


def test_a_baseline_that_is_absent_is_said(folder: Path) -> None:
    done = _scan("--baseline", "absent.json", "clean.md", folder=folder)
    assert done.returncode == 5
    assert done.stderr == "otelhook: absent.json: cannot be read: No such file or directory\n"
