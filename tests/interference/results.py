"""Writes down what was found: a document of every conversation, stock's failures included."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path

from tests.interference.calls_held import HeldCall, call_differences
from tests.interference.conversations import ASPECTS, Held, differences
from tests.interference.server_cases import CASES, Case

__all__ = ["PATH", "versions", "write_results"]

PATH = Path(__file__).with_name("RESULTS.md")

Servers = Mapping[str, Mapping[str, Mapping[str, Held]]]
"""By server, way and case."""
Calls = Mapping[str, Mapping[str, HeldCall]]
"""By way and case."""

_OTHERS = ("ours", "stock", "over")
_SIGNS = {**dict(zip(ASPECTS, "wahs", strict=True)), "program": "p"}
_PEERS = (
    *("opentelemetry-sdk", "opentelemetry-instrumentation-wsgi", "gunicorn", "gevent", "waitress"),
    *("werkzeug", "eventlet", "pyuwsgi", "requests", "urllib3", "httpx", "aiohttp"),
)
_INTRODUCTION = """\
# Interference

Every line is a real conversation over a socket, held four ways: bare; with otelhook (ours); with
opentelemetry-instrumentation-wsgi or -requests (stock); with otelhook inside that (ours over
stock). `make interference` holds them all and compares each with the bare one;
`make interference RESULTS=--write-results` writes this file anew.

What can differ:

- **w**, the wire: the bytes that the other side received, on which connection and how it ended.
  Dates, ports, multipart boundaries, `traceparent` and `tracestate` are left out.
- **a**, the application: its environ, what it read, what `start_response`, `write()` and
  `wsgi.input` returned or raised, whether its body was closed.
- **h**, what the server is handed: a length, a list, a file that it knows, an exception; and
  whether its process lived.
- **p**, the calling program: what it was returned and raised, and what became of what it sent.
- **s**, the spans: each request that reached the application is one SERVER span, in the trace that
  it named or else in one of its own; each request that a program sent is one CLIENT span, which
  the request names. A traceparent that is none is no trace.

Conversations follow each other in one process, and with stock a lost span is often an earlier
one's fault: its context was left on the thread.

Ours differs nowhere: a conversation that does fails the suite. In the tables a cell is what differs
with stock; after an arrow, with ours over stock, where that is not the same; `·` is nothing; a
blank is a conversation that the server cannot hold.
"""
_CALLS = """
## Programs that call

Through `requests`, urllib3 (`urllib3-`), http.client (`http-`) and urllib.request (`urllib-`), of
which stock knows the first only: with stock the others have no span. httpx (`httpx-`, and
`httpx-async-` for its other client) and aiohttp (`aiohttp-`) stand beside stock instrumentation of
theirs.
"""


def versions() -> str:
    """Return what the conversations are held with: this Python and the packages of the locks."""
    packages = (f"{name} {importlib.metadata.version(name)}" for name in _PEERS)
    minor = ".".join(platform.python_version_tuple()[:2])
    return f"Python {minor}, {', '.join(packages)}"


def write_results(held: Servers, calls: Calls) -> str:
    """Return the document."""
    parts = [_INTRODUCTION, f"With {versions()}.", "", *_counts(held, calls)]
    return "\n".join([*parts, *_tables(held), *_calls(calls), ""])


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _counts(held: Servers, calls: Calls) -> Iterator[str]:
    yield "## In how many conversations something differs"
    yield ""
    yield _row(["server", "conversations", "ours", "stock", "ours over stock"])
    yield "|---|--:|--:|--:|--:|"
    total = [0] * (1 + len(_OTHERS))
    for server, ways in held.items():
        bare = ways["bare"]
        differing = [
            sum(bool(differences(ways[way][name], bare[name])) for name in bare) for way in _OTHERS
        ]
        total = [a + b for a, b in zip(total, [len(bare), *differing], strict=True)]
        yield _row([server, len(bare), *differing])
    yield _row(["all", *total])
    bare_calls = calls["bare"]
    differing = [
        sum(bool(call_differences(calls[way][name], bare_calls[name])) for name in bare_calls)
        for way in _OTHERS
    ]
    yield _row(["programs that call", len(bare_calls), *differing])


def _tables(held: Servers) -> Iterator[str]:
    for group, cases in groupby(sorted(CASES, key=lambda case: case.group), lambda c: c.group):
        yield ""
        yield f"## {group.capitalize()}"
        yield ""
        yield _row(["conversation", *held])
        yield f"|---|{'---|' * len(held)}"
        for case in cases:
            yield _row([case.name, *(_cell(held[server], case) for server in held)])


def _cell(ways: Mapping[str, Mapping[str, Held]], case: Case) -> str:
    bare = ways["bare"].get(case.name)
    if bare is None:
        return ""
    return _both(*(differences(ways[way][case.name], bare) for way in ("stock", "over")))


def _both(stock: Iterable[str], over: Iterable[str]) -> str:
    signs = ["".join(_SIGNS[aspect] for aspect in aspects) or "·" for aspects in (stock, over)]
    return " → ".join(dict.fromkeys(signs))


def _calls(calls: Calls) -> Iterator[str]:
    yield _CALLS
    yield _row(["call", "differs"])
    yield "|---|---|"
    for name, bare in calls["bare"].items():
        ways = (call_differences(calls[way][name], bare) for way in ("stock", "over"))
        yield _row([name, _both(*ways)])
