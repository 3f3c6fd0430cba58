"""Traces that are deleted leave nothing: not in the store, its log, spools or what lies beside."""

from __future__ import annotations

import itertools
import sqlite3
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from otelhook.model import Span, SpanId
from otelhook.otlp import encode_traces, frame
from otelhook.store import Store

SECRET = "correct-horse-battery"


def secret_spans(trace: int, exchange: Callable[..., tuple[Span, ...]]) -> tuple[Span, ...]:
    """An exchange with the secret in short attributes, long ones and bodies."""
    client, server = exchange(trace, path=f"/{SECRET}/{trace}")
    long = f"{SECRET}-" * 700
    added = {"http.request.body.content": long, "db.query.text": f"select '{SECRET}'"}
    return (
        replace(client, attributes={**client.attributes, **added}),
        replace(server, attributes={**server.attributes, "http.response.body.content": long}),
    )


def files_with(folder: Path, text: str = SECRET) -> list[str]:
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    )


def segments_with(folder: Path, text: str = SECRET) -> list[bytes]:
    """Return the compressed messages of the store that a text is in."""
    reader = sqlite3.connect(f"file:{folder / 'store.sqlite3'}?mode=ro", uri=True)
    rows = reader.execute("SELECT content FROM segments").fetchall()
    reader.close()
    return [content for (content,) in rows if text.encode() in zlib.decompress(content)]


