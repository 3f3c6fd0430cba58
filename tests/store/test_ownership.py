"""What another user of the machine owns, or could have put there, is refused in one line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from otelhook.capture.setup.switch import SWITCH_FILE, Switch
from otelhook.collector.spools import take_in
from otelhook.errors import StorageError
from otelhook.model import Span
from otelhook.otlp import encode_traces, frame
from otelhook.ownership import check_file, check_folder
from otelhook.store import Store

OTHER = 65534
"""Another user's number: nobody's."""

MAIN = "import sys; from otelhook.cli.main import main; sys.exit(main())"

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users can reach."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def open_store(folder: Path) -> Store:
    return Store.open(folder, clock=time.time_ns)


def in_one_line(error: pytest.ExceptionInfo[StorageError], *words: str) -> None:
    said = str(error.value)
    assert "\n" not in said
    assert "name another data folder" in said
    for word in words:
        assert word in said


def of_another(folder: Path) -> None:
    os.chown(folder, OTHER, OTHER)


def open_to_all(folder: Path) -> None:
    folder.chmod(0o777)


def led_elsewhere(folder: Path) -> None:
    there = folder.with_name("elsewhere")
    folder.rename(there)
    folder.symlink_to(there)
    os.chown(folder, OTHER, OTHER, follow_symlinks=False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (of_another, f"owned by user {OTHER}, not by you"),
        (open_to_all, "a folder that every user may write to"),
        (led_elsewhere, f"owned by user {OTHER}, not by you"),
    ],
)
def test_a_folder_of_others_is_refused(
    folder: Path, change: Callable[[Path], None], said: str
) -> None:
    data = folder / "data"
    open_store(data).close()
    change(data)
    with pytest.raises(StorageError) as caught:
        open_store(data)
    in_one_line(caught, said, str(data))


@pytest.mark.parametrize("name", ["store.sqlite3", "store.sqlite3-wal", "store.sqlite3-journal"])
@pytest.mark.parametrize("how", ["of another", "open to all", "a link"])
def test_a_store_of_others_is_refused(folder: Path, name: str, how: str) -> None:
    open_store(folder).close()
    path = folder / name
    path.touch()
    if how == "of another":
        os.chown(path, OTHER, OTHER)
    elif how == "open to all":
        path.chmod(0o666)
    else:
        path.unlink()
        path.symlink_to("/etc/passwd")
        os.chown(path, OTHER, OTHER, follow_symlinks=False)
    with pytest.raises(StorageError) as caught:
        open_store(folder)
    in_one_line(caught, str(path))


def test_a_sticky_folder_is_as_safe_as_its_files(folder: Path) -> None:
    folder.chmod(0o1777)
    open_store(folder).close()
    open_store(folder).close()
    check_folder(folder)


def test_who_shares_a_folder_by_its_group_is_trusted(folder: Path) -> None:
    folder.chmod(0o770)
    path = folder / "a.otlp"
    path.touch(0o600)
    os.chown(path, OTHER, OTHER)
    check_file(path)
    folder.chmod(0o700)
    with pytest.raises(StorageError):
        check_file(path)


@pytest.mark.parametrize("how", ["of another", "open to all"])
def test_a_spool_of_others_is_left_out_and_said(
    folder: Path, make_span: Callable[..., Span], how: str
) -> None:
    spools = folder / "spool"
    spools.mkdir(mode=0o700)
    for number, name in enumerate(["mine.otlp", "theirs.otlp"], 1):
        (spools / name).write_bytes(frame(encode_traces([make_span(number)])))
    theirs = spools / "theirs.otlp"
    if how == "of another":
        os.chown(theirs, OTHER, OTHER)
    else:
        theirs.chmod(0o666)
    with open_store(folder) as store:
        taken = take_in(spools, store)
        assert (taken.spans, len(taken.warnings)) == (1, 1)
        assert str(theirs) in taken.warnings[0]
        spools.chmod(0o777)
        (warning,) = take_in(spools, store).warnings
        assert "every user may write to" in warning


def test_a_switch_that_another_user_threw_is_not_obeyed(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.chmod(0o1777)
    times = iter(range(0, 1000, 10))
    switch = Switch(folder, clock=lambda: next(times))
    (folder / SWITCH_FILE).touch()
    looks = [switch.off]
    os.chown(folder / SWITCH_FILE, OTHER, OTHER)
    looks += [switch.off, switch.off]
    (folder / SWITCH_FILE).unlink()
    looks += [switch.off]
    assert looks == [True, False, False, False]
    assert caplog.text.count("the switch is not obeyed") == 1


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as another user, who may read whatever Python itself is made of."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("needs setpriv: install util-linux")
    reading = "+dac_read_search"
    as_other = [f"--reuid={OTHER}", f"--regid={OTHER}", "--clear-groups"]
    as_other += [f"--inh-caps={reading}", f"--ambient-caps={reading}"]
    return subprocess.run(
        [setpriv, *as_other, sys.executable, "-c", MAIN, *words, "--data-dir", str(folder)],
        cwd="/",
        env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
        text=True,
    )


def test_who_may_only_read_can_read(folder: Path, make_span: Callable[..., Span]) -> None:
    data = folder / "data"
    span = make_span(1)
    with open_store(data) as store:
        store.write([span])
    (data / "store.sqlite3").chmod(0o444)
    data.chmod(0o555)
    listed = command(data, "traces")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert span.trace_id[:8] in listed.stdout
    rendered = command(data, "render", span.trace_id, "--format", "json")
    assert rendered.returncode == 0, rendered.stderr
    assert span.trace_id in rendered.stdout
    assert [path.name for path in data.iterdir()] == ["store.sqlite3"]
    refused = command(data, "delete", span.trace_id, "--yes")
    assert refused.returncode != 0
    assert refused.stderr.count("\n") == 1
    assert "Traceback" not in refused.stderr


def test_spools_that_cannot_be_taken_in_are_said(
    folder: Path, make_span: Callable[..., Span]
) -> None:
    data = folder / "data"
    with open_store(data) as store:
        store.write([make_span(1)])
    (data / "spool").mkdir()
    (data / "spool" / "a.otlp").write_bytes(frame(encode_traces([make_span(2)])))
    (data / "store.sqlite3").chmod(0o444)
    for path in (data / "spool", data):
        path.chmod(0o555)
    listed = command(data, "traces")
    assert listed.returncode == 0
    assert "what its spools hold is not among its traces" in listed.stderr


def test_another_user_is_told_whose_folder_it_is(folder: Path) -> None:
    os.chown(folder, 1, 1)
    refused = command(folder, "collect", "--http", "127.0.0.1:0", "--grpc", "off")
    assert refused.returncode == 5
    assert refused.stderr.count("\n") == 1
    assert "owned by user 1, not by you" in refused.stderr
