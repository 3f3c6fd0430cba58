from __future__ import annotations

from typing import Any

import pytest

from otelhook.model import Resource, SpanId, SpanKind
from otelhook.sequence import Options, ParticipantKind, assemble


def http(path: str = "/", status: int | None = 200, **more: Any) -> Any:
    found = {"http.request.method": "GET", "url.path": path, "http.response.status_code": status}
    return {**found, **{name.replace("__", "."): value for name, value in more.items()}}


def ends(document: Any) -> Any:
    return [(step.source, step.target) for step in document.steps[::2]]


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"user_agent__original": "openstacksdk/4.1 keystoneauth1/5.0"}, "openstacksdk"),
        ({"user_agent__original": "curl"}, "curl"),
        ({"user_agent__original": "(nothing)", "client__address": "10.0.0.1"}, "10.0.0.1"),
        ({"client__address": "10.0.0.1"}, "10.0.0.1"),
        ({"user_agent__original": 7}, "7"),
        ({}, "client"),
    ],
)
def test_a_caller_that_records_nothing_goes_by_its_user_agent_or_address(
    recorder: Any, attributes: dict[str, Any], name: str
) -> None:
    recorder.span(SpanKind.SERVER, "api", 0, 1, http(**attributes))
    document = assemble(recorder.spans)
    assert ends(document) == [(name, "api")]
    assert document.participants[0].kind is ParticipantKind.CALLER


def test_a_callee_whose_span_is_missing_is_known_from_other_calls_to_its_address(
    recorder: Any,
) -> None:
    with recorder.call("cli", "api", "GET /a"):
        pass
    with recorder.call("cli", "api", "GET /b", record="client"):
        pass
    document = assemble(recorder.spans)
    assert ends(document) == [("cli", "api"), ("cli", "api")]
    assert [p.kind for p in document.participants] == [ParticipantKind.SERVICE] * 2


def test_services_behind_one_address_are_told_apart_by_the_first_part_of_the_path(
    recorder: Any,
) -> None:
    same = {"server.address": "gate", "server.port": 80}
    for service, path in (("keystone", "/identity/v3"), ("nova", "/compute/v2")):
        with recorder.call("cli", service, f"GET {path}", client=same):
            pass
    for path in ("/identity/x", "/compute/y", "/else/z"):
        with recorder.call("cli", "lost", f"GET {path}", record="client", client=same):
            pass
    targets = [target for _, target in ends(assemble(recorder.spans))]
    assert targets == ["keystone", "nova", "keystone", "nova", "gate:80"]


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"server__address": "db.test", "server__port": 3306}, "db.test:3306"),
        ({"server__address": "::1", "server__port": 80}, "[::1]:80"),
        ({"server__address": "db.test"}, "db.test"),
        ({"url__full": "https://x.test/y"}, "x.test:443"),
        ({"peer__service": "payments", "server__address": "x"}, "payments"),
        ({}, "unknown"),
    ],
)
def test_a_callee_that_nobody_knows_goes_by_its_address(
    recorder: Any, attributes: dict[str, Any], name: str
) -> None:
    recorder.span(SpanKind.CLIENT, "api", 0, 1, http(**attributes))
    document = assemble(recorder.spans)
    assert ends(document) == [("api", name)]
    assert document.participants[1].kind is ParticipantKind.CALLEE


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"box": "any"}, "any"),
        ({":8774": "nova", "box": "any"}, "nova"),
        ({"box:8774": "that nova", ":8774": "nova"}, "that nova"),
        ({"/compute": "by path"}, "by path"),
        ({"box:8774/compute": "longest", "box:8774": "shorter"}, "longest"),
        ({":8774/compute/": "slash"}, "slash"),
        ({"/comp": "no", "other": "no", ":1": "no", "": "no"}, "box:8774"),
    ],
)
def test_a_given_map_of_addresses_and_paths_names_callees(
    recorder: Any, given: dict[str, str], name: str
) -> None:
    attributes = http("/compute/v2", server__address="box", server__port=8774)
    recorder.span(SpanKind.CLIENT, "api", 0, 1, attributes)
    document = assemble(recorder.spans, options=Options(participants=given))
    assert ends(document) == [("api", name)]