def is_held(folder: Path, segment: bytes) -> bool:
    """Return whether the middle of some bytes is still in any file of a folder."""
    middle = segment[len(segment) // 2 :][:24]
    return any(middle in path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def filled(otelhook: Any, exchange: Any) -> Path:
    """A data folder with a trace that has the secret among forty that do not, written in turns."""
    with Store.open(otelhook.data_dir, clock=time.time_ns) as store:
        spans = secret_spans(1, exchange)
        early = replace(spans[0], end_time=spans[0].end_time - 1)
        store.write([early])
        for trace in range(2, 42):
            store.write(exchange(trace, started=1_700_000_000 + trace))
        store.write(spans)  # the client's replaces the early one
        while store.compact(60):
            pass
        shared = [*exchange(42), *secret_spans(1, exchange)[1:]]
        store.write(replace(span, span_id=SpanId(f"{n:016x}")) for n, span in enumerate(shared, 9))
    return Path(otelhook.data_dir)


def test_a_deleted_trace_leaves_no_byte_in_the_folder(otelhook: Any, filled: Path) -> None:
    written = segments_with(filled)
    assert len(written) > 1
    assert all(is_held(filled, segment) for segment in written)
    done = otelhook("delete", f"{1:032x}", "--yes")
    assert (done.code, done.out, done.err) == (0, "1 trace deleted\n", "")
    assert files_with(filled) == []
    assert segments_with(filled) == []
    assert not any(is_held(filled, segment) for segment in written)
    assert otelhook("render", f"{1:032x}").code == 3
    assert "GET /v2/images" in otelhook("render", f"{2:032x}", "--format", "text").out


def test_a_trace_in_a_spool_of_a_living_writer_is_deleted_and_the_writer_goes_on(
    otelhook: Any, exchange: Any
) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "from opentelemetry.sdk.trace.export import SimpleSpanProcessor\n"
        "from otelhook.exporters.spool import SpoolSpanExporter\n"
        "provider = TracerProvider()\n"
        "spool = SpoolSpanExporter(Path(sys.argv[1]), service='alive')\n"
        "provider.add_span_processor(SimpleSpanProcessor(spool))\n"
        "for line in sys.stdin:\n"
        "    span = provider.get_tracer('t').start_span(line.strip())\n"
        "    span.end()\n"
        "    print(f'{span.context.trace_id:032x}', flush=True)\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", program, str(otelhook.data_dir / "spool")],
        env=otelhook.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    otelhook.started.append(writer)

    def record(name: str) -> str:
        assert writer.stdin is not None
        assert writer.stdout is not None
        writer.stdin.write(f"{name}\n")
        writer.stdin.flush()
        return writer.stdout.readline().strip()

    kept, deleted = record("innocent"), record(SECRET)
    assert files_with(otelhook.data_dir)
    assert otelhook("delete", deleted, "--yes").code == 0
    assert files_with(otelhook.data_dir) == []
    later = record("later")
    listed = otelhook("traces", "--json").out
    assert kept in listed
    assert later in listed
    assert deleted not in listed
    assert writer.stdin is not None
    writer.stdin.close()


def test_a_damaged_spool_goes_if_the_trace_is_in_it_and_stays_if_not(
    otelhook: Any, exchange: Any
) -> None:
    folder = otelhook.data_dir / "spool"
    folder.mkdir(parents=True)
    for name, spans in (("with", secret_spans(1, exchange)), ("without", exchange(2))):
        whole = frame(encode_traces(spans))
        (folder / f"{name}.otlp").write_bytes(whole + b"\xff\xff\xff\xff" + whole[4:90])
    assert len(otelhook("traces", "--json").out) > 2
    assert sorted(path.name for path in folder.iterdir()) == [
        "with.otlp.damaged",
        "without.otlp.damaged",
    ]
    done = otelhook("delete", f"{1:032x}", "--yes")
    assert done.code == 0
    assert done.err == (
        "otelhook: with.otlp.damaged: a damaged spool that held some of it was removed as well\n"
    )
    assert [path.name for path in folder.iterdir()] == ["without.otlp.damaged"]
    assert files_with(otelhook.data_dir) == []


def test_documents_that_services_wrote_of_the_trace_go_too(otelhook: Any, filled: Path) -> None:
    folder = filled / "sequence"
    folder.mkdir()
    for name in (f"{1:032x}.md", f"{1:032x}-2.jsonl", f"{2:032x}.md"):
        (folder / name).write_text(SECRET if name.startswith(f"{1:032x}") else "kept")
    otelhook("delete", f"{1:032x}", "--yes")
    assert [path.name for path in folder.iterdir()] == [f"{2:032x}.md"]


def test_a_running_collector_goes_on_and_keeps_what_comes_after(
    otelhook: Any, filled: Path, exchange: Any
) -> None:
    collector = otelhook.start("collect", "--http", "127.0.0.1:0", "--grpc", "off")
    assert collector.stdout is not None
    address = next(
        line.split()[-1] for line in iter(collector.stdout.readline, b"") if b"HTTP:" in line
    ).decode()
    assert otelhook("delete", f"{1:032x}", "--yes").code == 0
    assert files_with(filled) == []
    sent = requests.post(
        f"{address}/v1/traces",
        data=encode_traces(exchange(77)),
        headers={"Content-Type": "application/x-protobuf"},
        timeout=30,
    )
    assert sent.status_code == 200
    assert otelhook("render", f"{77:032x}").code == 0


def test_nothing_is_deleted_by_a_dry_run_or_where_one_is_not_there(
    otelhook: Any, filled: Path
) -> None:
    looked = otelhook("delete", "--dry-run", f"{2:032x}", f"{3:032x}")
    assert looked.code == 0
    assert looked.out.splitlines()[0].startswith("TRACE")
    assert looked.out.endswith("2 traces would be deleted\n")
    missing = otelhook("delete", "--yes", f"{2:032x}", "abcdef")
    assert missing.code == 3
    assert otelhook("render", f"{2:032x}").code == 0


def test_where_nobody_can_be_asked_nothing_is_deleted(otelhook: Any, filled: Path) -> None:
    done = otelhook("delete", f"{2:032x}")
    assert done.code == 2
    assert done.err == (
        "otelhook: nobody can be asked whether to delete: say --yes, or --dry-run to look\n"
    )
    assert otelhook("render", f"{2:032x}").code == 0


@pytest.mark.parametrize(("answer", "deleted"), [(b"y\n", True), (b"n\n", False), (b"\n", False)])
def test_at_a_terminal_it_asks(
    otelhook: Any, terminal: Any, filled: Path, answer: bytes, *, deleted: bool
) -> None:
    session = terminal("delete", f"{2:032x}")
    session.wait_for(b"delete 1 trace for good? [y/N]")
    session.type(answer)
    assert session.end() == (0 if deleted else 1)
    assert (otelhook("render", f"{2:032x}").code == 3) is deleted


@pytest.mark.parametrize(
    "source", ["jaeger+http://127.0.0.1:9", "tempo+http://127.0.0.1:9", "collector+http://x:1"]
)
def test_other_peoples_backends_are_refused_in_one_line(otelhook: Any, source: str) -> None:
    done = otelhook("delete", "latest", "--yes", "--from", source)
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "only deleted from otelhook's own store" in done.err


def test_a_file_is_refused_too(otelhook: Any, exchange: Any) -> None:
    path = otelhook.home / "trace.otlp"
    path.write_bytes(encode_traces(exchange(1)))
    assert otelhook("delete", "latest", "--yes", "--from", path).code == 2
    assert otelhook("prune", "--older-than", "1d", "--yes", "--from", path).code == 2
    assert path.exists()


def _written(otelhook: Any, ages: Sequence[int], exchange: Any) -> None:
    for trace, days in enumerate(ages, 1):
        moment = itertools.repeat(time.time_ns() - days * 86_400 * 10**9)
        with Store.open(otelhook.data_dir, clock=moment.__next__) as store:
            store.write(secret_spans(trace, exchange) if days > 30 else exchange(trace))


def test_prune_deletes_what_was_last_written_before_a_time(otelhook: Any, exchange: Any) -> None:
    _written(otelhook, [40, 35, 5], exchange)
    looked = otelhook("prune", "--older-than", "30d", "--dry-run")
    assert looked.out.endswith("2 traces would be deleted\n")
    assert otelhook("prune", "--older-than", "30d", "--yes").out == "2 traces deleted\n"
    assert files_with(otelhook.data_dir) == []
    assert otelhook("render", f"{3:032x}").code == 0
    assert otelhook("prune", "--older-than", "30d", "--yes").out == "no trace is older\n"


def test_prune_without_a_time_takes_the_setting_and_else_asks_for_one(
    otelhook: Any, exchange: Any
) -> None:
    _written(otelhook, [40, 5], exchange)
    done = otelhook("prune", "--yes", environ={"OTELHOOK_KEEP_SECONDS": str(10 * 86_400)})
    assert done.out == "1 trace deleted\n"
    without = otelhook("prune", "--yes", environ={"OTELHOOK_KEEP_SECONDS": "0"})
    assert (without.code, "--older-than" in without.err) == (2, True)


IMPATIENT = """
import sys
from otelhook.cli.main import main
from otelhook.store import Store
Store.open.__func__.__kwdefaults__["busy_seconds"] = 0.2
sys.exit(main())
"""


def test_a_reader_that_holds_the_log_is_reported(otelhook: Any, filled: Path) -> None:
    """A read transaction keeps SQLite from emptying its log: what it reads is still there."""
    reader = sqlite3.connect(filled / "store.sqlite3", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM traces").fetchall()
    done = subprocess.run(
        [sys.executable, "-c", IMPATIENT, "delete", f"{1:032x}", "--yes"],
        cwd=otelhook.home,
        env=otelhook.environ,
        capture_output=True,
        timeout=60,
        check=False,
    )
    reader.close()
    assert done.returncode == 5
    assert b"a process that reads the store keeps its log: try again" in done.stderr
    assert otelhook("delete", f"{2:032x}", "--yes").code == 0
    assert files_with(filled) == []
