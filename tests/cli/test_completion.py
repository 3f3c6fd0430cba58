"""Words are completed in real shells: bash by its own functions, zsh and fish where they are."""

from __future__ import annotations

import contextlib
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from otelhook.cli.command_line import COMMANDS
from otelhook.cli.completion import commands
from otelhook.render import FORMATS
from tests.waiting import wait_until


@pytest.fixture
def in_path(otelhook: Any) -> dict[str, str]:
    """An environment in which ``otelhook`` is this one."""
    folder = otelhook.home / "bin"
    folder.mkdir()
    script = folder / "otelhook"
    program = "import sys; from otelhook.cli.main import main; sys.exit(main())"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{program}" "$@"\n')
    script.chmod(0o755)
    return {**otelhook.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


Lines = Sequence[Sequence[str]]


def _program(otelhook: Any, environ: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        words,
        cwd=otelhook.home,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def _bash(otelhook: Any, environ: dict[str, str], lines: Lines) -> list[list[str]]:
    program = 'eval "$(otelhook completion bash)"\n'
    for words in lines:
        quoted = " ".join(f"'{word}'" for word in words)
        program += (
            f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _otelhook 2>/dev/null\n"
            'echo "${COMPREPLY[@]}"; COMPREPLY=()\n'
        )
    shown = _program(otelhook, environ, "bash", "--norc", "-c", program)
    return [line.split() for line in shown.splitlines()]


def _fish(otelhook: Any, environ: dict[str, str], lines: Lines) -> list[list[str]]:
    if shutil.which("fish") is None:
        pytest.skip("needs fish")
    asked = "; ".join(f"complete -C '{' '.join(words)}'; echo --end--" for words in lines)
    program = f"otelhook completion fish | source; {asked}"
    shown = _program(otelhook, environ, "fish", "--no-config", "-c", program)
    answers = shown.split("--end--\n")[: len(lines)]
    return [[line.split("\t")[0] for line in answer.splitlines()] for answer in answers]


def _zsh(otelhook: Any, environ: dict[str, str], lines: Lines) -> list[list[str]]:
    """Type each line and a tab at a terminal, and return what the shell offers."""
    if shutil.which("zsh") is None:
        pytest.skip("needs zsh")
    master, slave = pty.openpty()
    process = subprocess.Popen(
        ["zsh", "-f", "-i"],
        cwd=otelhook.home,
        env={**environ, "TERM": "dumb", "COLUMNS": "200"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    otelhook.started.append(process)
    os.close(slave)
    os.set_blocking(master, False)
    shown = bytearray()

    def seen(mark: bytes) -> bool:
        with contextlib.suppress(BlockingIOError):
            shown.extend(os.read(master, 65536))
        return mark in shown

    os.write(
        master,
        b"PROMPT='ready> '; autoload -U compinit; compinit -u; setopt noautomenu listambiguous;"
        b' eval "$(otelhook completion zsh)"; print -r -- set${:-}up\n',
    )
    wait_until(lambda: seen(b"\nsetup\r"), f"zsh is set up: {shown!r}")
    found: list[list[str]] = []
    for words in lines:
        shown.clear()
        os.write(master, " ".join(words).encode() + b"\t\t\x05\n")
        os.write(master, b"print -r -- do${:-}ne\n")
        wait_until(lambda: seen(b"\ndone\r"), f"zsh has completed: {shown!r}")
        found.append(shown.decode(errors="replace").split())
    os.write(master, b"exit\n")
    process.wait(60)
    os.close(master)
    return found


SHELLS = [
    pytest.param(_bash, id="bash"),
    pytest.param(_zsh, id="zsh"),
    pytest.param(_fish, id="fish"),
]
Complete = Callable[[Any, dict[str, str], Lines], list[list[str]]]
OFFERED = [
    (["otelhook", "re"], "render"),
    (["otelhook", "completion", "b"], "bash"),
    (["otelhook", "render", "--form"], "--format"),
    (["otelhook", "render", "--format", "plant"], "plantuml"),
    (["otelhook", "capture", "stat"], "status"),
    (["otelhook", "check", "--hi"], "--hide"),
]


@pytest.mark.parametrize("complete", SHELLS)
def test_a_shell_offers_what_the_command_takes(
    otelhook: Any, in_path: dict[str, str], complete: Complete
) -> None:
    found = complete(otelhook, in_path, [words for words, _ in OFFERED])
    for (words, offered), shown in zip(OFFERED, found, strict=True):
        assert any(offered in word for word in shown), words


@pytest.mark.parametrize("complete", SHELLS)
def test_a_trace_is_offered_by_its_id(
    otelhook: Any, in_path: dict[str, str], stored: Any, exchange: Any, complete: Complete
) -> None:
    stored(exchange(0xABC << 96))
    stored(exchange(0xABC << 96))
    (found,) = complete(otelhook, in_path, [["otelhook", "render", "00000abc"]])
    assert any(f"{0xABC << 96:032x}" in word for word in found)


def test_a_file_is_offered_where_one_is_taken(otelhook: Any, in_path: dict[str, str]) -> None:
    (otelhook.home / "orders.toml").touch()
    (otelhook.home / "pages").mkdir()
    lines = (["otelhook", "render", "--notes", "ord"], ["otelhook", "run", "--out", "pa"])
    assert _bash(otelhook, in_path, lines) == [["orders.toml"], ["pages"]]


def test_what_is_offered_is_what_the_parsers_declare() -> None:
    found = {command.name: command for command in commands()}
    assert list(found) == list(COMMANDS)
    formats = next(a for a in found["render"].arguments if "--format" in a.names)
    assert set(FORMATS) < set(formats.words)
    assert "--data-dir" not in list(found["completion"].options)


def test_without_a_data_folder_no_id_is_offered_and_nothing_is_made(otelhook: Any) -> None:
    done = otelhook("completion", "traces")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert not otelhook.data_dir.exists()


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["rendr"], "render"),
        (["trace"], "traces"),
        (["Show"], "show"),
        (["render", "--fromat", "text"], "--format"),
        (["traces", "--limt=3"], "--limit"),
        (["run", "--record-ouput", "--", "true"], "--record-output"),
        (["render", "--format", "mermiad"], "mermaid"),
        (["render", "--format", "HTLM"], "html"),
        (["render", "--for", "githb"], "github"),
    ],
)
def test_what_is_mistyped_is_answered_with_what_may_be_meant(
    otelhook: Any, words: list[str], meant: str
) -> None:
    done = otelhook(*words)
    assert done.code == 2
    assert f"(did you mean {meant}?)" in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("words", [["xyzzy"], ["render", "--qqq"], ["render", "--format", "pdf"]])
def test_where_nothing_is_like_it_nothing_is_guessed(otelhook: Any, words: list[str]) -> None:
    done = otelhook(*words)
    assert done.code == 2
    assert "did you mean" not in done.err
