"""Answers as Tempo's HTTP API is documented to: no Tempo runs in these tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from otelhook.model import Span
from otelhook.otlp import encode_traces

__all__ = ["Answer", "answer_from", "by_id", "serving"]

SECOND = 10**9
NO_PATH = (404, "text/plain", b"404 page not found\n")
NO_TRACE = (404, "text/plain", b"trace not found")

Answer = tuple[int, str, bytes]
Question = tuple[str, Mapping[str, list[str]], Mapping[str, str]]


def by_id(trace: bytes, *, partial: str = "") -> bytes:
    """Return a TraceByIDResponse: field 1 the trace, field 3 the status, field 4 the message."""
    said = b"\x18\x01\x22" + _varint(len(partial)) + partial.encode() if partial else b""
    return b"\x0a" + _varint(len(trace)) + trace + said


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def answer_from(spans: Sequence[Span], *, has_v2: bool = True) -> Callable[[Question], Answer]:
    """Answer for a Tempo that holds spans, before 2.6 without its second API."""

    def answer(question: Question) -> Answer:
        path, parameters, headers = question
        if path == "/api/search":
            return 200, "application/json", _search(spans, parameters)
        version, _, trace_id = path.removeprefix("/api/").partition("traces/")
        if version == "v2/" and not has_v2:
            return NO_PATH
        assert headers["Accept"] == "application/protobuf"
        held = [span for span in spans if span.trace_id == trace_id]
        if not held:
            return NO_TRACE
        data = encode_traces(held)
        return 200, "application/protobuf", by_id(data) if version == "v2/" else data

    return answer


def _search(spans: Sequence[Span], parameters: Mapping[str, list[str]]) -> bytes:
    start, end = (int(parameters[name][0]) * SECOND for name in ("start", "end"))
    within = [span for span in spans if start <= span.start_time <= end]
    ids = list(dict.fromkeys(span.trace_id for span in within))[: int(parameters["limit"][0])]
    begun = {t: min(span.start_time for span in spans if span.trace_id == t) for t in ids}
    found = [{"traceID": t.lstrip("0"), "startTimeUnixNano": str(begun[t])} for t in ids]
    return json.dumps({"traces": found, "metrics": {}} if found else {"metrics": {}}).encode()


@contextmanager
def serving(answer: Callable[[Question], Answer]) -> Iterator[str]:
    """Serve answers on a free port; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            question = (parts.path, parse_qs(parts.query), dict(self.headers.items()))
            status, kind, body = answer(question)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
