"""A new user's day: programs from PyPI, started as their documentation says, under otelhook run.

For each the steps that must be there stand in ``expected.toml``. Nothing else of a day may be lost
in silence either: the run's own line says that it recorded.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.day.environments import environment
from tests.day.table import PROGRAMS, Program
from tests.waiting import wait_until

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).with_name("programs")
EXPECTED = tomllib.loads(Path(__file__).with_name("expected.toml").read_text("utf-8"))
_VOLATILE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{20,}|[^/]*@[^/]*|[^/]+\.ics")

pytestmark = pytest.mark.timeout(600)


class Day:
    """One program's folder and environment."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.bin = environment(program.name, program.packages)
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = int(found.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL", "PYTHON"))}
        self.environ = {
            **kept,
            "HOME": str(folder),
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "OTELHOOK_DATA_DIR": str(folder / "recorded"),
            "no_proxy": "127.0.0.1",
            "DAY_ADDRESS": self.address,
        }
        (folder / "hello.txt").write_text("hello\n")

    def words(self, line: str) -> list[str]:
        return shlex.split(
            line.format(bin=self.bin, here=HERE, port=self.port, address=self.address)
        )

    def run(self, words: Sequence[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            list(words),
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=300,
            check=check,
        )

    @contextmanager
    def serving(self) -> Iterator[None]:
        if self.program.before:
            self.run(self.words(self.program.before))
        otelhook = [str(self.bin / "otelhook"), "run", "--quiet", "--service", self.program.service]
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*otelhook, "--", *self.words(self.program.server)],
                cwd=self.folder,
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(lambda: self._listens(process), f"{self.program.name} listens", 120)
            yield
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)

    def _listens(self, process: subprocess.Popen[bytes]) -> bool:
        assert process.poll() is None, (self.folder / "log").read_text("utf-8", "replace")[-3000:]
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", self.port)) == 0

    def steps(self) -> list[str]:
        """Return the calls of the newest trace, as ``expected.toml`` has them."""
        shown = self.run([str(self.bin / "otelhook"), "render", "latest", "--format", "json"])
        document = json.loads(shown.stdout)
        calls: dict[int, list[str]] = {}
        for step in document["steps"]:
            if step["kind"] == "request":
                path = _VOLATILE.sub("{}", step["path"])
                calls[step["exchange"]] = [
                    f"{step['source']} -> {step['target']} {step['method']} {path}"
                ]
            else:
                calls[step["exchange"]].append(str(step["status_code"]))
        return [" ".join(parts) for parts in calls.values()]


@pytest.fixture(params=PROGRAMS, ids=lambda program: program.name)
def day(request: pytest.FixtureRequest, tmp_path: Path) -> Day:
    program: Program = request.param
    if os.environ.get("DAY") == "short" and not program.is_short:
        pytest.skip("not in the short form: make day does them all")
    return Day(program, tmp_path)


def test_every_step_that_a_reader_expects_is_there(day: Day) -> None:
    client = [str(day.bin / "python"), str(HERE / f"{day.program.name}_client.py"), day.address]
    with day.serving():
        done = day.run([str(day.bin / "otelhook"), "run", "--", *client], check=False)
    assert done.returncode == 0, done.stderr
    assert "otelhook: recorded trace " in done.stderr
    found = day.steps()
    left = iter(found)
    # In this order, with others between them: what a client asks beside it is its own business.
    missing = [wanted for wanted in EXPECTED[day.program.name] if wanted not in left]
    assert not missing, f"missing {missing} in {found}"


def test_every_program_has_its_steps_written_down() -> None:
    assert set(EXPECTED) == {program.name for program in PROGRAMS}
    assert all((HERE / f"{program.name}_client.py").exists() for program in PROGRAMS)


def test_a_suite_that_fails_has_a_page_of_the_failing_test(tmp_path: Path) -> None:
    program = Program(
        "suite", ("pytest", "requests"), "{bin}/python -m http.server {port}", "files"
    )
    day = Day(program, tmp_path)
    # Where the repository's own settings for pytest are not found.
    suite_file = Path(shutil.copy(HERE / "suite.py", tmp_path / "test_suite.py"))
    with day.serving():
        suite = [str(day.bin / "python"), "-m", "pytest", str(suite_file)]
        done = day.run(
            [*suite, "--otelhook", "--otelhook-dir=pages", "-p", "no:cacheprovider"], check=False
        )
    assert done.returncode == 1, done.stdout
    (page,) = (tmp_path / "pages").rglob("*.html")
    assert "/nowhere" in page.read_text("utf-8")
    assert page.stem in done.stdout
