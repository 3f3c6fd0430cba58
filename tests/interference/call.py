"""What a calling program runs: every case of the client half, in one of the four ways.

As a program: ``python -m tests.interference.call PORT REFUSING``.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from tests.interference.calling import Calling
from tests.interference.client_async import ASYNC
from tests.interference.client_lower import LOWER
from tests.interference.client_requests import REQUESTS, Program
from tests.interference.side_file import SideFile

__all__ = ["PROGRAMS", "main", "set_up"]

PROGRAMS: dict[str, Program] = {**REQUESTS, **LOWER, **ASYNC}


def set_up() -> None:
    """Instrument this process in the way that the environment names."""
    folder, way = Path(os.environ["INTERFERENCE_FOLDER"]), os.environ["INTERFERENCE_WAY"]
    if way == "bare":
        return
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    import otelhook
    from tests.interference.span_file import SpanFile

    processor = SimpleSpanProcessor(SpanFile(folder / "spans"))
    if way == "ours":
        otelhook.instrument("program", span_processors=[processor], data_dir=str(folder))
        return
    from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
    from opentelemetry.instrumentation.requests import RequestsInstrumentor

    provider = TracerProvider()
    provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)
    for stock in (RequestsInstrumentor(), HTTPXClientInstrumentor(), AioHttpClientInstrumentor()):
        stock.instrument()
    if way == "over":
        otelhook.instrument("program", data_dir=str(folder))


def main(arguments: Sequence[str]) -> None:
    """Run all programs, one after another."""
    folder = Path(os.environ["INTERFERENCE_FOLDER"])
    side = SideFile(folder)
    set_up()
    warnings.simplefilter("ignore")
    for name, program in PROGRAMS.items():
        call = Calling(name, int(arguments[0]), int(arguments[1]), side)
        try:
            program(call)
        except BaseException as error:
            call.say("ended by", [type(error).__name__, str(error)])
        call.say("done")


if __name__ == "__main__":
    main(sys.argv[1:])
