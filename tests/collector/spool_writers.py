"""Ten writers, forked from one process: each notes a span's id once it was surely written.

The first of them writes until it is killed.

Arguments: the spool folder, the folder of the notes, how many spans each writes.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import time
from pathlib import Path

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Tracer

from otelhook.exporters import SpoolSpanExporter

WRITERS = 10


def main(folder: Path, notes: Path, count: int) -> None:
    provider = TracerProvider(resource=Resource({"service.name": "w"}), shutdown_on_exit=False)
    exporter = SpoolSpanExporter(folder, service="w", rotate_bytes=20_000)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("writers")
    children = [
        child for number in range(WRITERS) if (child := _fork(number, notes, count, tracer))
    ]
    while len(_noted(notes / "0")) < count // 2:
        time.sleep(0.001)
    os.kill(children[0], signal.SIGKILL)  # in the middle of whatever it is doing
    for child in children:
        os.waitpid(child, 0)


def _noted(note: Path) -> list[str]:
    return note.read_text().split() if note.exists() else []


def _fork(number: int, notes: Path, count: int, tracer: Tracer) -> int:
    child = os.fork()
    if child:
        return child
    note = os.open(notes / str(number), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for turn in range(count) if number else itertools.count():
        with tracer.start_as_current_span(
            f"{number}", attributes={"http.request.body.content": f"{number} {turn} " * 50}
        ) as span:
            pass
        os.write(note, f"{span.get_span_context().span_id:016x}\n".encode())
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
