from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from otelhook.model import SpanKind, TraceId
from otelhook.sequence import (
    GroupKind,
    Mark,
    Options,
    Participant,
    ParticipantKind,
    SeenBy,
    StepKind,
    Variable,
    assemble,
)

IMAGE = "a42bfade-78ec-4c95-b7b4-272ba265072c"
ACCOUNT = "AUTH_7c4cda7e4807414bbdfcb22b535a9802"

IMAGE_CREATE = """\
openstack->keystone GET /identity/
keystone->openstack 300 Multiple Choices /identity/
openstack->keystone POST /identity/v3/auth/tokens
keystone->openstack 201 Created /identity/v3/auth/tokens
openstack->glance-api POST /v2/images
glance-api->keystone GET /identity/
keystone->glance-api 300 Multiple Choices /identity/
glance-api->keystone POST /identity/v3/auth/tokens
keystone->glance-api 201 Created /identity/v3/auth/tokens
glance-api->keystone GET /identity/v3/auth/tokens
keystone->glance-api 200 OK /identity/v3/auth/tokens
glance-api->openstack 201 Created /v2/images
openstack->glance-api PUT /v2/images/{image_id}/file
glance-api->keystone POST /identity/v3/auth/tokens
keystone->glance-api 201 Created /identity/v3/auth/tokens
glance-api->swift-proxy-server HEAD /v1/{account}/glance
swift-proxy-server->keystone GET /identity/v3/auth/tokens
keystone->swift-proxy-server 200 OK /identity/v3/auth/tokens
swift-proxy-server->glance-api 204 No Content /v1/{account}/glance
glance-api->swift-proxy-server PUT /v1/{account}/glance/{image_id}
swift-proxy-server->glance-api 201 Created /v1/{account}/glance/{image_id}
glance-api->openstack 204 No Content /v2/images/{image_id}/file
"""


def drawn(document: Any) -> Any:
    return "".join(f"{s.source}->{s.target} {s.title}\n" for s in document.steps)


def test_image_create_has_the_22_steps_of_the_page(image_create_spans: Any) -> None:
    document = assemble(image_create_spans)
    assert drawn(document) == IMAGE_CREATE
    assert [step.number for step in document.steps] == list(range(1, 23))
    assert document.variables == (Variable("image_id", IMAGE), Variable("account", ACCOUNT))
    assert document.title == "openstack image create 'my image'"
    assert document.warnings == ()
    assert document.adjustments == ()
    assert all(step.marks == () and step.seen_by is SeenBy.BOTH for step in document.steps)


def test_a_service_that_signs_itself_in_is_framed_but_not_the_outermost_caller(
    image_create_spans: Any,
) -> None:
    groups = assemble(image_create_spans).groups
    assert [(g.kind, g.first, g.last) for g in groups] == [
        (GroupKind.OPT, 6, 9),
        (GroupKind.OPT, 14, 15),
    ]
    assert {g.title for g in groups} == {"glance-api gets a token of its own"}


def test_depth_and_exchange_tell_what_is_nested_in_what(image_create_spans: Any) -> None:
    steps = assemble(image_create_spans).steps
    assert [step.depth for step in steps[12:22]] == [0, 1, 1, 1, 2, 2, 1, 1, 1, 0]
    assert steps[12].exchange == steps[21].exchange
    assert sorted({step.exchange for step in steps}) == list(range(1, 12))


def test_one_more_call_of_the_client_appears_as_two_more_steps(
    recorder: Any, record_image_create: Any
) -> None:
    spans = list(record_image_create(recorder))
    root = next(span for span in spans if span.kind is SpanKind.INTERNAL)
    with recorder.call("openstack", "glance-api", "GET /v2/images", parent=root.span_id):
        pass
    document = assemble(recorder.spans)
    assert drawn(document) == (
        IMAGE_CREATE
        + "openstack->glance-api GET /v2/images\nglance-api->openstack 200 OK /v2/images\n"
    )


def test_the_arrival_order_of_spans_and_their_repeats_change_nothing(
    image_create_spans: Any,
) -> None:
    expected = assemble(image_create_spans)
    shuffled = [*image_create_spans, *image_create_spans[::2]]
    for seed in range(10):
        random.Random(seed).shuffle(shuffled)
        assert assemble(shuffled) == expected


@pytest.mark.parametrize("seconds", [-86400, -5, 5, 86400])
def test_a_host_whose_clock_is_wrong_changes_no_order_and_is_named(
    recorder_with: Any, record_image_create: Any, seconds: int
) -> None:
    skew = {"keystone": seconds * 10**9, "glance-api": -2 * seconds * 10**9}
    document = assemble(record_image_create(recorder_with(skew=skew)))
    assert drawn(document) == IMAGE_CREATE
    shifted = {a.host: round(a.offset / 10**9) for a in document.adjustments}
    assert shifted == {"keystone-host": -seconds, "glance-api-host": 2 * seconds}
    marked = {s.number for s in document.steps if Mark.TIME_ADJUSTED in s.marks}
    assert marked == {6, 7, 8, 9, 10, 11, 14, 15, 16, 19, 20, 21}
    times = [step.time for step in document.steps]
    assert times == sorted(times)


def test_no_spans_make_an_empty_document_that_says_so() -> None:
    document = assemble(())
    assert document.steps == ()
    assert (document.title, document.start_time, document.duration) == ("empty trace", 0, 0)
    assert document.warnings == ("There are no spans.",)


