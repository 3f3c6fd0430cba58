"""Jaeger as a source: its two APIs, what else may answer there, and what is asked of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.errors import DamagedDataError, NotRecordedError, UnreachableError
from otelhook.model import TraceId
from otelhook.settings import Settings
from otelhook.sources import open_source, resolve
from otelhook.sources.backends.credentials import Credentials
from otelhook.sources.backends.http import Backend
from otelhook.sources.backends.jaeger import Jaeger
from otelhook.sources.backends.jaeger_api import _read_v1, _read_v3
from otelhook.sources.backends.whole_traces import BackendSource

NOW = 1_700_000_000_000_000_000
FIRST = TraceId(f"{1:032x}")
HOUR = 3_600 * 10**9

PAGE = (200, "text/html", "<!doctype html><html><body>Jaeger</body></html>")
NO_PATH = (404, "text/plain", "404 page not found\n")
NO_TRACE = (404, "text/plain", '{"error":{"httpCode":404,"message":"No traces found"}}\n')
NO_TRACE_V1 = (404, "text/plain", '{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}')

Answer = tuple[int, str, str]
Open = Callable[[Callable[[str, Mapping[str, list[str]]], Answer]], tuple[BackendSource, list[str]]]


def otlp(trace_id: str, start: int = NOW) -> dict[str, Any]:
    span = {"traceId": trace_id, "spanId": "1" * 16, "name": "GET", "startTimeUnixNano": str(start)}
    return {"scopeSpans": [{"spans": [span]}]}


def third(*resource_spans: object) -> Answer:
    return 200, "text/plain", json.dumps({"result": {"resourceSpans": resource_spans}})


def first(*trace_ids: str) -> Answer:
    traces = [
        {
            "traceID": trace_id.lstrip("0"),
            "spans": [{"traceID": trace_id.lstrip("0"), "spanID": "1", "startTime": NOW // 1000}],
            "processes": {},
        }
        for trace_id in trace_ids
    ]
    return 200, "application/json", json.dumps({"data": traces, "errors": None})


@pytest.fixture
def jaeger() -> Iterator[Open]:
    """Open a Jaeger that answers as a function of path and parameters; returns what was asked."""
    servers: list[tuple[ThreadingHTTPServer, Thread]] = []

    def start(
        answer: Callable[[str, Mapping[str, list[str]]], Answer],
    ) -> tuple[BackendSource, list[str]]:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                asked.append(parts.path)
                status, kind, body = answer(parts.path, parse_qs(parts.query))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        servers.append((server, thread))
        backend = Backend("Jaeger", f"http://127.0.0.1:{server.server_port}", Credentials(""))
        return BackendSource(Jaeger(backend, clock=lambda: NOW)), asked

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("absent", [PAGE, NO_PATH, (405, "text/plain", ""), (501, "text/x", "")])
def test_where_there_is_no_v3_the_first_api_is_asked_and_v3_no_more(
    jaeger: Open, absent: Answer
) -> None:
    source, asked = jaeger(
        lambda path, _: absent if path.startswith("/api/v3") else first(f"{1:032x}")
    )
    for _ in range(2):
        assert source.trace(FIRST).trace_id == FIRST
    assert asked == [f"/api/v3/traces/{FIRST}", *[f"/api/traces/{FIRST}"] * 2]


@pytest.mark.parametrize("answer", [PAGE, NO_PATH, (404, "text/x", "[]"), (405, "text/x", "{}")])
def test_what_is_no_jaeger_is_one_line_that_says_where_to_look(
    jaeger: Open, answer: Answer
) -> None:
    source, _ = jaeger(lambda *_: answer)
    for question in (
        lambda: source.newest(1),
        lambda: source.find("a"),
        lambda: source.trace(FIRST),
    ):
        with pytest.raises(
            UnreachableError, match="no query API there: give the address"
        ) as caught:
            question()
        assert str(caught.value).startswith(source.name)


@pytest.mark.parametrize("api", ["v3", "v1"])
def test_a_trace_that_is_not_there_is_not_recorded(jaeger: Open, api: str) -> None:
    source, _ = jaeger(
        lambda path, _: (NO_TRACE if api == "v3" else PAGE) if "/v3/" in path else NO_TRACE_V1
    )
    with pytest.raises(NotRecordedError, match=f"no trace {FIRST} in Jaeger at http"):
        source.trace(FIRST)
    assert source.find(FIRST) == []


@pytest.mark.parametrize(
    "body",
    [
        '{"result":{"resourceSpans":[{"scope',
        "[]",
        '"text"',
        '{"result":[7]}',
        '{"result":{"resourceSpans":7}}',
        '{"result":{"resourceSpans":[[]]}}',
        "[" * 100_000,
        "",
    ],
)
@pytest.mark.parametrize("api", ["v3", "v1"])
def test_an_answer_that_cannot_be_read_names_the_backend(jaeger: Open, api: str, body: str) -> None:
    body = body if api == "v3" else body.replace("result", "data")
    source, _ = jaeger(
        lambda path, _: PAGE if "/v3/" in path and api == "v1" else (200, "text/plain", body)
    )
    with pytest.raises(DamagedDataError, match=r"^Jaeger at http://127\.0\.0\.1:") as caught:
        source.trace(FIRST)
    assert "\n" not in str(caught.value)
    with pytest.raises(DamagedDataError, match=r"list of services cannot be read"):
        jaeger(lambda *_: (200, "text/plain", "7"))[0].newest(1)


def test_a_span_that_cannot_be_one_is_said_and_left_out(
    jaeger: Open, caplog: pytest.LogCaptureFixture
) -> None:
    source, _ = jaeger(lambda *_: third(otlp("0" * 32), otlp(FIRST)))
    with caplog.at_level(logging.WARNING):
        assert len(source.trace(FIRST).spans) == 1
    assert "an id of zeros is invalid" in caplog.text


def test_spans_of_another_trace_are_not_taken_for_this_one(jaeger: Open) -> None:
    source, _ = jaeger(lambda *_: third(otlp("2" * 32), otlp(FIRST)))
    assert {span.trace_id for span in source.trace(FIRST).spans} == {FIRST}
    assert source.find("3" * 32) == []


def test_an_empty_result_is_nothing(jaeger: Open) -> None:
    source, _ = jaeger(lambda *_: (200, "application/json", '{"result":{}}'))
    assert source.find(FIRST) == []
    with pytest.raises(NotRecordedError):
        source.trace(FIRST)


def test_a_whole_id_is_asked_for_once(jaeger: Open) -> None:
    source, asked = jaeger(lambda *_: third(otlp(FIRST)))
    assert resolve(source, FIRST) == FIRST
    assert source.trace(FIRST).trace_id == FIRST
    assert asked == [f"/api/v3/traces/{FIRST}"]
    source.trace(FIRST)  # what is asked again may have grown
    assert len(asked) == 2


def _of(path: str, traces: Mapping[str, list[str]]) -> Answer:
    """Answer as a Jaeger with these services does, each with traces."""
    if path == "/api/v3/services":
        return 200, "text/plain", json.dumps({"services": list(traces)})
    return NO_TRACE


def test_an_id_without_its_leading_zeros_is_found(jaeger: Open) -> None:
    source, _ = jaeger(
        lambda path, _: third(otlp(FIRST)) if path.endswith(FIRST) else _of(path, {})
    )
    assert resolve(source, "0000000000000001") == FIRST


def test_the_beginning_of_an_id_is_looked_up_among_the_newest_and_a_miss_is_said(
    jaeger: Open, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(path: str, _: Mapping[str, list[str]]) -> Answer:
        if path == "/api/v3/traces":
            return third(otlp("ab" + "0" * 30), otlp("cd" + "0" * 30))
        return _of(path, {"image": []})

    source, _ = jaeger(answer)
    with caplog.at_level(logging.WARNING):
        assert source.find("AB") == ["ab" + "0" * 30]
        assert caplog.text == ""
        with pytest.raises(NotRecordedError, match="no trace ef in Jaeger at"):
            resolve(source, "ef")
    (line,) = caplog.messages
    assert line.endswith(
        "cannot search for the beginning of an id: its newest 2 traces have no ef, "
        "older ones are found by their whole id"
    )


def test_it_looks_further_back_only_while_there_are_too_few(jaeger: Open) -> None:
    windows: list[tuple[str, str]] = []

    def answer(path: str, parameters: Mapping[str, list[str]]) -> Answer:
        if path == "/api/v3/traces":
            assert parameters["query.serviceName"] == parameters["query.service_name"] == ["image"]
            assert parameters["query.searchDepth"] == parameters["query.num_traces"] == ["20"]
            (start,), (end,) = (parameters[f"query.start_time_{side}"] for side in ("min", "max"))
            windows.append((start, end))
            return third(otlp("1" * 32), otlp("2" * 32, NOW + 1)) if len(windows) > 1 else NO_TRACE
        return _of(path, {"image": []})

    source, _ = jaeger(answer)
    assert list(source.newest(2)) == ["2" * 32, "1" * 32]
    ahead = "2023-11-14T23:13:20.000000000Z"
    assert windows == [
        ("2023-11-14T21:13:20.000000000Z", ahead),
        ("2023-11-12T22:13:20.000000000Z", ahead),
    ]
    assert len(source.newest(3)) == 2
    assert windows[-1] == ("2023-10-15T22:13:20.000000000Z", ahead)


def test_what_jaeger_keeps_of_its_own_page_is_not_listed(jaeger: Open) -> None:
    searched: list[str] = []

    def answer(path: str, parameters: Mapping[str, list[str]]) -> Answer:
        if path == "/api/v3/traces":
            searched.extend(parameters["query.serviceName"])
        return _of(path, {"jaeger": [], "image": [], "jaeger-query": []})

    jaeger(answer)[0].newest(1)
    assert set(searched) == {"image"}


def test_of_very_many_services_the_first_are_searched_and_that_is_said(
    jaeger: Open, caplog: pytest.LogCaptureFixture
) -> None:
    searched: set[str] = set()

    def answer(path: str, parameters: Mapping[str, list[str]]) -> Answer:
        if path == "/api/v3/traces":
            searched.update(parameters["query.serviceName"])
            return third(otlp(FIRST))
        return _of(path, {f"s{number:03}": [] for number in range(102)})

    with caplog.at_level(logging.WARNING):
        assert jaeger(answer)[0].newest(1) == (FIRST,)
    assert len(searched) == 100
    assert "knows 102 services: only the traces of the first 100 are listed" in caplog.text


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_spec_names_it(scheme: str) -> None:
    source = open_source(f"jaeger+{scheme}://host:16686/base", Settings())
    assert source.name == f"Jaeger at {scheme}://host:16686/base"


def test_the_token_comes_from_the_environment(
    jaeger: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTELHOOK_JAEGER_TOKEN", "s3cret")
    source, _ = jaeger(lambda *_: (401, "text/plain", ""))
    spec = "jaeger+" + source.name.removeprefix("Jaeger at ")
    with pytest.raises(UnreachableError, match="check the token in OTELHOOK_JAEGER_TOKEN") as error:
        open_source(spec, Settings()).newest(1)
    assert "s3cret" not in str(error.value)


RECORDED = {
    api: [
        answer["body"]
        for answers in json.loads(
            (Path(__file__).parent / "answers" / f"jaeger_{api}.json").read_text()
        ).values()
        for path, answer in answers.items()
        if answer["status"] == 200 and "services" not in path
    ]
    for api in ("v3", "v1")
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


def _altered(data: st.DataObject, value: Any) -> Any:
    """Replace one place of a JSON value, at any depth, by something else."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 9)):
        name = data.draw(st.sampled_from(sorted(value)))
        return {**value, name: _altered(data, value[name])}
    if isinstance(value, list) and value and data.draw(st.integers(0, 9)):
        place = data.draw(st.integers(0, len(value) - 1))
        return [*value[:place], _altered(data, value[place]), *value[place + 1 :]]
    return data.draw(JSON)


@pytest.mark.parametrize("api", ["v3", "v1"])
@settings(max_examples=150)
@given(data=st.data())
def test_an_answer_with_anything_in_any_place_is_read_or_damaged_data(
    api: str, data: st.DataObject
) -> None:
    body = json.dumps(_altered(data, json.loads(data.draw(st.sampled_from(RECORDED[api])))))
    read = _read_v3 if api == "v3" else _read_v1
    try:
        read(body.encode())
    except DamagedDataError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right
