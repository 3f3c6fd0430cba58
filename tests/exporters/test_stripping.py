"""Spans without their bodies, and how they read in the Document."""

from __future__ import annotations

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from otelhook.exporters.encoding import encode, pack
from otelhook.exporters.stripping import strip
from otelhook.exporters.tally import Reason
from otelhook.otlp import decode_traces
from otelhook.render import render
from otelhook.sequence import Mark, assemble

BODIES = {"http.request.body.content": '{"a": 1}', "http.response.body.content": "answer"}
OTHERS = {
    "http.request.method": "POST",
    "url.path": "/v2/images",
    "http.request.body.size": 8,
    "http.response.status_code": 201,
    "http.request.header.content-type": ("application/json",),
}


def _span(attributes: dict[str, object]) -> ReadableSpan:
    bounded = BoundedAttributes(None, attributes)  # type: ignore[arg-type]
    bounded.dropped = 1
    return ReadableSpan(
        "POST",
        SpanContext(1, 2, is_remote=False, trace_flags=TraceFlags(1)),
        SpanContext(1, 3, is_remote=True),
        Resource({"service.name": "image"}),
        bounded,
        kind=SpanKind.SERVER,
        status=Status(StatusCode.ERROR, "said"),
        start_time=10,
        end_time=20,
    )


def test_all_but_the_bodies_stays_and_each_is_marked_with_the_reason() -> None:
    span = _span({**OTHERS, **BODIES})
    bare = strip(span, Reason.QUEUE_FULL)
    assert bare is not None
    assert dict(bare.attributes or {}) == {
        **OTHERS,
        "otelhook.request.body.truncated": True,
        "otelhook.request.body.left_out": "queue full",
        "otelhook.response.body.truncated": True,
        "otelhook.response.body.left_out": "queue full",
    }
    for name in ("name", "parent", "resource", "kind", "status", "start_time", "end_time"):
        assert getattr(bare, name) == getattr(span, name)
    assert (bare.dropped_attributes, bare.get_span_context()) == (1, span.get_span_context())
    assert (span.attributes or {})["http.request.body.content"] == '{"a": 1}'


def test_a_span_without_bodies_has_nothing_to_leave_out() -> None:
    assert strip(_span(dict(OTHERS)), Reason.TOO_LARGE) is None
    assert strip(_span({**OTHERS, "http.request.body.content": ""}), Reason.TOO_LARGE) is None


def test_what_a_command_printed_is_left_out_as_a_body_is() -> None:
    bare = strip(_span({"otelhook.command.output": "x" * 50}), Reason.TOO_LARGE)
    assert bare is not None
    assert dict(bare.attributes or {}) == {}


def test_the_document_says_that_a_body_was_left_out_and_why() -> None:
    bare = strip(_span({**OTHERS, **BODIES}), Reason.QUEUE_FULL)
    assert bare is not None
    document = assemble(decode_traces(pack(encode([bare]))))
    request = document.steps[0]
    assert request.body is not None
    assert (request.body.content, request.body.size) == (None, 8)
    assert (request.body.truncated, request.body.left_out) == (True, "queue full")
    assert Mark.LEFT_OUT in request.marks
    assert Mark.CUT not in request.marks
    for form in ("markdown", "html", "json"):
        page = render(document, form)
        assert "body left out" in (page if isinstance(page, str) else page.decode())
