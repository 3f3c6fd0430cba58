"""Tempo as a source: what its two APIs may answer, and what is asked of it."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.errors import DamagedDataError, UnreachableError
from otelhook.model import TraceId
from otelhook.otlp import encode_traces
from otelhook.sources.backends.credentials import Credentials
from otelhook.sources.backends.http import Backend
from otelhook.sources.backends.tempo import Tempo, _starts, _trace_by_id
from otelhook.sources.backends.whole_traces import BackendSource

FIRST = TraceId(f"{1:032x}")
NOW = 1_700_000_000_000_000_000
PROTOBUF = "application/protobuf"


NOBODY = Credentials("OTELHOOK_TEMPO")


def opened(address: str, credentials: Credentials = NOBODY) -> BackendSource:
    return BackendSource(Tempo(Backend("Tempo", address, credentials), clock=lambda: NOW))


def test_a_trace_that_tempo_has_only_a_part_of_is_shown_and_said_to_be_one(
    tempo: Any, make_span: Any, caplog: pytest.LogCaptureFixture
) -> None:
    span = make_span(1)
    body = tempo.by_id(encode_traces([span]), partial="trace exceeds max size")
    with (
        tempo.serving(lambda _: (200, PROTOBUF, body)) as address,
        caplog.at_level(logging.WARNING),
    ):
        assert opened(address).trace(span.trace_id).spans == (span,)
    assert f"Tempo at {address} has only a part of the trace: trace exceeds max size" in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        (200, "text/html", b"<!doctype html><title>Grafana</title>"),
        (404, "text/plain", b"404 page not found\n"),
    ],
)
def test_what_is_no_tempo_is_one_line_that_says_where_to_look(tempo: Any, answer: Any) -> None:
    with tempo.serving(lambda _: answer) as address:
        for ask in (lambda: opened(address).newest(1), lambda: opened(address).trace(FIRST)):
            with pytest.raises(UnreachableError, match="has no query API there: give the address"):
                ask()


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/api/v2/", (200, PROTOBUF, b"\xff\xff\xff")),
        ("/api/v2/", (200, PROTOBUF, b"\x0a\x03\xff\xff\xff")),
        ("/api/search", (200, "application/json", b"[1]")),
        ("/api/search", (200, "application/json", b'{"traces":[{}]}')),
        ("/api/search", (200, "application/json", b'{"traces":[{"traceID":"zz"}]}')),
        ("/api/search", (200, "application/json", b"{")),
    ],
)
def test_an_answer_that_cannot_be_read_names_the_backend(
    tempo: Any, path: str, answer: Any
) -> None:
    with tempo.serving(lambda _: answer) as address:
        source = opened(address)
        with pytest.raises(DamagedDataError, match="Tempo at http://127"):
            source.trace(FIRST) if path == "/api/v2/" else source.newest(1)


def test_the_tenant_and_the_token_go_with_each_question(tempo: Any) -> None:
    asked: list[tuple[str, str]] = []

    def answer(question: Any) -> Any:
        asked.append((question[2]["X-Scope-Orgid"], question[2]["Authorization"]))
        return 200, "application/json", json.dumps({"traces": []}).encode()

    mine = Credentials.read(
        "tempo", {"OTELHOOK_TEMPO_TENANT": "team-a", "OTELHOOK_TEMPO_TOKEN": "abc"}
    )
    with tempo.serving(answer) as address:
        assert list(opened(address, mine).newest(1)) == []
    assert set(asked) == {("team-a", "Bearer abc")}


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_one_clear_error(data: bytes) -> None:
    with suppress(DamagedDataError):
        assert isinstance(_trace_by_id(data).trace, bytes)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["traces", "traceID", "startTimeUnixNano"]), inner)
        ),
    )
)
def test_any_json_is_a_search_or_one_clear_error(content: object) -> None:
    with suppress(DamagedDataError):
        assert all(len(trace_id) == 32 for trace_id in _starts(content))
