"""Our query API beside a real Jaeger's, on the same trace."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from otelhook.collector.query.reading import Reading
from otelhook.collector.query.routes import query_routes
from otelhook.model import TraceId
from otelhook.otlp import read_traces_json
from otelhook.settings import Settings
from otelhook.sources import open_source
from otelhook.store import Store

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]


@pytest.fixture
def both(peers: Any) -> Iterator[tuple[str, str, TraceId]]:
    """Return the addresses of a Jaeger and of our API, and the demo's trace, which both have."""
    jaeger, demo = peers.jaeger(), peers.demo()
    peers.send(jaeger, demo.messages())
    address = jaeger.address("QUERY_PORT")
    peers.wait_for(f"jaeger+{address}", demo.trace_id)

    def open_store() -> Store:
        return Store.open(demo.data_dir, clock=time.time_ns)

    app = Starlette(routes=query_routes(Reading(open_store)))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        peers.until(lambda: server.started, "our API is served")
        yield address, f"http://127.0.0.1:{listening.getsockname()[1]}", demo.trace_id
        server.should_exit = True
        thread.join()


def _get(address: str, path: str) -> Any:
    with urllib.request.urlopen(address + path, timeout=30) as answer:
        return json.loads(answer.read())


def _lists_parsed(value: str) -> Any:
    """Return a list that is JSON text as a list: Go writes ``<`` in it as an escape."""
    return json.loads(value) if value.startswith("[") else value


def _comparable(trace: dict[str, Any]) -> list[Any]:
    """Return the spans of a trace of v1 in an order of their own, each with its process."""
    processes = trace["processes"]
    for process in processes.values():
        process["tags"].sort(key=lambda tag: tag["key"])
    spans = []
    for span in trace["spans"]:
        tags = [
            tag | {"value": _lists_parsed(tag["value"])} if tag["type"] == "string" else tag
            for tag in span["tags"]
        ]
        tags.sort(key=lambda tag: (tag["key"], str(tag["value"])))
        spans.append(span | {"tags": tags, "processID": processes[span["processID"]]})
    return sorted(spans, key=lambda span: (span["spanID"], span["startTime"]))


def test_the_first_api_answers_what_jaegers_does(both: tuple[str, str, TraceId]) -> None:
    jaeger, ours, trace_id = both
    (theirs,) = _get(jaeger, f"/api/traces/{trace_id}?raw=true")["data"]
    (mine,) = _get(ours, f"/api/traces/{trace_id}?raw=true")["data"]
    assert _comparable(mine) == _comparable(theirs)
    assert set(mine) == set(theirs)


def test_the_third_api_answers_what_jaegers_does(both: tuple[str, str, TraceId]) -> None:
    jaeger, ours, trace_id = both
    answers = [_get(address, f"/api/v3/traces/{trace_id}") for address in (jaeger, ours)]
    theirs, mine = (read_traces_json(json.dumps(answer)).spans for answer in answers)
    assert sorted(mine, key=repr) == sorted(theirs, key=repr)

    # Word for word too, span by span: names, zero values, how numbers are written.
    words = [
        {
            span["spanId"] + str(span["kind"]): span
            # Bodies stand last in our store.
            | {"attributes": sorted(span.get("attributes", []), key=lambda pair: pair["key"])}
            for resource in answer["result"]["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        }
        for answer in answers
    ]
    assert words[0] == words[1]


def test_services_operations_and_dependencies_are_jaegers(
    both: tuple[str, str, TraceId],
) -> None:
    jaeger, ours, _ = both
    assert _get(ours, "/api/services") == _sorted(_get(jaeger, "/api/services"))
    assert set(_get(ours, "/api/v3/services")["services"]) == set(
        _get(jaeger, "/api/v3/services")["services"]
    )
    for service in _get(ours, "/api/services")["data"]:
        for path in (
            f"/api/services/{service}/operations",
            f"/api/operations?service={service}",
        ):
            assert _sorted(_get(ours, path)) == _sorted(_get(jaeger, path))
        third = f"/api/v3/operations?service={service}"
        assert _sorted(_get(ours, third), "operations") == _sorted(
            _get(jaeger, third), "operations"
        )
    now = time.time_ns() // 10**6 + 60_000
    calls = f"/api/dependencies?endTs={now}&lookback=3600000"
    assert _sorted(_get(ours, calls)) == _sorted(_get(jaeger, calls))


def test_searches_find_what_jaegers_do(both: tuple[str, str, TraceId]) -> None:
    jaeger, ours, trace_id = both
    now = time.time_ns() // 1000
    around = f"start={now - 3_600_000_000}&end={now + 60_000_000}&limit=20"
    wanted: tuple[tuple[dict[str, str], bool], ...] = (
        ({}, True),
        ({"http.response.status_code": "200"}, True),
        ({"http.response.status_code": "999"}, False),
        ({"service.name": "image"}, True),
        ({"error": "true"}, False),
    )
    for tags, there in wanted:
        given = urllib.parse.quote(json.dumps(tags))
        for more in ("", "&minDuration=1us", "&maxDuration=1us"):
            path = f"/api/traces?service=image&{around}&tags={given}{more}"
            found = [
                [trace["traceID"] for trace in _get(address, path)["data"]]
                for address in (jaeger, ours)
            ]
            assert found[0] == found[1], path
            assert (found[1] == [trace_id]) is (there and "max" not in more), path


def test_the_command_draws_the_same_from_our_api(
    both: tuple[str, str, TraceId], peers: Any
) -> None:
    jaeger, ours, trace_id = both
    document = peers.document(f"jaeger+{ours}", trace_id)
    assert document == peers.document(f"jaeger+{jaeger}", trace_id)
    assert open_source(f"jaeger+{ours}", Settings()).newest(5) == (trace_id,)


def _sorted(answer: dict[str, Any], key: str = "data") -> dict[str, Any]:
    return answer | {key: sorted(answer[key], key=str)}