def test_spans_without_a_request_make_a_document_without_steps(recorder: Any) -> None:
    recorder.span(SpanKind.INTERNAL, "a", 0, 1, name="thinking")
    document = assemble(recorder.spans)
    assert document.steps == ()
    assert document.title == "thinking"
    assert "nothing to draw" in document.warnings[0]


def test_one_server_span_is_two_steps_with_its_caller_marked_as_missing(recorder: Any) -> None:
    with recorder.call("cli", "api", "GET /", record="server"):
        pass
    document = assemble(recorder.spans)
    assert drawn(document) == "client->api GET /\napi->client 200 OK /\n"
    assert {step.seen_by for step in document.steps} == {SeenBy.SERVER}
    assert document.steps[0].marks == (Mark.CLIENT_MISSING, Mark.PARENT_MISSING)
    assert document.participants == (
        Participant("client", ParticipantKind.CALLER),
        Participant("api", ParticipantKind.SERVICE, ("api-host",)),
    )
    assert document.warnings == (
        "1 span names a parent that is not here; where it belongs is a guess by time.",
    )


def test_the_command_is_kept_with_its_exit_code_and_output(recorder: Any) -> None:
    recorder.span(
        SpanKind.INTERNAL,
        "cli",
        0,
        1,
        {
            "process.command_args": ("curl", "-H", "a b"),
            "process.exit.code": 3,
            "otelhook.command.output": "no\n",
        },
    )
    document = assemble(recorder.spans)
    assert document.command is not None
    assert document.command.arguments == ("curl", "-H", "a b")
    assert (document.command.exit_code, document.command.output) == (3, "no\n")
    assert document.title == "curl -H 'a b'"


def test_several_traces_stand_on_one_document_in_order_of_time(
    recorder: Any, recorder_with: Any
) -> None:
    other = recorder_with(trace_id=TraceId("f" * 32), now=recorder.now - 10**9)
    for which in (recorder, other):
        with which.call("cli", "api", "GET /"):
            pass
    document = assemble([*recorder.spans, *other.spans])
    assert document.trace_ids == (other.trace_id, recorder.trace_id)
    assert [step.trace_id for step in document.steps] == [other.trace_id] * 2 + [
        recorder.trace_id
    ] * 2
    assert document.span_count == 4


def test_a_cycle_among_parents_is_cut_and_said(recorder: Any) -> None:
    with (
        recorder.call("a", "b", "GET /1") as inner,
        recorder.call("b", "c", "GET /2", parent=inner),
    ):
        pass
    outer = max(recorder.spans, key=lambda span: (span.kind is SpanKind.CLIENT, -span.start_time))
    last = next(s for s in recorder.spans if s.resource.attributes["service.name"] == "c")
    recorder.spans.remove(outer)
    recorder.spans.append(replace(outer, parent_span_id=last.span_id))
    document = assemble(recorder.spans)
    assert [step.title for step in document.steps] == [
        "GET /1",
        "GET /2",
        "200 OK /2",
        "200 OK /1",
    ]
    assert document.warnings == ("1 cycle among parents was cut above the earliest span.",)


def test_a_span_that_ends_before_it_starts_lasts_no_time(recorder: Any) -> None:
    recorder.span(
        SpanKind.SERVER,
        "api",
        2000,
        1000,
        {"http.request.method": "GET", "url.path": "/", "http.response.status_code": 200},
    )
    document = assemble(recorder.spans)
    assert [step.time for step in document.steps] == [2000, 2000]
    assert document.steps[1].duration == 0
    assert Mark.TIME_ADJUSTED in document.steps[1].marks
    assert document.warnings == ("1 span ends before the start, which was taken to be the end.",)


def test_a_chain_deeper_than_the_interpreters_stack_is_no_trouble(recorder: Any) -> None:
    parent = None
    for _ in range(5000):
        span = recorder.span(
            SpanKind.SERVER,
            f"s{recorder.now % 7}",
            recorder.tick(),
            recorder.now + 10**12 - 2 * (recorder.now % 10**9),
            {"http.request.method": "GET", "url.path": "/", "http.response.status_code": 200},
            parent=parent,
        )
        parent = recorder.span(SpanKind.INTERNAL, "x", 0, 1, parent=span.span_id).span_id
    document = assemble(recorder.spans)
    assert max(step.depth for step in document.steps) > 1000


def test_names_can_be_given_for_callees_and_values(recorder: Any) -> None:
    with recorder.call("api", "db", f"GET /things/{IMAGE}", record="client"):
        pass
    names = {"db.test": "the database"}
    document = assemble(
        recorder.spans, options=Options(participants=names, variables={IMAGE: "The Thing"})
    )
    assert document.steps[0].target == "the database"
    assert document.steps[0].label == "/things/{the_thing}"


def test_assembling_loads_no_opentelemetry() -> None:
    code = (
        "import sys, otelhook.sequence as s; s.assemble(());"
        "sys.exit(any(m.startswith('opentelemetry') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_failed_call_has_a_failure_step_and_no_response(recorder: Any) -> None:
    with recorder.call(
        "cli", "api", "GET /slow", None, record="client", client={"error.type": "ReadTimeout"}
    ):
        pass
    request, failure = assemble(recorder.spans).steps
    assert failure.kind is StepKind.FAILURE
    assert (failure.title, failure.status_code) == ("timeout /slow", None)
    assert failure.marks == (Mark.SERVER_MISSING, Mark.NO_ANSWER)
    assert (failure.source, failure.target) == (request.target, request.source)
