"""Ten writers, forked from one process: each notes a span's id once it was surely written.

Arguments: the spool folder, the folder of the notes, how many spans each writes.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

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
    for child in children:
        os.waitpid(child, 0)


def _fork(number: int, notes: Path, count: int, tracer) -> int:
    child = os.fork()
    if child:
        return child
    note = os.open(notes / str(number), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for turn in range(count):
        with tracer.start_as_current_span(
            f"{number}", attributes={"http.request.body.content": f"{number} {turn} " * 50}
        ) as span:
            pass
        os.write(note, f"{span.get_span_context().span_id:016x}\n".encode())
        if number == 0 and turn == count // 2:
            os.kill(os.getpid(), signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
