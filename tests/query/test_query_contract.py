"""Our own source for Jaeger reads our API: the contract that every source keeps."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from otelhook.model import Event, Link, Span, SpanId, Status, StatusCode, TraceId
from otelhook.sequence import compose
from otelhook.settings import Settings
from otelhook.sources import TraceSource, open_source
from otelhook.sources.backends.credentials import Credentials
from otelhook.sources.backends.http import Backend
from otelhook.sources.backends.jaeger import Jaeger
from otelhook.sources.backends.whole_traces import BackendSource

SOURCES = Path(__file__).parent.parent / "sources"


def _load(path: Path) -> ModuleType:
    """Load a file of the tests beside, which are not a package."""
    spec = importlib.util.spec_from_file_location(f"query_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_prepared = _load(SOURCES / "conftest.py")
_contract = _load(SOURCES / "test_source_contract.py")
make_span, as_kept = _prepared.make_span, _prepared.as_kept
globals().update({name: test for name, test in vars(_contract).items() if name.startswith("test_")})


@pytest.fixture(params=["v3", "v1"])
def open_with(
    request: pytest.FixtureRequest, served: Callable[..., Any]
) -> Callable[[Sequence[Span]], TraceSource]:
    """Open our API as a Jaeger; without its v3, as older ones are, for v1."""

    def make(spans: Sequence[Span]) -> TraceSource:
        api = served(spans, without="/api/v3" if request.param == "v1" else "\0")
        backend = Backend("Jaeger", api.address, Credentials(""))
        return BackendSource(Jaeger(backend, clock=lambda: _prepared.BEGUN))

    return make


def test_a_trace_read_through_the_api_gives_the_document_that_the_store_gives(
    open_with: Callable[[Sequence[Span]], TraceSource],
    make_span: Callable[..., Span],
    tmp_path: Path,
) -> None:
    first, second = make_span(1), make_span(1, 2)
    changed = {name: getattr(second, name) for name in second.__slots__} | {
        "parent_span_id": first.span_id,
        "status": Status(StatusCode.ERROR, "no"),
        "events": (Event(first.start_time, "exception", {"exception.type": "ValueError"}),),
        "links": (Link(TraceId("e" * 32), SpanId("e" * 16)),),
        "trace_state": "a=b",
    }
    source = open_with([first, Span(**changed)])
    trace_id = first.trace_id
    stored = open_source(f"store:{tmp_path}", Settings()).trace(trace_id)
    assert compose(source.trace(trace_id).spans) == compose(stored.spans)
    assert len(compose(stored.spans).steps) > 1