@pytest.mark.parametrize("known_by", ["openstacksdk", "10.0.0.7"])
def test_a_given_name_is_for_callers_too(recorder: Any, known_by: str) -> None:
    attributes = http(
        "/v2",
        user_agent__original="openstacksdk/0.101.0 python-requests/2.28.1",
        client__address="10.0.0.7",
    )
    recorder.span(SpanKind.SERVER, "glance", 0, 1, attributes)
    options = Options(participants={known_by: "openstack"})
    assert ends(assemble(recorder.spans, options=options)) == [("openstack", "glance")]


def test_what_a_command_calls_is_called_by_the_command(recorder: Any) -> None:
    root = recorder.span(SpanKind.INTERNAL, "openstack", 0, 100)
    with (
        recorder.call("unknown_service:python", "api", "GET /", parent=root.span_id) as server,
        recorder.call("api", "db", "GET /rows", parent=server),
    ):
        pass
    document = assemble(recorder.spans)
    assert [p.name for p in document.participants] == ["openstack", "api", "db"]


def test_programs_that_a_script_starts_are_lifelines_of_their_own(recorder: Any) -> None:
    words = {"process.command_args": ("sh", "all.sh")}
    root = recorder.span(SpanKind.INTERNAL, "all.sh", 0, 100, words)
    for name in ("buy", "sell", "buy"):
        times = recorder.tick(), recorder.tick()
        recorder.span(SpanKind.CLIENT, name, *times, http("/x"), parent=root.span_id)
    assert [source for source, _ in ends(assemble(recorder.spans))] == ["buy", "sell", "buy"]


@pytest.mark.parametrize("name", ["buy", "unknown_service"])
def test_the_one_program_of_a_command_speaks_in_the_commands_name(recorder: Any, name: str) -> None:
    words = {"process.command_args": ("sh", "all.sh")}
    root = recorder.span(SpanKind.INTERNAL, "all.sh", 0, 100, words)
    for _ in range(2):
        times = recorder.tick(), recorder.tick()
        recorder.span(SpanKind.CLIENT, name, *times, http("/x"), parent=root.span_id)
    assert [source for source, _ in ends(assemble(recorder.spans))] == ["all.sh"] * 2


def test_a_caller_whose_span_was_lost_is_known_by_its_user_agent(recorder: Any) -> None:
    agent = {"user_agent.original": "glance/30 python-requests/2"}
    with recorder.call("glance", "keystone", "GET /a", server=agent):
        pass
    recorder.span(
        SpanKind.SERVER,
        "keystone",
        recorder.tick(),
        recorder.tick(),
        {**http("/b"), **agent},
        parent=SpanId("dead" * 4),
    )
    assert ends(assemble(recorder.spans)) == [("glance", "keystone")] * 2


def test_a_library_that_a_service_uses_itself_does_not_make_it_its_own_caller(
    recorder: Any,
) -> None:
    agent = {"user_agent.original": "python-requests/2.25.1"}
    with recorder.call("order", "database", "DELETE /sold", server=agent):
        pass
    recorder.span(
        SpanKind.SERVER,
        "order",
        recorder.tick(),
        recorder.tick(),
        {**http("/order"), **agent},
        parent=SpanId("dead" * 4),
    )
    called = [("order", "database"), ("python-requests", "order")]
    assert ends(assemble(recorder.spans)) == called


def test_replicas_of_a_service_are_one_lifeline_with_their_hosts(recorder_with: Any) -> None:
    one = recorder_with(hosts={"api": "b"})
    with one.call("cli", "api", "GET /"):
        pass
    two = recorder_with(hosts={"api": "a"}, ids=iter(range(50, 60)), now=one.now)
    with two.call("cli", "api", "GET /"):
        pass
    document = assemble([*one.spans, *two.spans])
    assert [(p.name, p.instances) for p in document.participants] == [
        ("cli", ()),
        ("api", ("a", "b")),
    ]


@pytest.mark.parametrize("name", [None, "", " ", (), {}, 7])
def test_a_service_without_a_usable_name_still_has_one(recorder: Any, name: Any) -> None:
    span = recorder.span(SpanKind.SERVER, "x", 0, 1, http())
    nameless = type(span)(
        span.trace_id,
        span.span_id,
        None,
        span.name,
        span.kind,
        0,
        1,
        span.attributes,
        Resource({"service.name": name}),
    )
    assert ends(assemble([nameless])) == [("client", "7" if name == 7 else "unknown service")]
