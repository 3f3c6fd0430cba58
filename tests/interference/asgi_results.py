"""Writes down what was found of ASGI servers, frameworks and handlers."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.interference.asgi_held import CONVERSATIONS, HeldSite, site_differences

__all__ = ["PATH", "counted", "differing", "hold_document", "versions", "write_results"]

PATH = Path(__file__).with_name("RESULTS-ASGI.md")

Sites = Mapping[str, Mapping[str, Mapping[str, HeldSite]]]
"""By server and framework, way and conversation."""

_OTHERS = ("ours", "stock", "over")
_PEERS = (
    *("opentelemetry-instrumentation-asgi", "uvicorn", "hypercorn", "granian", "daphne"),
    *("starlette", "fastapi", "quart", "litestar", "django", "aiohttp", "tornado"),
)
_INTRODUCTION = """\
# Interference: ASGI, and servers with handlers

Every conversation goes over a socket, four ways: bare; in `otelhook.ASGIMiddleware` (ours); in
opentelemetry-instrumentation-asgi (stock); with ours inside that. An application answers with what
it saw of the request, so that the bytes on the wire hold both; dates and ports are left out. Each
request that reaches an application has to be one SERVER span of the trace that it names. Servers
with handlers of the program's own are wrapped as under `otelhook run`; of those stock is not held.

Ours differs nowhere: a conversation that does fails the suite. `make interference
RESULTS=--write-results` writes this file anew.
"""


def hold_document(path: Path, found: str, *, write: bool) -> None:
    """Write what was found, or hold what was written to it; skip where versions differ."""
    if write:
        path.write_text(found, "utf-8")
        return
    written = path.read_text("utf-8") if path.exists() else ""
    if versions() not in written:
        pytest.skip(
            f"written with other versions than {versions()}:"
            " make interference RESULTS=--write-results writes it with these"
        )
    assert _ours(found) == _ours(written), "run: make interference RESULTS=--write-results"


def _ours(document: str) -> list[list[str]]:
    """Return what must not waver: the servers, how many conversations, and how ours did."""
    counts = document.partition("## In how many")[2].partition("## What differs")[0]
    return [line.split("|")[1:4] for line in counts.splitlines() if line.startswith("|")]


def versions() -> str:
    """Return what the conversations are held with."""
    packages = (f"{name} {importlib.metadata.version(name)}" for name in _PEERS)
    minor = ".".join(platform.python_version_tuple()[:2])
    return f"Python {minor}, {', '.join(packages)}"


def write_results(sites: Sites) -> str:
    """Return the document."""
    return "\n".join(
        [
            *(_INTRODUCTION, f"With {versions()}.", ""),
            *counted(sites, "conversations"),
            *differing(sites, CONVERSATIONS),
            "",
        ]
    )


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def counted(sites: Sites, what: str) -> Iterator[str]:
    """Yield a table of how many of what was held differ, by server and framework."""
    yield f"## In how many {what} something differs"
    yield ""
    yield _row(["server + framework", what, "ours", "stock", "ours inside stock"])
    yield "|---|--:|--:|--:|--:|"
    for pair, ways in sites.items():
        bare = ways["bare"]
        yield _row([pair, len(bare), *(_differing(ways, way) for way in _OTHERS)])


def _differing(ways: Mapping[str, Mapping[str, HeldSite]], way: str) -> object:
    if way not in ways:
        return ""
    return sum(bool(site_differences(ways[way][name], bare)) for name, bare in ways["bare"].items())


def differing(sites: Sites, names: Iterable[str]) -> Iterator[str]:
    """Yield a table of what differs with stock, by the name of what was held."""
    yield ""
    yield "## What differs with stock"
    yield ""
    yield _row(["conversation", "server + framework: what"])
    yield "|---|---|"
    for name in names:
        found = [
            f"{pair}: {', '.join(aspects)}"
            for pair, ways in sites.items()
            if "stock" in ways
            and (aspects := site_differences(ways["stock"][name], ways["bare"][name]))
        ]
        yield _row([name, "; ".join(found) or "·"])
